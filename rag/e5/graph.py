"""The model as a graph of onnxruntime: BERT of 12 layers, weights of 4 bits, mean over the tokens."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from rag.e5.model_file import BLOCK, ModelFile

INPUT, OUTPUT = "tokens", "mean"
_OPSET = 18
_OWN = "com.microsoft"  # operators that onnxruntime adds
# Activations in 8 bits with a scale for each block: as the weights were made for.
_EIGHT_BITS = 4


def serialised(file: ModelFile) -> bytes:
    """An ONNX model from (1, n, hidden) embedded tokens to (1, hidden), their mean at the end."""
    graph = _Graph(file)
    state = graph.add(
        "LayerNormalization", INPUT, graph.floats("emb.ln.w"), graph.floats("emb.ln.b"),
        axis=-1, epsilon=file.epsilon,
    )  # fmt: skip
    for layer in range(file.layers):
        state = graph.layer(f"l{layer}.", state)
    graph.add("ReduceMean", state, graph.constant("axes", np.array([1])), keepdims=0, out=OUTPUT)
    float32 = TensorProto.FLOAT
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "e5",
            [helper.make_tensor_value_info(INPUT, float32, (1, "n", file.hidden))],
            [helper.make_tensor_value_info(OUTPUT, float32, (1, file.hidden))],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_OWN, 1)],
    )
    model.ir_version = 8  # of that opset
    out: bytes = model.SerializeToString()
    return out


class _Graph:
    """Nodes and constants in the making. Each node's result has the name that `add` returns."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: str, out: str = "", domain: str = "", **settings: Any) -> str:
        out = out or f"{kind}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], domain=domain, **settings))
        return out

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def floats(self, name: str) -> str:
        return self.constant(name, self._file.floats(name))

    def layer(self, name: str, state: str) -> str:
        """Attention, then two dense steps, each added to what came before and normalised."""
        hidden, inner = self._file.hidden, self._file.inner
        heads = (self.dense(f"{name}{which}", state, hidden, hidden) for which in "qkv")
        seen = self.add("MultiHeadAttention", *heads, domain=_OWN, num_heads=self._file.heads)
        seen = self.dense(f"{name}ao", seen, hidden, hidden)
        state = self.summed(f"{name}aln", state, seen)
        wide = self.add("Gelu", self.dense(f"{name}fi", state, hidden, inner), domain=_OWN)
        return self.summed(f"{name}oln", state, self.dense(f"{name}fo", wide, inner, hidden))

    def dense(self, name: str, state: str, inputs: int, outputs: int) -> str:
        weights, scales = self._file.blocks(f"{name}.w", inputs)
        return self.add(
            "MatMulNBits", state, self.constant(f"{name}.w", weights),
            self.constant(f"{name}.s", scales), "", "", self.floats(f"{name}.b"),
            domain=_OWN, K=inputs, N=outputs, bits=4, block_size=BLOCK, accuracy_level=_EIGHT_BITS,
        )  # fmt: skip

    def summed(self, name: str, state: str, more: str) -> str:
        return self.add(
            "SkipLayerNormalization", state, more, self.floats(f"{name}.w"), self.floats(f"{name}.b"),
            domain=_OWN, epsilon=self._file.epsilon,
        )  # fmt: skip
