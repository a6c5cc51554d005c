"""The model as a graph of onnxruntime: BERT of 12 layers, computed in 8 bits, mean over the tokens."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from rag.e5.model_file import ModelFile

INPUT, OUTPUT = "tokens", "mean"
_OPSET = 18
_OWN = "com.microsoft"  # operators that onnxruntime adds
_MOST = 127  # of 8 bits with a sign


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
        self.last_axis = self.constant("last-axis", np.array([-1]))

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
        heads = self.parts(self.dense([f"{name}{which}" for which in "qkv"], state, hidden), 3)
        seen = self.add("MultiHeadAttention", *heads, domain=_OWN, num_heads=self._file.heads)
        seen = self.dense([f"{name}ao"], seen, hidden)
        state = self.summed(f"{name}aln", state, seen)
        wide = self.add("Gelu", self.dense([f"{name}fi"], state, hidden), domain=_OWN)
        return self.summed(f"{name}oln", state, self.dense([f"{name}fo"], wide, inner))

    def dense(self, names: Sequence[str], state: str, inputs: int) -> str:
        """Several at once, beside each other: weights of 8 bits, a scale for each output.

        The tokens are brought to the same size first. What multiplies here takes one scale for
        all of them, and a single loud token would leave the others a few steps of their 255.
        """
        weights = np.concatenate([self._file.matrix(f"{name}.w", inputs) for name in names])
        scales = np.abs(weights).max(axis=1) / np.float32(_MOST)
        loudness = self.add("ReduceMax", self.add("Abs", state), self.last_axis, keepdims=1)
        found = self.add(
            "DynamicQuantizeMatMul", self.add("Div", state, loudness),
            self.constant(f"{names[0]}.w", np.rint(weights / scales[:, None]).astype(np.int8).T),
            self.constant(f"{names[0]}.s", scales),
            self.constant(f"{names[0]}.z", np.zeros(len(scales), np.int8)),
            domain=_OWN,
        )  # fmt: skip
        biases = np.concatenate([self._file.floats(f"{name}.b") for name in names])
        return self.add(
            "Add", self.add("Mul", found, loudness), self.constant(f"{names[0]}.b", biases)
        )

    def parts(self, state: str, count: int) -> list[str]:
        """What lies beside each other, in `count` equal parts."""
        names = [f"{state}-{number}" for number in range(count)]
        self.nodes.append(helper.make_node("Split", [state], names, axis=-1, num_outputs=count))
        return names

    def summed(self, name: str, state: str, more: str) -> str:
        return self.add(
            "SkipLayerNormalization", state, more, self.floats(f"{name}.w"), self.floats(f"{name}.b"),
            domain=_OWN, epsilon=self._file.epsilon,
        )  # fmt: skip
