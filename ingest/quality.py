"""How much of a page's text looks like text."""

import re
import unicodedata

_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
_UNMAPPED_GLYPH = re.compile(r"\(cid:\d+\)")
GARBLED_BELOW = 0.6


def text_quality(text: str) -> float:
    """Share of characters that look like text, 0..1; 1.0 for a page without any.

    Control characters, unassigned and private-use code points, replacement characters and
    unmapped glyphs do not; nor does a page mostly of accented Latin letters and symbols, which is
    what Japanese in a wrong encoding looks like.
    """
    characters = [c for c in _UNMAPPED_GLYPH.sub("\ufffd", text) if not c.isspace()]
    if not characters:
        return 1.0
    bad = sum(c == "\ufffd" or unicodedata.category(c) in _NO_TEXT for c in characters)
    latin_noise = sum("\x80" <= c <= "\u024f" and c not in "°±²³·×÷§¥" for c in characters)
    if latin_noise * 3 > len(characters):
        bad += latin_noise
    return max(0.0, 1.0 - bad / len(characters))
