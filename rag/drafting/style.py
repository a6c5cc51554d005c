"""The house style of the drafts: ending, length, words not to be used."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import ShioriError


class StyleFileError(ShioriError):
    code = "style_file"


class Ending(StrEnum):
    DEARU = "dearu"  # である
    DESU = "desu"  # です・ます


class HouseStyle(BaseModel):
    """`forbidden` gives words with what stands for them instead; "" leaves the sentence out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ending: Ending = Ending.DEARU
    min_characters: int = Field(default=150, ge=0)
    max_characters: int = Field(default=250, ge=80)
    quote_characters: int = Field(default=46, ge=10, description="Longest quotation in a draft")
    forbidden: dict[str, str] = Field(default_factory=dict)


def read_style(path: Path) -> HouseStyle:
    """The style in a TOML file. Raises StyleFileError naming the setting that is wrong."""
    import tomllib

    try:
        return HouseStyle.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"]))
        raise StyleFileError(
            f"文体の設定「{path.name}」の {name} が正しくありません。"
            "ending は dearu か desu、文字数は整数で書いてください。"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StyleFileError(
            f"文体の設定「{path}」を読み取れません。TOMLの書き方と場所を確かめてください。"
        ) from error
