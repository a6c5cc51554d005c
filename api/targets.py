"""The city's targets for its own use of the service, in `targets.toml` of the data folder.

[[targets]]
name = "職員の生成AI利用者数（延べ）"
measure = "uses"          # 延べ利用者数; "hours" for 業務時間の削減
fiscal_year = 2029
value = 2000
"""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import ShioriError

FILE_NAME = "targets.toml"


class TargetsFileError(ShioriError):
    code = "targets_file"


class Target(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100)
    measure: Literal["uses", "hours"]
    fiscal_year: int = Field(ge=2000, le=2100)
    value: float = Field(gt=0)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    targets: list[Target] = Field(default_factory=list, max_length=100)


def read_targets(folder: Path) -> tuple[Target, ...]:
    """None where there is no such file. Raises TargetsFileError."""
    path = folder / FILE_NAME
    if not path.is_file():
        return ()
    try:
        return tuple(_File.model_validate(tomllib.loads(path.read_text("utf-8"))).targets)
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"]))
        raise TargetsFileError(
            f"目標値の設定「{FILE_NAME}」の {name} が正しくありません。name、measure（uses か hours）、"
            "fiscal_year、value を書いてください。"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetsFileError(
            f"目標値の設定「{FILE_NAME}」を読み取れません。TOMLの書き方を確かめてください。"
        ) from error
