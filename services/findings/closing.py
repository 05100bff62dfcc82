"""How a finding ends: written off 销号, transferred 移送, or withdrawn 撤销."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.findings import Finding, Transfer, Withdrawal, WriteOff
from models.steps import TransferReceiptWrite, TransferWrite, WithdrawalWrite, WriteOffWrite
from models.words import EventKind, Grade, Move, Role
from services import acts, tallies
from services.access import Actor, Deed, finding_for
from services.errors import InvalidInput
from services.findings.errors import CardNotValid, NotTransferred, ReceiptKnown, SecondOfficerNeeded
from services.findings.moves import changed, moved
from services.findings.reinspections import looked_again
from services.rules.clocks import local_date
from services.versions import refuse_stale


async def write_off(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: WriteOffWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """The end of a finding that was found cured; of a major one by an officer who did not look again himself.

    Raises NotFound, NotAllowed, SecondOfficerNeeded, IdConflict, IdTaken, VersionMismatch, IllegalTransition.
    """
    finding = await finding_for(tx, actor, finding_id, Deed.WRITE_OFF_GENERAL, Deed.WRITE_OFF_MAJOR)
    if finding.grade is Grade.MAJOR:
        actor.require(Deed.WRITE_OFF_MAJOR)
    begun = await acts.begin(tx, actor, "writeOffFinding", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    if finding.grade is Grade.MAJOR and actor.id in await looked_again(tx, finding):
        raise SecondOfficerNeeded
    paper = WriteOff(id=begun.id, finding_id=finding.id, written_off_by=actor.id, at=at, note=body.note)
    with moved(tx, actor, finding, Move.WRITE_OFF, at=at, paper=paper):
        finding.closed_at = at
    await tx.flush()
    return finding, True


async def transfer(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: TransferWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """Hand a finding to the organ that has the power (安法 第69条); its receipt follows.

    Raises NotFound, NotAllowed, CardNotValid, IdConflict, IdTaken, VersionMismatch, IllegalTransition.
    """
    finding = await finding_for(tx, actor, finding_id, Deed.TRANSFER)
    if actor.role is not Role.INSPECTOR and not actor.has_valid_card(local_date(at)):
        raise CardNotValid
    begun = await acts.begin(tx, actor, "transferFinding", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    paper = Transfer(
        id=begun.id,
        finding_id=finding.id,
        organ_name=body.organ_name,
        reason=body.reason,
        transferred_by=actor.id,
        at=at,
    )
    with moved(tx, actor, finding, Move.TRANSFER, at=at, paper=paper):
        finding.awaits_new_order = False
    await tx.flush()
    return finding, True


async def record_receipt(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: TransferReceiptWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """The other organ's receipt.

    Raises NotFound, NotAllowed, IdConflict, IdTaken, VersionMismatch, NotTransferred, ReceiptKnown, InvalidInput.
    """
    finding = await finding_for(tx, actor, finding_id, Deed.TRANSFER)
    begun = await acts.begin(tx, actor, "recordTransferReceipt", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    paper = await tx.scalar(sa.select(Transfer).where(col(Transfer.finding_id) == finding.id))
    if paper is None:
        raise NotTransferred
    if paper.receipt_number is not None:
        raise ReceiptKnown
    if not local_date(paper.at) <= body.received_on <= local_date(at):
        raise InvalidInput.at("/received_on", "day_impossible", "the day lies between the transfer and today")
    with changed(tx, actor, finding, EventKind.FINDING_TRANSFER_RECEIVED, at=at, paper=paper):
        paper.receipt_number, paper.received_on = body.receipt_number, body.received_on
    await tx.flush()
    return finding, True


async def withdraw(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: WithdrawalWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """Take back what was registered by mistake: a second officer does it, and the history stays (design 4).

    Raises NotFound, NotAllowed, SecondOfficerNeeded, IdConflict, IdTaken, VersionMismatch, IllegalTransition.
    """
    await tallies.hold(tx, actor, finding_id)
    finding = await finding_for(tx, actor, finding_id, Deed.WITHDRAW)
    begun = await acts.begin(tx, actor, "withdrawFinding", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    if actor.id == finding.registered_by:
        raise SecondOfficerNeeded
    paper = Withdrawal(id=begun.id, finding_id=finding.id, reason=body.reason, withdrawn_by=actor.id, at=at)
    async with tallies.recounted(tx, finding.inspection_id):
        with moved(tx, actor, finding, Move.WITHDRAW, at=at, paper=paper):
            finding.awaits_new_order = False
    return finding, True
