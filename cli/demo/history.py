"""Two years of visits, planned whole before the first is written, so that a filling that was cut can go on."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from cli.demo import lives, steps
from cli.demo.chronicle import Chronicle
from cli.demo.hazards import Hazard
from cli.demo.reports import Found, Visited, submission, visit_report
from cli.demo.steps import Step, step
from cli.demo.town import DAYS, Person, Town
from models.enterprises import EnterpriseWrite
from models.reports import HeldResolution
from models.steps import WithdrawalWrite
from models.visits import VisitApproval, VisitCancellation, VisitWrite
from models.words import Grade, HeldDecision, InspectionKind, InspectionState, Role, VisitBasis
from services.rules.clocks import SHANGHAI, WorkCalendar, local_date

AHEAD = timedelta(days=6)
"""Visits of the coming days are planned already, and nobody but those concerned knows."""

URGENT, CANCELLED, FIXED_ON_SITE, LATE_UPLOAD = 0.10, 0.02, 0.2, 0.05
EACH_PATROL = 12
HOW_MANY = ((0, 1, 2, 3, 4), (12, 28, 30, 19, 11))
CAMPAIGN, CAMPAIGN_DAYS = 0.2, 70
WATCHED = 0.35  # those with an account are the bigger ones, and are visited more often
FIXABLE = {"exit", "stairs", "sign", "extinguisher", "vehicle"}
KINDS = (
    (InspectionKind.SPOT_CHECK, VisitBasis.YEARLY_PLAN, "年度监督检查计划"),
    (InspectionKind.SPOT_CHECK, VisitBasis.ASSIGNED, "县安委办交办"),
    (InspectionKind.ROUTINE, VisitBasis.YEARLY_PLAN, "年度监督检查计划"),
    (InspectionKind.CAMPAIGN, VisitBasis.SPECIAL_DRIVE, "“三合一”场所专项整治"),
    (InspectionKind.JOINT, VisitBasis.SPECIAL_DRIVE, "节前联合检查"),
)


def plan_history(town: Town, hazards: dict[str, list[Hazard]], calendar: WorkCalendar, visits: int) -> list[Step]:
    """The steps in order of time. The past ends the evening before the town's day."""
    rng = Random(f"history {town.seed} {town.on}")  # noqa: S311 - repeatable on purpose
    end = datetime.combine(town.on, datetime.min.time(), SHANGHAI)
    past = Chronicle(town, hazards, calendar, rng, end)
    for number, day in enumerate(sorted(_day(rng, town.on) for _ in range(visits))):
        _one_visit(past, past.working_day(day), is_patrol=number % EACH_PATROL == EACH_PATROL // 2)
    for before, decision in ((400, HeldDecision.REJECT), (150, HeldDecision.RELEASE), (2, None)):
        _held(past, past.working_day(town.on - timedelta(days=before)), decision)
    return past.in_order()


def _day(rng: Random, today: date) -> date:
    """Any of two years, and a campaign of the last weeks, so that something of everything is still open."""
    last = today + AHEAD
    return last - timedelta(days=rng.randrange(CAMPAIGN_DAYS if rng.random() < CAMPAIGN else DAYS + AHEAD.days))


def _one_visit(past: Chronicle, day: date, *, is_patrol: bool) -> None:
    known = [one for one in past.town.enterprises if past.town.registrars[_id(one)].role is not Role.VILLAGE]
    watched = [one for one in known if past.boss(one) is not None]
    enterprise = past.rng.choice(watched if past.chance(WATCHED) else known)
    if is_patrol:
        _patrol(past, enterprise, day)
    else:
        _inspect(past, enterprise, day)


def _inspect(past: Chronicle, enterprise: EnterpriseWrite, day: date, sure: Sequence[Hazard] = ()) -> None:
    """A planned or an urgent visit by two cards, and all that follows."""
    arrived = past.hour(day, 8.7, 16.5)
    officers = past.inspectors(enterprise, day)
    kind, basis, source = past.rng.choice(KINDS)
    visit_id = None
    if past.chance(URGENT):
        kind = InspectionKind.SPOT_CHECK
    else:
        visit_id = past.new_id()
        if _planned(past, visit_id, enterprise, officers, arrived, (kind, basis, source)):
            return
    hazards = [*sure, *[hazard for hazard in _hazards(past, enterprise) if hazard not in sure]]
    found = [_found(past, hazard, day) for hazard in hazards]
    visit = Visited(past.new_id(), enterprise, officers, found)
    report, shots = visit_report(past, visit, kind, arrived)
    report["visit_id"] = None if visit_id is None else str(visit_id)
    report["urgent_reason"] = "群众反映现场存在明显险情" if visit_id is None else None
    delay = timedelta(hours=past.rng.uniform(20, 50)) if past.chance(LATE_UPLOAD) else timedelta(0)
    sent_at = arrived + delay + timedelta(minutes=past.rng.randint(50, 150))
    past.add(submission(visit, report, shots, sent_at))
    if visit_id is None:
        _approved_later(past, visit, sent_at)
    lives.tell(past, visit, sent_at)


def _approved_later(past: Chronicle, visit: Visited, after: datetime) -> None:
    """An urgent visit gets its approval after the fact, mostly within the day that the rule gives."""
    body = VisitApproval(id=past.new_id(), note="情况紧急，同意补办")
    approved = after + timedelta(hours=past.rng.uniform(1, 22))
    leader = past.one_of(Role.LEADER).id
    past.add(step(approved, _given(body.id), steps.approve_urgent, leader, visit.inspection_id, body))


def _planned(
    past: Chronicle,
    visit_id: UUID,
    enterprise: EnterpriseWrite,
    officers: Sequence[Person],
    arrived: datetime,
    about: tuple[InspectionKind, VisitBasis, str],
) -> bool:
    """Plan and approve; true when it was called off."""
    kind, basis, source = about
    maker, leader = past.one_of(Role.OFFICE), past.one_of(Role.LEADER)
    day = local_date(arrived)
    body = VisitWrite(
        id=visit_id,
        enterprise_id=_id(enterprise),
        kind=kind,
        basis=basis,
        legal_basis="《中华人民共和国安全生产法》第六十五条",
        task_source=source,
        content="消防通道、用电用气、人员住宿",
        release_at=past.hour(day, 7.5, 8.5),
        inspectors=[officer.id for officer in officers],
        approver_id=leader.id,
    )
    made = past.hour(day - timedelta(days=past.rng.randint(3, 9)), 9, 12)
    approved = made + timedelta(hours=past.rng.uniform(1, 30))
    word = VisitApproval(id=past.new_id(), note="同意")
    past.add(
        step(made, visit_id, steps.plan_visit, maker.id, body),
        step(approved, _given(word.id), steps.approve_visit, leader.id, visit_id, word),
    )
    if not past.chance(CANCELLED):
        return False
    stop = VisitCancellation(id=past.new_id(), reason="该单位当日停业，另行安排")
    past.add(step(approved + timedelta(hours=2), _given(stop.id), steps.cancel_visit, maker.id, visit_id, stop))
    return True


def _patrol(past: Chronicle, enterprise: EnterpriseWrite, day: date) -> None:
    """A village worker looks around. What he finds is inspected anew by two cards, and his entry taken back."""
    worker = past.worker(enterprise)
    arrived = past.hour(day)
    hazards = _hazards(past, enterprise)[:1] if past.chance(0.5) else []
    visit = Visited(past.new_id(), enterprise, [worker], [_found(past, h, day, fixable=False) for h in hazards])
    report, shots = visit_report(past, visit, InspectionKind.PATROL, arrived)
    sent_at = arrived + timedelta(minutes=past.rng.randint(10, 60))
    past.add(submission(visit, report, shots, sent_at))
    for found in visit.found:
        _inspect(past, enterprise, past.working_day(day + timedelta(days=past.rng.randint(10, 14))), [found.hazard])
        body = WithdrawalWrite(id=past.new_id(), reason="已由正式检查重新登记")
        at = past.later(sent_at, 18, 20)
        past.add(step(at, _given(body.id), steps.withdraw, past.one_of(Role.OFFICE).id, found.id, body))


def _held(past: Chronicle, day: date, decision: HeldDecision | None) -> None:
    """A phone names an enterprise that is on no register: kept whole until the office says what it is."""
    enterprise = past.rng.choice(past.town.enterprises[:5])
    officers = past.inspectors(enterprise, day)
    visit = Visited(past.new_id(), enterprise, officers, [])
    arrived = past.hour(day, 9, 15)
    report, shots = visit_report(past, visit, InspectionKind.SPOT_CHECK, arrived)
    report |= {"enterprise_id": str(past.new_id()), "urgent_reason": "途经发现无证作坊"}
    sent_at = arrived + timedelta(minutes=45)
    past.add(submission(visit, report, shots, sent_at, InspectionState.HELD))
    if decision is not None:
        right = _id(enterprise) if decision is HeldDecision.RELEASE else None
        note = "与另一份报告重复" if right is None else "手机台账过期，已指明企业"
        body = HeldResolution(id=past.new_id(), decision=decision, note=note, enterprise_id=right)
        office = past.one_of(Role.OFFICE).id
        decided = past.later(sent_at, 1, 2)
        past.add(step(decided, _given(body.id), steps.resolve_held, office, visit.inspection_id, body))
        if right is not None:
            _approved_later(past, visit, decided)


def _hazards(past: Chronicle, enterprise: EnterpriseWrite) -> list[Hazard]:
    """Some of what its trades are prone to, seldom a major one."""
    prone = [hazard for code in (enterprise.main_industry, *enterprise.industries) for hazard in past.hazards[code]]
    likely = [hazard for hazard in prone if hazard.grade is Grade.GENERAL or past.chance(0.12)]
    [number] = past.rng.choices(*HOW_MANY)
    return past.rng.sample(likely, min(number, len(likely)))


def _found(past: Chronicle, hazard: Hazard, day: date, *, fixable: bool = True) -> Found:
    general = hazard.grade is Grade.GENERAL
    fixed = fixable and general and hazard.scene in FIXABLE and past.chance(FIXED_ON_SITE)
    deadline = past.due(day, 7, 28) if general else past.due(day, 25, 60)
    return Found(past.new_id(), hazard, deadline, fixed)


def _id(enterprise: EnterpriseWrite) -> UUID:
    return _given(enterprise.id)


def _given(known: UUID | None) -> UUID:
    assert known is not None  # everything planned has its id
    return known
