"""Me 本人: who is signed in, as the office knows them today."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.departments import Department
from models.me import MeRead, OwnCard, OwnDepartment, OwnRegion
from models.regions import Region
from models.users import User
from services.access import Actor, Deed
from services.rules.clocks import local_date


async def me(tx: AsyncSession, actor: Actor, *, at: datetime) -> MeRead:
    """The actor with the names of region and department."""
    names = sa.select(col(User.username), col(Region.name), col(Department.name)).select_from(User)
    joined = names.outerjoin(Region, col(Region.code) == col(User.region)).outerjoin(
        Department, col(Department.id) == col(User.department_id)
    )
    username, region_name, department_name = (await tx.execute(joined.where(col(User.id) == actor.id))).one()
    return MeRead(
        id=actor.id,
        username=username,
        name=actor.name,
        role=actor.role,
        role_label=actor.role.label,
        hats=sorted(actor.hats),
        deeds=sorted(deed.value for deed in Deed if actor.may(deed)),
        region=None if actor.region is None else OwnRegion(code=actor.region, name=region_name),
        department=_department(actor, department_name),
        enterprise_id=actor.enterprise_id,
        card=_card(actor, at),
        must_change_password=actor.must_change_password,
        has_totp=actor.has_totp,
    )


def _department(actor: Actor, name: str) -> OwnDepartment | None:
    if actor.department_id is None:
        return None
    return OwnDepartment(id=actor.department_id, name=name, industries=sorted(actor.industries or ()))


def _card(actor: Actor, at: datetime) -> OwnCard | None:
    if actor.card_number is None:
        return None
    return OwnCard(
        number=actor.card_number,
        valid_from=actor.card_from,
        valid_to=actor.card_to,
        valid=actor.has_valid_card(local_date(at)),
    )
