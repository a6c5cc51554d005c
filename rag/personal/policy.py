"""What a city has decided for each kind, from `personal.toml` in the data folder."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rag.errors import ShioriError
from rag.personal.kinds import PersonalKind

POLICY_FILE = "personal.toml"


class PersonalPolicyError(ShioriError):
    """personal.toml cannot be used."""

    code = "personal_policy"


class Handling(StrEnum):
    BLOCK = "block"  # refused
    MASK = "mask"  # replaced, without asking
    CONFIRM = "confirm"  # the person decides: as it is, or replaced
    ALLOW = "allow"


_DEFAULTS: Mapping[PersonalKind, Handling] = {
    kind: Handling.BLOCK
    if kind in (PersonalKind.MY_NUMBER, PersonalKind.FORBIDDEN_WORD)
    else Handling.CONFIRM
    for kind in PersonalKind
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    handling: Mapping[PersonalKind, Handling] = field(default_factory=lambda: dict(_DEFAULTS))
    forbidden_words: tuple[str, ...] = ()

    def kinds(self, *handlings: Handling) -> frozenset[PersonalKind]:
        return frozenset(kind for kind, how in self.handling.items() if how in handlings)


def read_policy(data_dir: Path) -> Policy:
    """The defaults where there is no file. Raises PersonalPolicyError for one that is wrong.

    A mistake in it is told at the start and never passed over: nobody would notice.
    """
    path = data_dir / POLICY_FILE
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Policy()
    except (OSError, ValueError) as error:
        raise PersonalPolicyError(
            f"「{path}」を読めません（{error}）。TOMLの書き方を確かめてください。"
        ) from error
    unknown = stored.keys() - {"policy", "forbidden_words"}
    if unknown:
        raise PersonalPolicyError(
            f"「{path}」に知らない項目「{min(unknown)}」があります。"
            "使えるのは policy と forbidden_words です。"
        )
    words = stored.get("forbidden_words", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise PersonalPolicyError(f"「{path}」の forbidden_words は語の一覧にしてください。")
    chosen = stored.get("policy", {})
    if not isinstance(chosen, dict):
        raise PersonalPolicyError(f"「{path}」の policy は [policy] の表にしてください。")
    handling = dict(_DEFAULTS)
    for name, how in chosen.items():
        try:
            handling[PersonalKind(name)] = Handling(how)
        except ValueError as error:
            raise PersonalPolicyError(
                f"「{path}」の {name} = {how!r} は使えません。種類は {'、'.join(PersonalKind)}、"
                f"扱いは {'、'.join(Handling)} から選んでください。"
            ) from error
    return Policy(handling=handling, forbidden_words=tuple(words))
