"""The reader in PyTorch, with its weights under the names that the runtime gives them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional

from eval.reader.export import stored_weights
from rag.e5.model_file import ModelFile
from rag.reader.row import MOST_PIECES
from rag.reader.weights import HEADS

DROPOUT = 0.1
_LINEAR = ("q", "k", "v", "ao", "fi", "fo")
_NORMS = ("aln", "oln")


@dataclass(frozen=True, slots=True)
class Words:
    """The rows of the bundled table of pieces that occur; they are not trained.

    `table` (n, hidden); `places` has for each piece of the vocabulary its row. The others have a
    place beyond the table, so that asking for one is an error.
    """

    table: torch.Tensor
    places: torch.Tensor

    def to(self, device: str) -> "Words":
        return Words(self.table.to(device), self.places.to(device))


@dataclass(frozen=True, slots=True)
class Network:
    """Names of `weights` as in `rag.reader.weights`; all of them are trained."""

    words: Words
    weights: dict[str, torch.Tensor]
    layers: int
    heads: int  # of attention
    epsilon: float

    def logits(
        self, pieces: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor, dropout: float = 0.0
    ) -> torch.Tensor:
        """(n, longest, HEADS) for numbers, kinds (0 question, 1 passage) and what is no filling."""
        w = self.weights
        length = pieces.shape[1]
        state = self.words.table[self.words.places[pieces]] + w["places"][:length]
        state = self._normed("emb.ln", state + w["kinds"][kinds])
        state = functional.dropout(state, dropout, dropout > 0)
        for number in range(self.layers):
            state = self._layer(f"l{number}.", state, mask[:, None, None, :], dropout)
        return functional.linear(state, w["heads.w"], w["heads.b"])

    def _layer(
        self, name: str, state: torch.Tensor, mask: torch.Tensor, dropout: float
    ) -> torch.Tensor:
        """Attention, then two dense steps, each added to what came before and normalised."""
        size = (*state.shape[:2], self.heads, state.shape[2] // self.heads)
        query, key, value = (
            self._linear(f"{name}{which}", state).view(size).transpose(1, 2) for which in "qkv"
        )
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropout
        )
        seen = self._linear(f"{name}ao", seen.transpose(1, 2).reshape(state.shape))
        state = self._normed(f"{name}aln", state + functional.dropout(seen, dropout, dropout > 0))
        wide = functional.gelu(self._linear(f"{name}fi", state))
        more = self._linear(f"{name}fo", wide)
        return self._normed(f"{name}oln", state + functional.dropout(more, dropout, dropout > 0))

    def _linear(self, name: str, state: torch.Tensor) -> torch.Tensor:
        return functional.linear(state, self.weights[f"{name}.w"], self.weights[f"{name}.b"])

    def _normed(self, name: str, state: torch.Tensor) -> torch.Tensor:
        weight, bias = self.weights[f"{name}.w"], self.weights[f"{name}.b"]
        return functional.layer_norm(state, weight.shape, weight, bias, self.epsilon)

    def copy(self) -> "Network":
        """With weights of its own, trained from here on."""
        return replace(self, weights=_trained(self.weights))

    def of_layers(self, chosen: Iterable[int]) -> "Network":
        """A copy of some of the layers, numbered anew: what a smaller reader begins with."""
        weights = {name: w for name, w in self.weights.items() if not _layer_of(name)}
        count = 0
        for number in chosen:
            for name, weight in self.weights.items():
                if name.startswith(f"l{number}."):
                    weights[f"l{count}.{name.partition('.')[2]}"] = weight
            count += 1
        return replace(self, weights=_trained(weights), layers=count)

    def save(self, path: Path) -> None:
        """An npz of float16, which loses less than the eight bits of `eval.reader.export`."""
        stored = {
            name: weight.detach().to("cpu", torch.float16).numpy()
            for name, weight in self.weights.items()
        }
        np.savez(path, **stored)


def starting(file: ModelFile, pieces: Collection[int], device: str) -> Network:
    """The bundled model, with kinds of no effect and heads at random."""
    hidden = file.hidden
    fixed = file.floats("emb.pos").reshape(-1, hidden) + file.floats("emb.type")[:hidden]
    arrays = {"places": fixed[:MOST_PIECES], "kinds": np.zeros((2, hidden), np.float32)}
    names = ["emb.ln"]
    for number in range(file.layers):
        names += [f"l{number}.{norm}" for norm in _NORMS]
        for linear in _LINEAR:
            name = f"l{number}.{linear}"
            arrays[f"{name}.w"] = file.matrix(f"{name}.w", file.inner if linear == "fo" else hidden)
            arrays[f"{name}.b"] = file.floats(f"{name}.b")
    for name in names:
        arrays[f"{name}.w"], arrays[f"{name}.b"] = (
            file.floats(f"{name}.w"),
            file.floats(f"{name}.b"),
        )
    weights = {name: torch.tensor(array) for name, array in arrays.items()}
    bound = hidden**-0.5
    weights["heads.w"] = torch.empty(HEADS, hidden).uniform_(-bound, bound)
    weights["heads.b"] = torch.zeros(HEADS)
    return Network(
        words=_words(file, pieces).to(device),
        weights=_trained({name: weight.to(device) for name, weight in weights.items()}),
        layers=file.layers,
        heads=file.heads,
        epsilon=file.epsilon,
    )


def continued(start: Network, path: Path) -> Network:
    """The reader of stored weights, of whole numbers or not, with the words of `start`.

    Raises EvaluationError where the file holds no weights of a reader.
    """
    stored = stored_weights(path)
    device = start.words.table.device
    hidden = start.words.table.shape[1]
    stored["heads.w"] = stored["heads.w"].reshape(HEADS, hidden)
    weights = {name: torch.tensor(weight).to(device) for name, weight in stored.items()}
    layers = sum(name.endswith(".fi.w") for name in weights)
    return replace(start, weights=_trained(weights), layers=layers)


def _words(file: ModelFile, pieces: Collection[int]) -> Words:
    order = sorted({*pieces, file.begin, file.end})
    places = torch.full((len(file.scores),), len(order), dtype=torch.long)
    places[torch.tensor(order)] = torch.arange(len(order))
    return Words(torch.tensor(file.rows("emb.word", order)), places)


def _trained(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: w.detach().clone().requires_grad_() for name, w in weights.items()}


def _layer_of(name: str) -> bool:
    return name.startswith("l") and name[1:].partition(".")[0].isdigit()
