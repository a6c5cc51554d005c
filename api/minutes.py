"""Minutes that an answer saves, by the standard that the city has set for each template.

Nobody measures the time: the person says by one click what became of the answer, and the standard
gives the minutes. The method is printed wherever the sum is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rag.errors import ShioriError

QUESTION = "question"  # the standard of whatever has none of its own
MOST_MINUTES = 480
_ENTRY = re.compile(r"([a-z][a-z0-9_-]{0,40})=(\d{1,3})/(\d{1,3})")

METHOD = (
    "回答を「そのまま使えた」「修正して使えた」と答えた人の数に、"
    "テンプレートごとの標準時間を掛けた値です。時間は測っていません。答えのない回答は数えません。"
)


class MinutesSettingError(ShioriError):
    code = "minutes_setting"


class Outcome(StrEnum):
    """What became of an answer."""

    AS_IS = "as_is"  # そのまま使えた
    EDITED = "edited"  # 修正して使えた
    UNUSED = "unused"  # 使えなかった


OUTCOME_NAMES = {
    Outcome.AS_IS: "そのまま使えた",
    Outcome.EDITED: "修正して使えた",
    Outcome.UNUSED: "使えなかった",
}


@dataclass(frozen=True, slots=True)
class StandardMinutes:
    """(as it is, edited) in minutes, by template id; `question` is there in any case."""

    by_template: Mapping[str, tuple[int, int]]

    @classmethod
    def read(cls, setting: str) -> "StandardMinutes":
        """From 「question=10/5,summary=30/15」. Raises MinutesSettingError naming the entry."""
        found: dict[str, tuple[int, int]] = {}
        for entry in filter(None, (part.strip() for part in setting.split(","))):
            match = _ENTRY.fullmatch(entry)
            as_is, edited = (int(match[2]), int(match[3])) if match else (0, 1)
            if match is None or edited > as_is or as_is > MOST_MINUTES:
                raise MinutesSettingError(
                    f"SHIORI_MINUTES_SAVED の「{entry}」を読み取れません。"
                    "「テンプレート=そのまま使えたときの分/修正して使えたときの分」を"
                    f"コンマで区切って書いてください（例 question=10/5、{MOST_MINUTES}分まで）。"
                )
            found[match[1]] = (as_is, edited)
        if QUESTION not in found:
            raise MinutesSettingError(
                "SHIORI_MINUTES_SAVED に question（質問）の標準時間がありません。"
                "「question=10/5」のように書いてください。"
            )
        return cls(found)

    def of(self, template: str, outcome: Outcome) -> int:
        """Minutes saved by one answer; `template` is "" for a question."""
        as_is, edited = self.by_template.get(template, self.by_template[QUESTION])
        return {Outcome.AS_IS: as_is, Outcome.EDITED: edited, Outcome.UNUSED: 0}[outcome]
