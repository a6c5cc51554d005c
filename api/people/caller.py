"""The person behind a request: routes decide by it, indexes are searched with its scope."""

from dataclasses import dataclass
from enum import StrEnum

from rag.registry.people import Person
from rag.registry.turns import SOLE_OWNER


class Role(StrEnum):
    """What a person may do besides asking. Everybody is at least `STAFF`."""

    STAFF = "staff"  # 職員
    DOCUMENTS = "documents"  # 文書担当
    EVALUATION = "evaluation"  # 評価担当
    AUDIT = "audit"  # 監査
    ADMIN = "admin"  # 管理者


ROLE_NAMES = {
    Role.STAFF: "職員",
    Role.DOCUMENTS: "文書担当",
    Role.EVALUATION: "評価担当",
    Role.AUDIT: "監査",
    Role.ADMIN: "管理者",
}

EVERYBODY = "全職員"  # the group that every signed-in person belongs to


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """One authenticated person with the rights of this moment.

    `groups` are the groups whose documents the person may read. In single-user mode the one
    person has every role and reads every document, labelled or not.
    """

    id: str
    name: str
    login: str = ""
    department: str = ""  # 部/課
    groups: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset({Role.STAFF})
    single_user: bool = False
    session: str = ""  # hash of the session's id; "" where there is none
    must_change: bool = False  # the password is an initial one

    def has(self, role: Role) -> bool:
        return self.single_user or role in self.roles


SINGLE_USER = Caller(id=SOLE_OWNER, name="利用者", roles=frozenset(Role), single_user=True)


def caller_of(person: Person, session: str = "", *, only_asking: bool = False) -> Caller:
    """The caller that a person is now; with `only_asking` without roles beyond `STAFF`."""
    roles = {Role(role) for role in person.roles if role in set(Role)}
    return Caller(
        id=person.id,
        name=person.name,
        login=person.login,
        department=person.department,
        groups=frozenset({*person.groups, EVERYBODY}),
        roles=frozenset({Role.STAFF} if only_asking else {Role.STAFF, *roles}),
        session=session,
        must_change=bool(session) and not only_asking and person.must_change,
    )
