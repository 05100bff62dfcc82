"""The town before its first visit, as an administrator and the office would have set it up."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from cli.demo.errors import RealOffice, TownBroken
from cli.demo.names import MARK
from cli.demo.town import Person, Town
from models.departments import Department
from models.enterprises import Enterprise
from models.industries import Industry
from models.organs import Organ
from models.regions import Region
from models.users import User, UserWrite
from models.words import EventKind, Role
from services import departments, enterprises, events, organs, regions, users
from services.access import Actor
from services.auth import actor_from
from services.auth.hashing import hash_of
from services.officers import officers
from services.settings import PasswordPolicy

DEMO_USER = "demo-"


async def is_demo(tx: AsyncSession) -> bool:
    """Whether the demo town is here, whole or in part; false for an empty office.

    Raises RealOffice for an office that holds anything else than the demo and its first administrator.
    """
    named = col(User.username) == users.FIRST_ADMIN, sa.func.starts_with(col(User.username), DEMO_USER)
    real = [sa.exists().where(~sa.or_(*named)), sa.exists().where(sa.func.strpos(col(Organ.name), MARK) == 0)]
    demo = bool(await tx.scalar(sa.select(sa.exists(sa.select(col(Organ.id))))))
    if not demo:
        real += [sa.exists(sa.select(key)) for key in (col(Region.code), col(Department.id), col(Enterprise.id))]
    if await tx.scalar(sa.select(sa.or_(*real))):
        raise RealOffice(
            "这个办公室已有真实数据，不能装入演示镇；请用 --data 另选一个目录。 "
            "This office holds real records: choose another folder for the demo with --data."
        )
    return demo


async def found(tx: AsyncSession, town: Town, password: str, *, policy: PasswordPolicy, at: datetime) -> None:
    """Organ, regions, departments, accounts and the register, all in one transaction."""
    admin = await _admin(tx)
    await organs.create(tx, admin, town.organ, at=at)
    for region in town.regions:
        await regions.create(tx, admin, region, at=at)
    for department in town.departments:
        await departments.create(tx, admin, department, at=at)
    secret, hashed = SecretStr(password), await hash_of(password)
    owners = [person for person in town.people if person.enterprise_id is not None]
    for person in town.people:
        if person not in owners:
            await _open_account(tx, admin, person, secret, hashed, policy, at)
    people = await everybody(tx)
    await _register(tx, town, people, at)
    for person in owners:
        await _open_account(tx, admin, person, secret, hashed, policy, at + timedelta(days=3))


async def _register(tx: AsyncSession, town: Town, people: dict[UUID, Actor], at: datetime) -> None:
    """Each registrar's enterprises at once, as an import adds the rows of a file."""
    known = frozenset((await tx.scalars(sa.select(col(Industry.code)))).all())
    by: dict[UUID, list[enterprises.Entry]] = {}
    for write in town.enterprises:
        assert write.id is not None
        by.setdefault(town.registrars[write.id].id, []).append(enterprises.Entry(write.id, write))
    for number, (registrar_id, entries) in enumerate(by.items()):
        registrar = people[registrar_id]
        wrong = [error for entry in entries for error in enterprises.input_errors(registrar, entry.write, known)]
        if wrong:
            raise TownBroken(f"The register refuses {wrong[0].pointer}: {wrong[0].detail}.")
        await enterprises.add_all(tx, registrar, entries, at + timedelta(hours=number))


async def everybody(tx: AsyncSession) -> dict[UUID, Actor]:
    """All accounts of the demo as the services know them."""
    demo = sa.select(col(User.id)).where(sa.func.starts_with(col(User.username), DEMO_USER))
    return await officers(tx, (await tx.scalars(demo)).all())


async def _admin(tx: AsyncSession) -> Actor:
    """The office's first administrator, who was made with it."""
    row = (await tx.scalars(sa.select(User).where(col(User.role) == Role.ADMIN).limit(1))).one()
    return actor_from(row, None, None)


async def _open_account(
    tx: AsyncSession,
    admin: Actor,
    person: Person,
    password: SecretStr,
    hashed: str,
    policy: PasswordPolicy,
    at: datetime,
) -> None:
    """An account whose password is its own already, so that a newcomer can look around at once."""
    body = UserWrite(
        id=person.id,
        username=person.username,
        name=person.name,
        role=person.role,
        hats=list(person.hats),
        region=person.region,
        department_id=person.department_id,
        enterprise_id=person.enterprise_id,
        card_number=person.card_number,
        card_from=person.card_from,
        card_to=person.card_to,
        password=password,
    )
    user, _ = await users.create(tx, admin, body, policy=policy, at=at, hashed=hashed)
    before = events.snapshot(user)
    user.must_change_password = False
    user.version += 1
    events.record(tx, admin, EventKind.USER_CHANGED, user, before=before, at=at)
    await tx.flush()
