"""Whether somebody belongs to the office (所管課) that looks after a document."""

import re

from rag.text import key

_BORDER = re.compile(r"[/／>＞・\s　]+")


def _parts(name: str) -> list[str]:
    return [part for part in (key(piece) for piece in _BORDER.split(name)) if part]


def belongs_to(department: str, office: str) -> bool:
    """「総務部/デジタル戦略課」 belongs to 「デジタル戦略課」 and to 「総務部」, and the other way round.

    False where one of the two is not known.
    """
    own, wanted = _parts(department), _parts(office)
    return bool(own and wanted) and (wanted[-1] in own or own[-1] in wanted)
