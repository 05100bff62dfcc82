"""Job: the paper of an order, made once."""

import asyncio
import hashlib
from uuid import UUID

import structlog
from procrastinate import JobContext
from procrastinate.retry import RetryStrategy
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.orders import Order, OrderDocument
from models.words import EventKind
from services import events
from services.documents.errors import CharacterNotPrintable
from services.documents.fonts import shelf
from services.documents.orders import TEMPLATE, order_paper
from services.documents.render import Made, render
from services.jobs.workshop import Workshop, workshop_of
from services.queue import Job, jobs

log = structlog.get_logger()

AGAIN = RetryStrategy(max_attempts=4, exponential_wait=4)


# A child that fell, a database that restarts: four tries within some two minutes, then at the next look.
@jobs.task(name=Job.MAKE_ORDER_PAPER.value, pass_context=True, retry=AGAIN)
async def make_order_paper(context: JobContext, *, order_id: str) -> None:
    """Make what is missing. A character without a glyph makes no paper; the look at it says which."""
    workshop = workshop_of(context)
    key = UUID(order_id)
    async with workshop.new_session.begin() as tx:
        order = None if await tx.get(OrderDocument, key) else await tx.get(Order, key)
        if order is None:
            return
        paper = await order_paper(tx, order)
    fonts = await asyncio.to_thread(shelf, workshop.settings.font_dir)
    try:
        made = await render(workshop.confined, fonts, TEMPLATE, paper.data(), paper.texts(), paper.issued_at)
    except CharacterNotPrintable as error:
        log.warning("paper_not_printable", order_id=order_id, code_point=error.code_point)
        return
    await _keep(workshop, key, made)


async def _keep(workshop: Workshop, order_id: UUID, made: Made) -> None:
    """Of two workers that made it at once the first one's bytes count: what was read once never changes."""
    at, sha256 = workshop.now(), hashlib.sha256(made.pdf).digest()
    row = insert(OrderDocument).values(order_id=order_id, pdf=made.pdf, sha256=sha256, font=made.font, made_at=at)
    told = {"order_document.sha256": sha256.hex(), "order_document.font": made.font, "order_document.made_at": at}
    async with workshop.new_session.begin() as tx:
        if await tx.scalar(row.on_conflict_do_nothing().returning(col(OrderDocument.order_id))) is None:
            return
        order = await tx.get_one(Order, order_id)
        before = {**events.snapshot(order), **dict.fromkeys(told)}
        events.record(tx, None, EventKind.ORDER_PAPER_MADE, order, before=before, beside=told, at=at)
