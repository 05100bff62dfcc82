"""What stands on a 责令限期整改指令书, read from the order's own rows."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.checklists import ChecklistItem
from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Inspection, InspectionInspector
from models.orders import Order, OrderedFinding
from models.organs import Organ
from models.users import User
from models.words import Grade, InspectionKind
from services import limits
from services.documents.printing import chinese_date, printable
from services.rules.clocks import Limit, Rule, RuleBook, Unit, local_date

# 安全生产法(2021) 第65条: unlawful acts are cured by a deadline (二), hazards are removed (三).
LEGAL_BASIS = "《中华人民共和国安全生产法》第六十五条第一款第二项、第三项"
TEMPLATE = "order"
PLACES_FOR_OFFICERS = 2  # 行政处罚法 第42条: no fewer than two


@dataclass(frozen=True)
class Item:
    """One problem and its 四定."""

    description: str
    is_major: bool
    basis: str | None
    measure: str
    standard: str
    deadline: str
    responsible_person: str


@dataclass(frozen=True)
class Officer:
    """Who signs by hand, over the card number of that day."""

    name: str
    card_number: str


@dataclass(frozen=True)
class OrderPaper:
    """Everything the template prints that it does not say itself."""

    organ: str
    number: str
    unit: str
    inspected_on: str
    kind: str
    legal_basis: str
    authority: str | None
    items: list[Item]
    review_organ: str | None
    review_within: str
    court: str | None
    lawsuit_within: str
    officers: list[Officer]
    issued_on: str
    issued_at: datetime

    def data(self) -> dict[str, object]:
        """For the template: every text as paper can carry it."""
        told = {name: value for name, value in asdict(self).items() if name != "issued_at"}
        return {name: _printable(value) for name, value in told.items()}

    def texts(self) -> Iterator[str]:
        """Every text on the paper."""
        yield from _texts(self.data())


async def order_paper(tx: AsyncSession, order: Order) -> OrderPaper:
    """What the order's paper says."""
    organ = await tx.get_one(Organ, order.organ_id)
    enterprise = await tx.get_one(Enterprise, order.enterprise_id)
    inspection = await tx.get_one(Inspection, order.inspection_id)
    book = await limits.rule_book(tx)
    return OrderPaper(
        organ=organ.name,
        number=order.number,
        unit=enterprise.name,
        inspected_on=chinese_date(local_date(inspection.arrived_at)),
        kind="复查" if inspection.kind is InspectionKind.REINSPECTION else "检查",
        legal_basis=LEGAL_BASIS,
        authority=organ.authority_decision,
        items=await _items(tx, order),
        review_organ=organ.review_organ,
        review_within=_within(book, Rule.RECONSIDERATION, order),
        court=organ.court,
        lawsuit_within=_within(book, Rule.LAWSUIT, order),
        officers=await _officers(tx, order),
        issued_on=chinese_date(order.issued_on),
        issued_at=order.issued_at,
    )


async def _items(tx: AsyncSession, order: Order) -> list[Item]:
    query = (
        sa.select(OrderedFinding, col(ChecklistItem.basis))
        .join(Finding, col(Finding.id) == col(OrderedFinding.finding_id))
        .outerjoin(
            ChecklistItem,
            (col(ChecklistItem.code) == col(Finding.item))
            & (col(ChecklistItem.version) == col(Finding.item_version))
            # A clause nobody has checked against the statute's text does not go on a paper.
            & col(ChecklistItem.verified),
        )
        .where(col(OrderedFinding.order_id) == order.id)
        .order_by(col(OrderedFinding.position))
    )
    return [_item(row, basis) for row, basis in await tx.execute(query)]


def _item(row: OrderedFinding, checklist_basis: str | None) -> Item:
    return Item(
        description=row.description,
        is_major=row.grade is Grade.MAJOR,
        basis=row.basis or checklist_basis,
        measure=row.measure,
        standard=row.standard,
        deadline=chinese_date(row.deadline),
        responsible_person=row.responsible_person,
    )


async def _officers(tx: AsyncSession, order: Order) -> list[Officer]:
    """Those of the inspection whose card was valid that day; more than two sign, too."""
    query = (
        sa.select(col(User.name), col(InspectionInspector.card_number))
        .join(User, col(User.id) == col(InspectionInspector.user_id))
        .where(col(InspectionInspector.inspection_id) == order.inspection_id, col(InspectionInspector.card_valid))
        .order_by(col(InspectionInspector.position))
    )
    found = [Officer(name, card or "") for name, card in await tx.execute(query)]
    return found + [Officer("", "")] * (PLACES_FOR_OFFICERS - len(found))


def _within(book: RuleBook, rule: Rule, order: Order) -> str:
    """60日, 6个月: as the limit in force on the day of issue says."""
    return _spoken(book.limit(rule, order.issued_on))


def _spoken(limit: Limit) -> str:
    words = {Unit.CALENDAR_DAYS: "日", Unit.WORKING_DAYS: "个工作日", Unit.HOURS: "小时", Unit.MONTHS: "个月"}
    return f"{limit.value}{words[limit.unit]}"


def _printable(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(part) for part in value]
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    return value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value if isinstance(value, Sequence) and not isinstance(value, str) else ():
        yield from _texts(part)
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
