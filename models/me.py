"""Me 本人: what an app needs to know of whoever is signed in."""

from datetime import date
from uuid import UUID

from models.shapes import Read
from models.words import Hat, Role


class OwnRegion(Read):
    """A region; `name` is null while nobody has listed it."""

    code: str
    name: str | None


class OwnDepartment(Read):
    """The department that narrows what I see to its industries."""

    id: UUID
    name: str
    industries: list[str]


class OwnCard(Read):
    """The 执法证 and whether it is valid today (安法 第67条)."""

    number: str
    valid_from: date | None
    valid_to: date | None
    valid: bool


class MeRead(Read):
    """Who I am and what I may do."""

    id: UUID
    username: str
    name: str
    role: Role
    role_label: str
    hats: list[Hat]
    deeds: list[str]
    region: OwnRegion | None
    department: OwnDepartment | None
    enterprise_id: UUID | None
    card: OwnCard | None
    must_change_password: bool
    has_totp: bool
