"""Looking at a paper."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.orders import Order, OrderDocument
from services.access import Actor, get_for
from services.documents.fonts import shelf
from services.documents.orders import TEMPLATE, OrderPaper, order_paper
from services.documents.render import fonts_used


@dataclass(frozen=True)
class Paper:
    """A paper as it was made, and the number it bears."""

    number: str
    pdf: bytes
    sha256: bytes


async def paper_of(tx: AsyncSession, actor: Actor, order_id: UUID) -> Paper | OrderPaper:
    """The order's paper, or what it will say while it is not made yet. Raises NotFound."""
    order = await get_for(tx, actor, Order, order_id)
    made = await tx.get(OrderDocument, order.id)
    return await order_paper(tx, order) if made is None else Paper(order.number, made.pdf, made.sha256)


async def check_printable(paper: OrderPaper, own_fonts: Path | None) -> None:
    """Raises CharacterNotPrintable: then waiting is no use, a font must be added."""
    await asyncio.to_thread(lambda: fonts_used(shelf(own_fonts), TEMPLATE, paper.texts()))
