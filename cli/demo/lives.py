"""What became of the findings of one visit: ordered, cured in time or late, looked at again, closed, or not yet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from cli.demo import steps
from cli.demo.chronicle import Chronicle
from cli.demo.reports import Found, Outcome, Visited, reinspection_report, submission
from cli.demo.steps import Shot, step
from cli.demo.town import Person
from models.extensions import ExtensionDecisionWrite, ExtensionWrite
from models.orders import OrderWrite
from models.steps import (
    PlanDecisionWrite,
    PlanWrite,
    RectificationWrite,
    TransferReceiptWrite,
    TransferWrite,
    WithdrawalWrite,
    WriteOffWrite,
)
from models.words import Grade, Role
from services.rules.clocks import local_date

TOGETHER = timedelta(days=8)
"""Reports that come so close to each other are looked at in one re-inspection."""


def tell(past: Chronicle, visit: Visited, sent_at: datetime) -> None:
    """Plan everything that follows from a report."""
    past.add(*[_closed(past, found, visit.officers[0], sent_at) for found in visit.found if found.fixed])
    waiting = [found for found in visit.found if not found.fixed and not _left(past, visit, found, sent_at)]
    if waiting:
        _order(past, visit, waiting, visit, sent_at)


def _left(past: Chronicle, visit: Visited, found: Found, sent_at: datetime) -> bool:
    """Handed to the organ that has the power, or registered by mistake."""
    at = past.later(sent_at, 1, 3)
    if past.chance(0.04):
        organ = past.rng.choice(("临江县消防救援大队", "临江县市场监督管理局", "临江县住房和城乡建设局"))
        body = TransferWrite(id=past.new_id(), organ_name=organ, reason="超出本镇赋权事项目录，依法移送")
        past.add(step(at, _id(body.id), steps.transfer, visit.officers[0].id, found.id, body))
        if past.chance(0.7):
            received = past.later(at, 2, 8)
            number = f"临移收〔{received.year}〕{past.rng.randint(3, 240)}号"
            receipt = TransferReceiptWrite(id=past.new_id(), receipt_number=number, received_on=local_date(received))
            past.add(step(received, _id(receipt.id), steps.receive_receipt, visit.officers[0].id, found.id, receipt))
        return True
    if past.chance(0.02):
        mistake = WithdrawalWrite(id=past.new_id(), reason="现场复核后确认登记有误")
        past.add(step(at, _id(mistake.id), steps.withdraw, past.one_of(Role.LEADER).id, found.id, mistake))
        return True
    return False


def _order(past: Chronicle, visit: Visited, found: Sequence[Found], seen: Visited, after: datetime) -> None:
    """`seen` is the visit or the re-inspection that the paper rests on."""
    at = past.later(after, 0, 1)
    organ_id = past.town.organ.id
    assert organ_id is not None
    ids = [one.id for one in found]
    body = OrderWrite(id=past.new_id(), inspection_id=seen.inspection_id, finding_ids=ids, organ_id=organ_id)
    past.add(step(at, _id(body.id), steps.order, seen.officers[0].id, body))
    reported = [(moment, one) for one in found for moment, one in [_cured(past, visit, one, at)]]
    for group in _grouped(sorted(reported, key=lambda pair: pair[0])):
        _look_again(past, visit, group)


def _cured(past: Chronicle, visit: Visited, found: Found, ordered_at: datetime) -> tuple[datetime, Found]:
    """The enterprise's own part; when it reported, and the finding with the deadline it then had."""
    filer = past.boss(visit.enterprise) or past.worker(visit.enterprise)
    start = ordered_at
    if found.hazard.grade is Grade.MAJOR:
        start = _planned(past, visit, filer, found, ordered_at)
    elif past.chance(0.1):
        found, start = _extended(past, visit, filer, found, ordered_at)
    at = _reported_at(past, found, start)
    shots = [Shot(past.new_id(), f"{found.hazard.scene}-after")]
    papers = [] if filer.role is Role.ENTERPRISE else [Shot(past.new_id(), "records-before")]
    body = RectificationWrite(
        id=past.new_id(),
        text=f"已按要求{found.hazard.measure}。",
        photo_ids=[shot.id for shot in shots],
        paper_photo_ids=[shot.id for shot in papers],
        on_behalf_of=_behalf(filer, visit),
    )
    past.add(step(at, _id(body.id), steps.rectify, filer.id, found.id, body, [*shots, *papers]))
    return at, found


def _reported_at(past: Chronicle, found: Found, start: datetime) -> datetime:
    """Three in four in time, most others some days late, a few months late."""
    days = max((found.deadline - local_date(start)).days, 0)
    roll = past.rng.random()
    if roll < 0.76:
        return start + timedelta(days=days * past.rng.uniform(0.35, 0.95), hours=past.rng.uniform(0.5, 3))
    late = past.rng.randint(1, 12) if roll < 0.91 else past.rng.randint(25, 150)
    return max(past.hour(past.working_day(found.deadline + timedelta(days=late))), start + timedelta(hours=1))


def _planned(past: Chronicle, visit: Visited, filer: Person, found: Found, after: datetime) -> datetime:
    """A major hazard is cured by its plan; one in five comes back because something is missing."""
    whole = {
        "measures": found.hazard.measure,
        "responsible_person": visit.enterprise.principal_name,
        "deadline": found.deadline,
        "funding": f"企业自筹{past.rng.randint(1, 12)}万元",
        "contingency_plan": "整改期间相关部位停用，专人值守",
    }
    rounds = [True] if past.chance(0.8) else [False, True]
    for is_whole in rounds:
        fields = whole if is_whole else {**whole, "funding": None}
        plan = PlanWrite.model_validate({"id": past.new_id(), **fields, "on_behalf_of": _behalf(filer, visit)})
        filed = past.later(after, 1, 3)
        note = None if is_whole else "缺少资金落实情况，请补充"
        decision = PlanDecisionWrite(id=past.new_id(), accepted=is_whole, note=note)
        after = past.later(filed, 1, 2)
        past.add(
            step(filed, _id(plan.id), steps.file_plan, filer.id, found.id, plan),
            step(after, _id(decision.id), steps.decide_plan, past.one_of(Role.OFFICE).id, found.id, decision),
        )
    return after


def _extended(
    past: Chronicle, visit: Visited, filer: Person, found: Found, ordered_at: datetime
) -> tuple[Found, datetime]:
    """Asked for early enough; two in three are granted."""
    asked = past.later(ordered_at, 1, 3)
    decided = past.later(asked, 1, 3)
    if local_date(decided) > found.deadline:
        return found, ordered_at
    until = past.due(found.deadline, 7, 20)
    body = ExtensionWrite(
        id=past.new_id(),
        finding_id=found.id,
        until=until,
        reason="所需配件须定制，供货周期较长",
        on_behalf_of=_behalf(filer, visit),
    )
    granted = past.chance(0.66)
    note = None if granted else "可先采取临时措施，不予延期"
    decision = ExtensionDecisionWrite(id=past.new_id(), granted=granted, note=note)
    past.add(
        step(asked, _id(body.id), steps.ask_extension, filer.id, body),
        step(decided, _id(decision.id), steps.decide_extension, past.one_of(Role.OFFICE).id, _id(body.id), decision),
    )
    return (replace(found, deadline=until) if granted else found), decided


def _grouped(reported: Sequence[tuple[datetime, Found]]) -> list[list[tuple[datetime, Found]]]:
    groups: list[list[tuple[datetime, Found]]] = []
    for moment, found in reported:
        if groups and moment - groups[-1][0][0] <= TOGETHER:
            groups[-1].append((moment, found))
        else:
            groups.append([(moment, found)])
    return groups


def _look_again(past: Chronicle, visit: Visited, group: Sequence[tuple[datetime, Found]]) -> None:
    """复查 by two cards, one of them new to it; one in eight comes later than the office should."""
    last = group[-1][0]
    at = past.later(last, 12, 20) if past.chance(0.12) else past.later(last, 1, 8)
    today = local_date(at)
    again = Visited(past.new_id(), visit.enterprise, _others(past, visit, today), [])
    outcomes = [
        Outcome(found, None if found.round > 1 or past.chance(0.86) else past.due(today, 7, 15)) for _, found in group
    ]
    body, shots = reinspection_report(past, again, outcomes, at)
    sent_at = at + timedelta(minutes=past.rng.randint(30, 90))
    past.add(submission(again, body, shots, sent_at))
    past.add(*[_closed(past, one.found, again.officers[0], sent_at) for one in outcomes if one.passed])
    failed = [
        replace(one.found, deadline=one.new_deadline, round=one.found.round + 1)
        for one in outcomes
        if one.new_deadline is not None
    ]
    if failed:
        _order(past, visit, failed, again, sent_at)


def _others(past: Chronicle, visit: Visited, on: date) -> list[Person]:
    known = {officer.id for officer in visit.officers}
    while True:
        pair = past.inspectors(visit.enterprise, on)
        if any(officer.id not in known for officer in pair):
            return pair


def _closed(past: Chronicle, found: Found, looked: Person, after: datetime) -> steps.Step:
    """销号: a major one by the leader, who did not look again; a general one mostly by who did."""
    major = found.hazard.grade is Grade.MAJOR
    who = past.one_of(Role.LEADER) if major else past.rng.choice([looked, past.one_of(Role.OFFICE)])
    body = WriteOffWrite(id=past.new_id(), note="复查合格，同意销号")
    return step(past.later(after, 1, 5), _id(body.id), steps.write_off, who.id, found.id, body)


def _behalf(filer: Person, visit: Visited) -> UUID | None:
    return None if filer.role is Role.ENTERPRISE else visit.enterprise.id


def _id(given: UUID | None) -> UUID:
    assert given is not None  # every body of the past carries the id that its phone made
    return given
