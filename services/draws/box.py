"""What lies in a draw's box, and how far a draw is by the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.draws import Draw
from models.words import DrawState
from services.chance import chance
from services.rules.clocks import local_date
from services.rules.draw_files import drawn_of, setting_of, told
from services.rules.draws import Drawn, Setting
from services.sealing import SALT_BYTES, box_hash, seals

TABLE = "draw"


@dataclass(frozen=True)
class LeftOut:
    """Enterprises that were not in the pool, by why."""

    over_cap: int
    without_pair: int


@dataclass(frozen=True)
class Content:
    """All that is secret of a draw: what it follows from, what came of it, and which visits it made."""

    setting: Setting
    drawn: tuple[Drawn, ...]
    visits: tuple[UUID, ...]
    left_out: LeftOut
    cancel_reason: str | None = None

    @property
    def rules(self) -> Mapping[str, Any]:
        """As the commitment covers them."""
        return self.setting.rules


def close(tx: AsyncSession, draw: Draw, content: Content) -> None:
    """Seal the content into the draw's box."""
    plain = {
        "proof": told(content.setting, content.drawn),
        "visits": list(content.visits),
        "left_out": {"over_cap": content.left_out.over_cap, "without_pair": content.left_out.without_pair},
        "cancel_reason": content.cancel_reason,
    }
    draw.sealed = seals(tx).seal(plain, table=TABLE, row_id=draw.id, salt=chance(tx).bytes(SALT_BYTES))


def opened(tx: AsyncSession, draw: Draw) -> Content:
    """What the box holds; who shows it to somebody says so in an event."""
    plain = seals(tx).open(draw.sealed, table=TABLE, row_id=draw.id)
    return Content(
        setting=setting_of(plain["proof"]),
        drawn=tuple(drawn_of(plain["proof"])),
        visits=tuple(map(UUID, plain["visits"])),
        left_out=LeftOut(**plain["left_out"]),
        cancel_reason=plain["cancel_reason"],
    )


def box_told(draw: Draw) -> dict[str, object]:
    """What an event tells of a draw's secrets, beside the row's columns."""
    return {"sealed_sha256": box_hash(draw.sealed), "commitment": draw.commitment}


def state_of(draw: Draw, at: datetime) -> DrawState:
    """How far the draw is."""
    if draw.cancelled_at is not None:
        return DrawState.CANCELLED
    return DrawState.RELEASED if draw.release_at <= at else DrawState.SEALED


def opens_on(draw: Draw) -> date:
    """The first day after the month of the release: then the seed opens."""
    day = local_date(max(draw.made_at, draw.release_at))
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def is_open(draw: Draw, at: datetime) -> bool:
    """Whether the month of the release is over."""
    return local_date(at) >= opens_on(draw)
