"""Foreign text on its way into a prompt: it keeps its words and loses its power.

Nothing here decides what is an instruction. Every character by which text could pose as the end of
the excerpts, as a role or as a control token is replaced by one that reads the same.
"""

import re

from rag.text import clean

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\ue000-\uf8ff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# 「<|im_start|>」, 「</context>」, 「[INST]」, 「[E3]」, 「{{mark}}」 read the same and are no tokens.
_WIDE = str.maketrans("<>|[]{}`", "＜＞｜［］｛｝｀")
_ROLE = re.compile(
    r"^([ \t#*_-]*(?:system|assistant|user|developer|human|tool|instructions?|システム|アシスタント|ユーザー)[ \t*_]*):",
    re.IGNORECASE | re.MULTILINE,
)
_RULE = re.compile(r"^[ \t]*(?:-{3,}|={3,}|#{3,}|\*{3,})[ \t]*$", re.MULTILINE)
_REPEATED = re.compile(r"(.)\1{20,}", re.DOTALL)


def neutral(text: str, most: int = 4_000) -> str:
    """`text` for a prompt, at most `most` characters."""
    shown = _CONTROL.sub(" ", _INVISIBLE.sub("", clean(text)))
    shown = _REPEATED.sub(lambda match: match.group(1) * 20, shown)
    shown = _ROLE.sub(r"\1：", shown.translate(_WIDE))
    return _RULE.sub("―", shown)[:most].strip()
