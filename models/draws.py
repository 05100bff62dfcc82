"""Draws 抽取 (双随机): enterprises and pairs of officers by lot, sealed until release, proven after the month."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, code_column, enum_column, region_column
from models.shapes import Code, Filled, Flag, Id, Line, Moment, NewId, Read, RegionCode, Text, Write
from models.visits import SecretId
from models.words import CommitmentState, DrawState, InspectionKind, Role, WeightFactor


class Draw(SQLModel, table=True):
    """One draw. Seed, pool, rules and what was drawn lie in `sealed` for good; `commitment` tells nothing of them.

    `region` is its maker's, not the pool's. Whether it is released follows from the clock.
    """

    __tablename__ = "draw"

    id: UUID = Field(primary_key=True)
    region: str = Field(sa_column=region_column())
    made_by: UUID = Field(foreign_key="users.id", index=True)
    made_at: datetime = Field(index=True)
    release_at: datetime
    commitment: str = Field(sa_column=code_column(length=64, unique=True))
    sealed: bytes
    cancelled_at: datetime | None = None
    version: int = 1


class VisitCap(SQLModel, table=True):
    """How often a year an enterprise is inspected at most (国办发〔2024〕54号): local data, by the region's prefix.

    An empty `industry` holds for those that have no row of their own.
    """

    __tablename__ = "visit_cap"
    __table_args__ = ({"info": READ_ONLY},)

    region: str = Field(sa_column=region_column(primary_key=True))
    industry: str = Field(sa_column=code_column(primary_key=True))
    standard_level: str = Field(sa_column=code_column(primary_key=True))
    valid_from: date = Field(primary_key=True)
    per_year: int
    valid_to: date | None
    source: str
    verified: bool


class DrawWeight(SQLModel, table=True):
    """By how much a trait raises the chance of an enterprise in a draw."""

    __tablename__ = "draw_weight"
    __table_args__ = ({"info": READ_ONLY},)

    factor: WeightFactor = Field(sa_column=enum_column(WeightFactor, primary_key=True))
    key: str = Field(sa_column=code_column(primary_key=True))
    weight: int
    name: str
    source: str
    verified: bool


MOST_DRAWN = 200


class DrawWrite(Write):
    """A draw to make; without `officers` all in sight with a valid card on the day of the release are in the pool."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [
                {
                    "plan": "2026年度双随机抽查计划（某政办〔2026〕3号）",
                    "legal_basis": "《安全生产法》第六十五条",
                    "kind": "routine",
                    "content": "消防通道、用电安全",
                    "industries": ["MECH"],
                    "count": 5,
                    "per_year": 2,
                    "release_at": "2026-11-25T08:30:00+08:00",
                }
            ]
        },
    )

    id: SecretId | None = None
    plan: Line
    legal_basis: Filled
    kind: InspectionKind
    content: Text | None = None
    region: RegionCode | None = None
    industries: Annotated[list[Code], Constraint(max_length=32)] = []
    count: Annotated[int, Constraint(strict=True, ge=1, le=MOST_DRAWN)]
    officers: Annotated[list[Id], Constraint(max_length=MOST_DRAWN)] = []
    avoid_last_officers: Flag = True
    per_year: Annotated[int, Constraint(strict=True, ge=1, le=366)] | None = None
    release_at: Moment


class DrawCancellation(Write):
    """Why a draw is called off."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"reason": "当日有台风预警"}]})

    id: NewId | None = None
    reason: Filled


class DrawRelease(Write):
    """The release of a draw before its time."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"note": "提前半小时出发"}]})

    id: NewId | None = None
    note: Text | None = None


class DrawnRead(Read):
    """One drawn visit that the reader may know of."""

    visit_id: UUID
    enterprise_id: UUID
    inspectors: list[UUID]


class DrawRead(Read):
    """A draw for those who may know of it; `drawn` shows only visits that the reader may know of.

    `over_cap` and `without_pair` count enterprises that were left out of the pool: inspected as often this year as
    the cap allows, or with fewer than two officers who need not avoid them.
    """

    id: UUID
    region: str
    state: DrawState
    state_label: str
    made_by: UUID
    made_at: datetime
    release_at: datetime
    commitment: str
    opens_on: date
    plan: str
    legal_basis: str
    kind: InspectionKind
    kind_label: str
    count: int
    pool_enterprises: int
    pool_officers: int
    over_cap: int
    without_pair: int
    drawn_count: int
    drawn: list[DrawnRead]
    cancelled_at: datetime | None
    cancel_reason: str | None
    version: int


class CandidateRead(Read):
    """An enterprise of the pool: its weight, and the officers who had to avoid it."""

    id: UUID
    weight: int
    barred: list[UUID]


class PoolRead(Read):
    """What was drawn from, in the order that the formula walks."""

    enterprises: list[CandidateRead]
    officers: list[UUID]


class RulesRead(Read):
    """By which rules; all of it is covered by the commitment."""

    method: str
    count: int
    plan: str
    legal_basis: str
    kind: str
    region: str
    industries: list[str]
    avoid_last_officers: bool
    per_year: int | None
    weights: dict[str, int]
    caps: dict[str, int]


class PairRead(Read):
    """One enterprise and its officers, in the order in which they were drawn."""

    enterprise_id: UUID
    officers: list[UUID]


class DrawProofRead(Read):
    """An opened draw: with it anybody draws again (docs/draws.md, `zhicha check draw`)."""

    method: str
    commitment: str
    seed: str
    pool: PoolRead
    rules: RulesRead
    time: str
    drawn: list[PairRead]


class DrawLookRead(Read):
    """Somebody looked at a draw, or at one of its visits before its arrival."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str | None
    actor_role: Role | None
    visit_id: UUID | None


class CommitmentRead(Read):
    """What the public may keep of a draw on the day it is made."""

    commitment: str
    drawn_on: date
    state: CommitmentState
    state_label: str
