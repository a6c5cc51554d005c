"""The person behind a request: routes decide by it, indexes are searched with its scope."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do besides asking. Everybody is at least `STAFF`."""

    STAFF = "staff"  # 職員
    DOCUMENTS = "documents"  # 文書担当
    EVALUATION = "evaluation"  # 評価担当
    AUDIT = "audit"  # 監査
    ADMIN = "admin"  # 管理者


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """One authenticated person with the rights of this moment.

    `groups` are the groups whose documents the person may read. In single-user mode the one
    person has every role and reads every document, labelled or not.
    """

    id: str
    name: str
    department: str = ""  # 部/課
    groups: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset({Role.STAFF})
    single_user: bool = False

    def has(self, role: Role) -> bool:
        return self.single_user or role in self.roles


SINGLE_USER = Caller(id="single-user", name="利用者", roles=frozenset(Role), single_user=True)
