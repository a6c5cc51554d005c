"""Text cut into pieces of the vocabulary: the most likely way (unigram model of SentencePiece).

The package tokenizers gives the same numbers, but needs 3.3 s and 250 MB to take the vocabulary in
at every start; this needs half a second and 60 MB.
"""

import re
from collections.abc import Mapping

_BLANK = "\u2581"  # how the vocabulary writes a blank
_UNKNOWN_PENALTY = 10.0
_NEVER = float("-inf")
_BLANKS = re.compile(" {2,}")


class Tokeniser:
    """Numbers of pieces for a text; as SentencePiece, but for runs of unknown characters.

    `pieces` are those of the vocabulary by their text, without the one for what is `unknown`.
    """

    def __init__(
        self,
        pieces: Mapping[str, int],
        scores: list[float],
        normalised: Mapping[str, str],
        unknown: int,
    ) -> None:
        self._pieces, self._scores = pieces, scores
        self._unknown = min(scores) - _UNKNOWN_PENALTY, unknown
        self._normalised = str.maketrans(dict(normalised))
        self._longest: dict[str, int] = {}  # piece by its first character
        for piece in pieces:
            if len(piece) > self._longest.get(piece[0], 0):
                self._longest[piece[0]] = len(piece)

    def numbers(self, text: str) -> list[int]:
        """Without those that begin and end a text."""
        text = _BLANKS.sub(" ", text.translate(self._normalised))
        return [number for _, number in self._ways(_begun(text))]

    def placed(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers, and for each where in `text` its piece begins and ends."""
        letters: list[str] = []
        origins: list[int] = []
        for origin, letter in enumerate(text):
            for normal in letter.translate(self._normalised):
                if normal != " " or not letters or letters[-1] != " ":
                    letters.append(normal)
                    origins.append(origin)
        joined = _begun("".join(letters))
        lead = len(joined) - len(letters)  # the blank put before a text
        ways = self._ways(joined)
        ends = [start for start, _ in ways[1:]] + [len(joined)]
        places = []
        for (start, _), end in zip(ways, ends, strict=True):
            own = origins[max(start - lead, 0) : max(end - lead, 0)]
            places.append((own[0], own[-1] + 1) if own else (0, 0))
        return [number for _, number in ways], places

    def _ways(self, text: str) -> list[tuple[int, int]]:
        """Where each piece of a text begins, and its number."""
        length = len(text)
        best = [_NEVER] * (length + 1)
        best[0] = 0.0
        way: list[tuple[int, int]] = [(0, 0)] * (length + 1)  # where a piece begins, its number
        pieces, scores, longest = self._pieces, self._scores, self._longest
        for start in range(length):
            so_far = best[start]
            for end in range(start + 1, min(length, start + longest.get(text[start], 1)) + 1):
                number = pieces.get(text[start:end])
                if number is not None and so_far + scores[number] > best[end]:
                    best[end], way[end] = so_far + scores[number], (start, number)
            if so_far + self._unknown[0] > best[start + 1]:
                best[start + 1] = so_far + self._unknown[0]
                way[start + 1] = start, self._unknown[1]
        taken = []
        at = length
        while at > 0:
            taken.append(way[at])
            at = way[at][0]
        return taken[::-1]


def _begun(text: str) -> str:
    """With a blank before it, and blanks as the vocabulary writes them."""
    return (text if text.startswith(" ") else f" {text}").replace(" ", _BLANK)
