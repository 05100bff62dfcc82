"""The pool of a draw: enterprises in its maker's sight with their weights, officers, and who must avoid whom."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.avoidances import Avoidance
from models.draws import DrawWrite
from models.enterprises import Enterprise, EnterpriseIndustry, StandardLevel
from models.findings import OPEN, Finding
from models.inspections import Inspection, InspectionInspector
from models.users import User
from models.words import EnterpriseStatus, Grade, InspectionKind, InspectionState
from services.access import Actor, Deed, in_region, sees
from services.draws.box import LeftOut
from services.draws.weights import Caps, Weights, caps, counted_kinds, weights
from services.errors import InputError, InvalidInput
from services.officers import officers
from services.rules.clocks import SHANGHAI, local_date
from services.rules.draws import OFFICERS_EACH, Candidate, Pool
from services.sight import within
from services.stand_ins import absent
from services.wall import beyond_sight

COUNTED = (InspectionKind.SPOT_CHECK, InspectionKind.ROUTINE, InspectionKind.JOINT, InspectionKind.CAMPAIGN)
"""What may be drawn."""


@dataclass
class Place:
    """One enterprise as the draw weighs it."""

    id: UUID
    region: str
    main_industry: str
    standard_level: StandardLevel | None = None
    industries: set[str] = field(default_factory=set)
    visits: int = 0
    last_visit: datetime | None = None
    last_officers: set[UUID] = field(default_factory=set)
    has_open_major: bool = False


@dataclass(frozen=True)
class Found:
    """The pool, who was left out of it, and the rows that it was weighed by."""

    pool: Pool
    left_out: LeftOut
    weights: Weights
    caps: Caps


async def pool_for(tx: AsyncSession, actor: Actor, body: DrawWrite, *, at: datetime) -> Found:
    """Raises InvalidInput when an officer is unsuited, or nothing is left to draw from."""
    people = await _officers(tx, actor, body)
    places = await _places(tx, actor, body, at=at)
    avoids = await _avoided(tx, people, at=at)
    weighed, capped = await weights(tx), await caps(tx, local_date(at))
    candidates: list[Candidate] = []
    over_cap = without_pair = 0
    for place in places:
        most = capped.of(place.region, place.main_industry, place.standard_level, body.per_year)
        barred = frozenset(_barred(place, people, avoids, body.avoid_last_officers))
        if most is not None and place.visits >= most:
            over_cap += 1
        elif len(people) - len(barred) < OFFICERS_EACH:
            without_pair += 1
        else:
            weight = weighed.of(place.main_industry, place.last_visit, has_open_major=place.has_open_major, at=at)
            candidates.append(Candidate(place.id, weight, barred))
    if not candidates:
        raise InvalidInput.at("/count", "pool_empty", "no enterprise is left that two officers may go to")
    return Found(Pool.ordered(candidates, list(people)), LeftOut(over_cap, without_pair), weighed, capped)


async def _officers(tx: AsyncSession, actor: Actor, body: DrawWrite) -> dict[UUID, Actor]:
    """Those named, each of whom must be suited and not on leave; without names, all in sight who are."""
    day = local_date(body.release_at)
    away = await absent(tx, day)
    if not body.officers:
        ids = sa.select(col(User.id)).where(in_region(actor, col(User.region)), col(User.card_number).is_not(None))
        people = await officers(tx, (await tx.scalars(ids)).all())
        return {
            user_id: one
            for user_id, one in sorted(people.items())
            if user_id not in away and _is_suited(actor, one, day)
        }
    people = await officers(tx, body.officers)
    errors = [
        InputError(f"/officers/{place}", "officer_unsuited", "no officer of this region with a valid card on that day")
        for place, user_id in enumerate(body.officers)
        if user_id not in people or not _is_suited(actor, people[user_id], day)
    ]
    errors += [
        InputError(f"/officers/{place}", "officer_away", "on leave on that day")
        for place, user_id in enumerate(body.officers)
        if user_id in away
    ]
    if errors:
        raise InvalidInput(errors)
    return dict(sorted(people.items()))


def _is_suited(actor: Actor, officer: Actor, day: date) -> bool:
    near = officer.region is not None and actor.covers(officer.region)
    return near and officer.may(Deed.REPORT_INSPECTION) and officer.has_valid_card(day)


async def _places(tx: AsyncSession, actor: Actor, body: DrawWrite, *, at: datetime) -> list[Place]:
    asked = sa.select(
        col(Enterprise.id), col(Enterprise.region), col(Enterprise.main_industry), col(Enterprise.standard_level)
    )
    asked = asked.where(sees(actor, Enterprise), col(Enterprise.status) == EnterpriseStatus.ACTIVE)
    if body.region is not None:
        asked = asked.where(within(body.region, col(Enterprise.region)))
    if body.industries:
        linked = sa.select(col(EnterpriseIndustry.enterprise_id))
        asked = asked.where(col(Enterprise.id).in_(linked.where(col(EnterpriseIndustry.industry).in_(body.industries))))
    places = {
        row.id: Place(row.id, row.region, row.main_industry, row.standard_level) for row in await tx.execute(asked)
    }
    ids = asked.with_only_columns(col(Enterprise.id)).scalar_subquery()
    links = sa.select(col(EnterpriseIndustry.enterprise_id), col(EnterpriseIndustry.industry))
    for enterprise_id, industry in await tx.execute(links.where(col(EnterpriseIndustry.enterprise_id).in_(ids))):
        places[enterprise_id].industries.add(industry)
    major = (
        sa.select(col(Finding.enterprise_id))
        .distinct()
        .where(col(Finding.enterprise_id).in_(ids), col(Finding.grade) == Grade.MAJOR, col(Finding.state).in_(OPEN))
    )
    for enterprise_id in await tx.scalars(major):
        places[enterprise_id].has_open_major = True
    await _add_past(tx, places, ids, datetime(local_date(at).year, 1, 1, tzinfo=SHANGHAI))
    return list(places.values())


async def _add_past(
    tx: AsyncSession, places: Mapping[UUID, Place], ids: sa.ScalarSelect[UUID], new_year: datetime
) -> None:
    """Inspections that were really made: how many this year, when the last was, and who made it."""
    done = (
        sa.select(col(Inspection.id), col(Inspection.enterprise_id), col(Inspection.arrived_at))
        .where(col(Inspection.enterprise_id).in_(ids), col(Inspection.kind).in_(await counted_kinds(tx)))
        .where(col(Inspection.state) == InspectionState.ACCEPTED)
        .order_by(col(Inspection.arrived_at), col(Inspection.id))
    )
    last: dict[UUID, UUID] = {}
    for row in await tx.execute(done):
        place = places[row.enterprise_id]
        place.visits += row.arrived_at >= new_year
        place.last_visit, last[place.id] = row.arrived_at, row.id
    of = {inspection_id: enterprise_id for enterprise_id, inspection_id in last.items()}
    served = sa.select(col(InspectionInspector.inspection_id), col(InspectionInspector.user_id))
    for inspection_id, user_id in await tx.execute(served.where(col(InspectionInspector.inspection_id).in_(of))):
        places[of[inspection_id]].last_officers.add(user_id)


async def _avoided(tx: AsyncSession, people: Collection[UUID], *, at: datetime) -> dict[UUID, list[Avoidance]]:
    holds = sa.or_(col(Avoidance.ended_at).is_(None), col(Avoidance.ended_at) > at)
    async with beyond_sight(tx):  # a department's draw keeps what the office alone may read
        rows = (await tx.scalars(sa.select(Avoidance).where(col(Avoidance.officer_id).in_(people), holds))).all()
    avoided: dict[UUID, list[Avoidance]] = {}
    for row in rows:
        avoided.setdefault(row.officer_id, []).append(row)
    return avoided


def _barred(
    place: Place, people: Mapping[UUID, Actor], avoids: Mapping[UUID, Sequence[Avoidance]], avoid_last: bool
) -> Iterator[UUID]:
    """Officers who may not go there: 回避, another region or trade, or they were there last."""
    for user_id, officer in people.items():
        of_other_trade = officer.industries is not None and not officer.industries & place.industries
        served_last = avoid_last and user_id in place.last_officers
        out_of_place = of_other_trade or not officer.covers(place.region)
        if out_of_place or served_last or any(_hits(one, place) for one in avoids.get(user_id, ())):
            yield user_id


def _hits(avoidance: Avoidance, place: Place) -> bool:
    if avoidance.village is not None:
        return place.region.startswith(avoidance.village)
    return avoidance.enterprise_id == place.id
