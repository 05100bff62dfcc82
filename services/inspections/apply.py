"""A report becomes an inspection: all of it, or an error that says why not."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.findings import Finding
from models.inspections import Answer, Inspection, InspectionInspector
from models.reports import AnswerReported
from models.words import EventKind
from services import limits, tallies
from services.checklists import Worded, items_by_code
from services.findings.register import register
from services.findings.reinspections import House, judge
from services.inspections import cautions
from services.inspections.cases import Case
from services.inspections.keeping import keep
from services.inspections.pictures import Album
from services.inspections.resolving import Resolved, resolve
from services.inspections.visiting import visited
from services.inspections.whole import Whole, verdicts
from services.photos.naming import showing_nothing
from services.rows import insert_new
from services.rules.clocks import RuleBook


async def apply(tx: AsyncSession, case: Case, inspection: Inspection) -> Whole:
    """Accept the report into `inspection`, with its officers, answers, visit, findings, verdicts, photos and bytes.

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
    visit = await visited(tx, case, inspection, resolved, book)
    tx.add(inspection)
    versions = {code: worded.item.version for code, worded in items.items()}
    whole = Whole(
        inspection=inspection,
        enterprise_name=resolved.enterprise.name,
        inspectors=_officers(inspection, resolved),
        answers=[answered(inspection, answers[item], versions) for item in sorted(answers)],
        findings=_findings(tx, case, inspection, items, resolved.enterprise.main_industry),
        visit=visit,
    )
    tx.add_all([row for row, _ in whole.inspectors])
    tx.add_all(whole.answers)
    tallies.count(tx, inspection, tallies.Trade.of(resolved.enterprise), whole.answers, whole.findings)
    album = _album(case, inspection)
    if not case.is_release:  # a held report's bytes are kept, and its photos named, since it came
        keep(tx, case, inspection, EventKind.INSPECTION_REPORTED, album, [row for row, _ in whole.inspectors])
    await insert_new(tx)
    if case.is_release:
        await album.drop_known(tx)
    await _verdicts(tx, case, inspection)
    await album.name(tx, case.author, at=case.at)
    whole.photo_uses = album.told(case.author, at=case.at)
    if case.report.reinspections:
        whole.verdicts = await verdicts(tx, inspection.id)
    return whole


def answered(inspection: Inspection, answer: AnswerReported, versions: Mapping[str, int]) -> Answer:
    """An answer with the version of the words it answered: the phone's own, else the one in force that day."""
    return Answer(
        inspection_id=inspection.id,
        item=answer.item,
        item_version=answer.item_version or versions.get(answer.item),
        result=answer.result,
        note=answer.note,
    )


def _findings(
    tx: AsyncSession, case: Case, inspection: Inspection, items: Mapping[str, Worded], main_industry: str
) -> Sequence[Finding]:
    return [
        register(
            tx,
            case.author,
            inspection,
            finding,
            items.get(finding.item) if finding.item else None,
            main_industry,
            position=position,
            at=case.at,
        )
        for position, finding in enumerate(case.report.findings)
    ]


def _album(case: Case, inspection: Inspection) -> Album:
    album = Album(inspection, case.report.photos)
    for finding in case.report.findings:
        album.of_finding(finding)
    for verdict in case.report.reinspections:
        album.of_verdict(verdict)
    album.of_inspection()
    return album


async def _verdicts(tx: AsyncSession, case: Case, inspection: Inspection) -> None:
    house = House(by_others=case.others_reinspect)
    named = {photo_id for verdict in case.report.reinspections for photo_id in verdict.photo_ids}
    no_scenes = await showing_nothing(tx, case.report.photos, named) if named else set()
    for verdict in sorted(case.report.reinspections, key=lambda verdict: verdict.finding_id):  # one order of locks
        seen = verdict.model_copy(update={"photo_ids": [i for i in verdict.photo_ids if i not in no_scenes]})
        await judge(tx, case.author, inspection, seen, house=house, at=case.at)


def _officers(inspection: Inspection, resolved: Resolved) -> Sequence[tuple[InspectionInspector, str]]:
    return [
        (
            InspectionInspector(
                inspection_id=inspection.id,
                user_id=inspector.user_id,
                position=position,
                card_number=inspector.card_number,
                card_valid=inspector.card_valid,
            ),
            inspector.name,
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
        *cautions.of_enterprise(resolved.enterprise.status),
        *cautions.of_times(case.report, case.received_at, case.skew),
        *cautions.of_deadlines(dues, case.day, book.calendar),
        *cautions.of_items(case.report, items),
    ]
