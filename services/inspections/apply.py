"""A report becomes an inspection: all of it, or an error that says why not."""

from sqlalchemy.ext.asyncio import AsyncSession

from models.checklists import ChecklistItem
from models.inspections import Answer, Inspection, InspectionInspector
from models.reports import AnswerReported
from services import limits
from services.checklists import items_by_code
from services.findings.register import register
from services.findings.reinspections import House, judge
from services.inspections import cautions
from services.inspections.cases import Case
from services.inspections.pictures import Album
from services.inspections.resolving import Resolved, resolve
from services.inspections.visiting import visited
from services.rules.clocks import RuleBook


async def apply(tx: AsyncSession, case: Case, inspection: Inspection) -> None:
    """Accept the report into `inspection`, with its officers, answers, visit, findings, verdicts and photos.

    Deadlines, cards and items are judged by the visit's own day. Raises DomainError; the caller decides whether that
    is an answer or a held report, and rolls back to where it was.
    """
    resolved = await resolve(tx, case)
    book = await limits.rule_book(tx)
    answers = {answer.item: answer for answer in case.report.answers}  # what is answered twice: the last one counts
    codes = {*answers, *(finding.item for finding in case.report.findings if finding.item is not None)}
    items = await items_by_code(tx, sorted(codes), on=case.day)
    inspection.kind = resolved.kind
    inspection.enterprise_id, inspection.region = resolved.enterprise.id, resolved.enterprise.region
    inspection.warnings = _warnings(case, resolved, book, set(items))
    tx.add(inspection)
    await tx.flush()
    await visited(tx, case, inspection, resolved, book)
    tx.add_all(_officers(inspection, resolved))
    versions = {code: item.version for code, item in items.items()}
    tx.add_all([answered(inspection, answer, versions) for answer in answers.values()])
    await tx.flush()
    await _findings_and_photos(tx, case, inspection, items)


def answered(inspection: Inspection, answer: AnswerReported, versions: dict[str, int]) -> Answer:
    """An answer with the version of the words it answered: the phone's own, else the one in force that day."""
    return Answer(
        inspection_id=inspection.id,
        item=answer.item,
        item_version=answer.item_version or versions.get(answer.item),
        result=answer.result,
        note=answer.note,
    )


async def _findings_and_photos(
    tx: AsyncSession, case: Case, inspection: Inspection, items: dict[str, ChecklistItem]
) -> None:
    album = Album(inspection, case.report.photos)
    for position, finding in enumerate(case.report.findings):
        item = items.get(finding.item) if finding.item else None
        await register(tx, case.author, inspection, finding, item, position=position, at=case.at)
        album.of_finding(finding)
    await tx.flush()
    house = House(by_others=case.others_reinspect)
    for verdict in sorted(case.report.reinspections, key=lambda verdict: verdict.finding_id):  # one order of locks
        await judge(tx, case.author, inspection, verdict, house=house, at=case.at)
        album.of_verdict(verdict)
    album.of_inspection()
    await album.name(tx, case.author, at=case.at)


def _officers(inspection: Inspection, resolved: Resolved) -> list[InspectionInspector]:
    return [
        InspectionInspector(
            inspection_id=inspection.id,
            user_id=inspector.user_id,
            position=position,
            card_number=inspector.card_number,
            card_valid=inspector.card_valid,
        )
        for position, inspector in enumerate(resolved.inspectors)
    ]


def _warnings(case: Case, resolved: Resolved, book: RuleBook, items: set[str]) -> list[str]:
    dues = [
        cautions.Due(place, finding.deadline, finding.fixed_on_site is not None)
        for place, finding in enumerate(case.report.findings)
    ]
    return [
        *cautions.of_kind(case.report, resolved.kind, resolved.carded),
        *cautions.of_times(case.report, case.received_at, case.skew),
        *cautions.of_deadlines(dues, case.day, book.calendar),
        *cautions.of_items(case.report, items),
    ]
