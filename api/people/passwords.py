"""Passwords: argon2id, rules without rotation, initial ones that work once and for a week.

The parameters are those that OWASP's ASVS 5.0 (appendix C) asks for, at 46 MiB and two passes; one
hash takes about a tenth of a second.
"""

import secrets
import unicodedata
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rag.errors import ShioriError

MIN_CHARACTERS = 12
MAX_CHARACTERS = 1_024
INITIAL_VALIDITY = timedelta(days=7)

_MEMORY_KIB = 47_104
_FEWEST_DIFFERENT = 5
_GROUPS, _GROUP_CHARACTERS = 4, 5
# Without 0 o, 1 l i and the like: it is read from paper or over the telephone.
_UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_GUESSED_FIRST = ("password", "shiori", "しおり", "パスワード", "qwerty", "12345678", "abcdefgh")

_hasher = PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)


class PasswordRefusedError(ShioriError):
    """A new password does not keep the rules; the message says which."""

    code = "password_refused"


def normalised(password: str) -> str:
    """One form for what looks the same on a Japanese keyboard: full-width letters, composed kana."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """The argon2id hash. Takes a tenth of a second and 46 MiB."""
    return _hasher.hash(normalised(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether the password is right. As long for a wrong or missing hash as for a right one."""
    if len(password) > MAX_CHARACTERS:
        password = ""
    try:
        _hasher.verify(password_hash or nobodys_hash(), normalised(password))
    except (VerificationError, InvalidHashError, UnicodeError):
        return False
    return bool(password_hash)


def require_good(password: str, *not_within: str) -> None:
    """Raises PasswordRefusedError for a password that is too short, too long or easily guessed.

    `not_within` are words it must not be made of, as the login name.
    """
    text = normalised(password)
    if len(text) < MIN_CHARACTERS:
        raise PasswordRefusedError(
            f"パスワードは{MIN_CHARACTERS}文字以上にしてください。"
            "いくつかの言葉をつなげると、長くても覚えやすくなります。"
        )
    if len(password) > MAX_CHARACTERS:
        raise PasswordRefusedError(f"パスワードは{MAX_CHARACTERS:,}文字以内にしてください。")
    folded = text.casefold()
    rest = folded
    for word in (*_GUESSED_FIRST, *(normalised(word).casefold() for word in not_within)):
        if len(word) >= 3:
            rest = rest.replace(word, "")
    if len(set(rest)) < _FEWEST_DIFFERENT:
        raise PasswordRefusedError(
            "推測されやすいパスワードです。同じ文字のくり返しや、"
            "利用者名・よく使われる言葉だけのものは使えません。"
        )


def initial_password() -> str:
    """A random password for the first sign-in, of about 99 bits."""
    return "-".join(
        "".join(secrets.choice(_UNMISTAKABLE) for _ in range(_GROUP_CHARACTERS))
        for _ in range(_GROUPS)
    )


@cache
def nobodys_hash() -> str:
    """What the password of an unknown person is held against, so that it takes as long."""
    return hash_password(secrets.token_urlsafe())
