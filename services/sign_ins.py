"""Sign-ins 登录记录: what the auditor and the security officer read about who came in and who was turned away."""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.auth import DeviceSession
from models.sign_ins import SignIn, SignInRead
from models.users import User
from models.words import SignInOutcome
from services.access import Actor, Deed
from services.chance import chance
from services.paging import Key, Order, Slice, rows_of

NEWEST_FIRST = Order((col(SignIn.first_at), col(SignIn.id)), descending=True)


def note_success(tx: AsyncSession, session: DeviceSession, network: str, *, at: datetime) -> None:
    """A device came in from this network."""
    tx.add(
        SignIn(
            id=chance(tx).new_id(),
            user_id=session.user_id,
            network=network,
            outcome=SignInOutcome.SIGNED_IN,
            first_at=at,
            last_at=at,
            session_id=session.id,
        )
    )


async def note_refusal(tx: AsyncSession, user_id: UUID | None, network: str, *, at: datetime) -> None:
    """One more that was tried and wrong, in the one row of its account, network and hour."""
    row = _of_hour(user_id, network, at)
    counted = insert(SignIn).values(**row)
    again = {"tries": col(SignIn.tries) + 1, "last_at": sa.func.greatest(col(SignIn.last_at), at)}
    await tx.execute(counted.on_conflict_do_update(index_elements=[col(SignIn.id)], set_=again))


async def note_throttled(tx: AsyncSession, user_id: UUID | None, network: str, *, at: datetime) -> None:
    """Some were not even tried; said once in the row of those that were, so that a flood of them costs no writes."""
    row_id = _of_hour(user_id, network, at)["id"]
    await tx.execute(sa.update(SignIn).where(col(SignIn.id) == row_id, ~col(SignIn.throttled)).values(throttled=True))


async def list_sign_ins(
    tx: AsyncSession,
    actor: Actor,
    *,
    user_id: UUID | None,
    outcome: SignInOutcome | None,
    after: Key | None,
    limit: int,
) -> Slice[tuple[SignIn, str | None]]:
    """The newest first, with the user's name. Raises NotAllowed."""
    actor.require(Deed.READ_SIGN_INS)
    query = sa.select(SignIn, col(User.name)).outerjoin(User, col(User.id) == col(SignIn.user_id))
    if user_id is not None:
        query = query.where(col(SignIn.user_id) == user_id)
    if outcome is not None:
        query = query.where(col(SignIn.outcome) == outcome)
    return await rows_of(tx, query, NEWEST_FIRST, lambda row: (row[0].first_at, row[0].id), after=after, limit=limit)


def shown(row: tuple[SignIn, str | None]) -> SignInRead:
    """A row as clients see it."""
    sign_in, user_name = row
    derived = {"user_name", "outcome_label"}
    return SignInRead(
        **sign_in.model_dump(include=SignInRead.model_fields.keys() - derived),
        user_name=user_name,
        outcome_label=sign_in.outcome.label,
    )


def _of_hour(user_id: UUID | None, network: str, at: datetime) -> dict[str, object]:
    """The row of refusals; its id follows from what it counts, so that two at once meet in it."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    row_id = uuid5(NAMESPACE_URL, f"sign_in:{user_id}:{network}:{hour.isoformat()}")
    told = {"id": row_id, "user_id": user_id, "network": network, "outcome": SignInOutcome.REFUSED}
    return {**told, "tries": 1, "throttled": False, "first_at": at, "last_at": at}
