"""Every order of things: random stories of one town, played against an oracle that counts on its fingers.

A failure names the story, what the answer was and what it should have been; the seed plays it again.
"""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import hypothesis
import pytest
from hypothesis import HealthCheck, seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from models.words import Grade
from services.settings import Settings
from tests.checked import record_faults
from tests.database import TestDatabase
from tests.machine.calls import Call
from tests.machine.looks import ABSENT, LISTS, RECORDS, Look
from tests.machine.moves import STEPS
from tests.machine.oracle import OPEN, Finding
from tests.machine.phones import Line
from tests.machine.photos import PutPhoto
from tests.machine.reports import Amend, Resolve, SendReport
from tests.machine.story import Hazard, Story, picked
from tests.machine.town import Place, Town, Who, standing_town
from tests.machine.visits import ApproveVisit, PlanVisit
from tests.makers_reports import Shot
from tests.makers_visits import visit_body

HERE = "tests/machine/test_every_order.py::test_every_order_of_calls_ends_as_the_oracle_counts"
SHARDS = 2
STORIES = int(os.environ.get("MACHINE_STORIES", "15"))
STEPS_A_STORY = 30

PICKS = st.integers(0, 255)
LINES = st.sampled_from([Line.HEARD] * 8 + [Line.LOST_GOING, Line.LOST_COMING])
AUTHORS = st.sampled_from(["finder", "partner", "office", "village", "trade", "far", "county", "boss"])
HAZARDS = st.builds(
    Hazard,
    grade=st.sampled_from([Grade.GENERAL, Grade.GENERAL, Grade.MAJOR]),
    of_item=st.booleans(),
    complete=st.sampled_from([True, True, True, False]),
    fixed=st.sampled_from([False, False, False, True]),
    photos=st.integers(0, 2),
    declared=st.booleans(),
    days=st.integers(0, 9),
    borrows=st.sampled_from([False, False, False, True]),
)


def has_findings(machine: "EveryOrder") -> bool:
    return bool(machine.story.belief.findings)


def has_inspections(machine: "EveryOrder") -> bool:
    return bool(machine.story.belief.inspections)


def has_sent(machine: "EveryOrder") -> bool:
    return bool(machine.story.phones.sent)


def has_planned(machine: "EveryOrder") -> bool:
    return any(visit.approver for visit in machine.story.belief.visits.values())


def has_held(machine: "EveryOrder") -> bool:
    return bool(machine.story.held())


class EveryOrder(RuleBasedStateMachine):
    """One thing after the other that somebody does; `pick` chooses among what is there."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(self.town)
        self.audience = 0
        self.is_wrong = False

    def ask(self, call: Call, who: Who, line: Line = Line.HEARD) -> None:
        """A call, and what came of it."""
        with self.ending():
            self.story.phones.ask(call, who, line)

    def ask_together(self, one: tuple[Call, Who], other: tuple[Call, Who]) -> None:
        """Two calls that the office hears at once."""
        with self.ending():
            self.story.phones.ask_together(one, other)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """What goes wrong is told once: the story ends there."""
        try:
            yield
        except BaseException:
            self.is_wrong = True
            raise

    def finding(self, pick: int, likely: Sequence[Finding]) -> Finding:
        """A finding, mostly a likely one."""
        return picked(pick, likely, list(self.story.belief.findings.values()))

    def place(self, pick: int, who: Who) -> Place:
        """A place, mostly one that they see."""
        places = list(self.town.places.values())
        return picked(pick, [place for place in places if who.sees(place)], places)

    @initialize(hazards=st.lists(HAZARDS, min_size=1, max_size=2), pick=PICKS, audience=st.integers(0, 8))
    def first_report(self, hazards: list[Hazard], pick: int, audience: int) -> None:
        """Something was found before the story begins; `audience` says who will read at its end."""
        self.audience = audience
        finder = self.story.who("finder")
        body, shots = self.story.report(finder, self.story.team(finder, 0), self.place(pick, finder), hazards, None)
        self.ask(SendReport(body, tuple(shots) if pick % 2 else ()), finder)

    @rule(name=AUTHORS, hazards=st.lists(HAZARDS, max_size=2), pick=PICKS, brings=PICKS, line=LINES)
    def report(self, name: str, hazards: list[Hazard], pick: int, brings: int, line: Line) -> None:
        """A visit is reported, with all its photos in one body, with some, or without."""
        who = self.story.who(name)
        planned = [visit for visit in self.story.belief.visits.values() if visit.approver] if brings % 2 else []
        visit = planned[pick % len(planned)] if planned else None
        place = self.town.places[visit.place] if visit and pick % 8 else self.place(pick, who)
        body, shots = self.story.report(who, self.story.team(who, pick), place, hazards, visit.id if visit else None)
        self.ask(SendReport(body, tuple(shots[: brings % 3])), who, line)

    @precondition(has_findings)
    @rule(pick=PICKS, who_pick=PICKS, passed=st.booleans(), line=LINES)
    def look_again(self, pick: int, who_pick: int, passed: bool, line: Line) -> None:
        """复查 as a report."""
        finding = self.finding(pick, self.story.standing_for(["reinspect"]))
        who = picked(who_pick, self.story.hands_for("reinspect", finding), self.story.people)
        body = self.story.looks_again(who, self.story.team(who, who_pick), finding, passed=passed)
        self.ask(SendReport(body), who, line)

    @rule(pick=PICKS, who_pick=PICKS, wrong=PICKS, line=LINES)
    def photo(self, pick: int, who_pick: int, wrong: int, line: Line) -> None:
        """A photo is sent: one that a record waits for, one that is there, or one that nothing names yet."""
        belief = self.story.belief
        waiting = [u for u in belief.uses.values() if not u.holds(belief.photos.get(u.photo))]
        shot = (
            self.story.album[picked(pick, [u.photo for u in waiting], list(self.story.album))]
            if (self.story.album and (waiting or pick % 2))
            else self.story.shot()
        )
        senders = [self.town.by_id(use.by) for use in belief.uses_of(shot.id)] or [self.story.who("finder")]
        data = self.story.shot().data if wrong % 8 == 7 else shot.data
        self.ask(PutPhoto(Shot(shot.id, data)), picked(who_pick, senders, self.story.people), line)

    @precondition(has_sent)
    @rule(pick=PICKS, line=LINES)
    def repeat(self, pick: int, line: Line) -> None:
        """Any earlier call again, byte for byte; mostly one that got no answer."""
        phones = self.story.phones
        call, who = picked(pick, phones.unanswered or phones.sent, phones.sent)
        self.ask(call, who, line)

    @precondition(has_sent)
    @rule(pick=PICKS, who_pick=PICKS, line=LINES)
    def repeat_of_others(self, pick: int, who_pick: int, line: Line) -> None:
        """Somebody sends what somebody else sent, byte for byte."""
        sent = self.story.phones.sent
        call, _ = sent[pick % len(sent)]
        self.ask(call, self.story.people[who_pick % len(self.story.people)], line)

    @precondition(has_findings)
    @rule(pick=PICKS, who_pick=PICKS, kind=st.sampled_from(["the same", "order", *STEPS]))
    def together(self, pick: int, who_pick: int, kind: str) -> None:
        """Two calls at one moment, neither with a version: the same step twice, or two steps on one finding."""
        finding = self.finding(pick, [f for f in reversed(self.story.belief.findings.values()) if f.state in OPEN])
        step = self.story.next_step(finding) or "transfer"
        first = self.story.hands_for(step, finding)[0]
        call = self._call(step, finding, first, pick // 8 * 8)
        if kind == "the same":
            self.ask_together((call, first), (call, picked(who_pick, [first], self.story.people)))
            return
        second = picked(who_pick, self.story.hands_for(kind, finding), self.story.people)
        self.ask_together((call, first), (self._call(kind, finding, second, who_pick // 8 * 8), second))

    @precondition(has_inspections)
    @rule(pick=PICKS, who_pick=PICKS, like=HAZARDS, line=LINES)
    def amend(self, pick: int, who_pick: int, like: Hazard, line: Line) -> None:
        """更正: a finding is changed, or one is added that the report forgot; now and then on an old version."""
        belief = self.story.belief
        reports = list(reversed(belief.inspections.values()))
        row = reports[pick // 8 % len(reports)]
        found = belief.found(row.id)
        finding = found[pick % len(found)] if found and pick % 8 < 5 else None
        who = picked(who_pick, [self.town.by_id(row.author)], self.story.people)
        body = self.story.amendment(who, finding, like)
        self.ask(Amend(row.id, body, row.version + (who_pick % 8 == 6)), who, line)

    @precondition(has_findings)
    @rule(pick=PICKS, who_pick=PICKS, line=LINES)
    def go_on(self, pick: int, who_pick: int, line: Line) -> None:
        """The next step that the law asks for."""
        likely = [f for f in reversed(self.story.belief.findings.values()) if self.story.next_step(f)]
        finding = self.finding(pick, likely)
        self._step(self.story.next_step(finding) or "transfer", finding, who_pick, line)

    @precondition(has_findings)
    @rule(kind=st.sampled_from(["order", *STEPS]), pick=PICKS, who_pick=PICKS, line=LINES)
    def step(self, kind: str, pick: int, who_pick: int, line: Line) -> None:
        """Any step on any finding."""
        likely = self.story.standing_for([kind]) if kind in STEPS else []
        self._step(kind, self.finding(pick, likely), who_pick, line)

    def _step(self, kind: str, finding: Finding, who_pick: int, line: Line) -> None:
        who = picked(who_pick, self.story.hands_for(kind, finding), self.story.people)
        self.ask(self._call(kind, finding, who, who_pick), who, line)

    def _call(self, kind: str, finding: Finding, who: Who, pick: int) -> Call:
        return self.story.order(finding) if kind == "order" else self.story.step(kind, finding, who, pick)

    @precondition(has_held)
    @rule(pick=PICKS, who_pick=PICKS, decision=st.sampled_from(["release", "release", "reject"]), line=LINES)
    def resolve(self, pick: int, who_pick: int, decision: str, line: Line) -> None:
        """The office decides on a held report."""
        held = self.story.held()
        who = picked(who_pick, [self.story.who("county")], self.story.people)
        body = {"id": self.story.new_id(), "decision": decision, "note": "已核实"}
        self.ask(Resolve(held[pick % len(held)], body), who, line)

    @rule(pick=PICKS, line=LINES)
    def plan_visit(self, pick: int, line: Line) -> None:
        """A visit is planned in silence."""
        office, leader = self.story.who("office"), self.story.who("leader")
        people = [self.story.who(name).person for name in ("finder", "partner")]
        body = visit_body(self.town.world, self.place(pick, office).id, people, leader.person, id=self.story.new_id())
        self.ask(PlanVisit(body), office, line)

    @precondition(has_planned)
    @rule(pick=PICKS, who_pick=PICKS, line=LINES)
    def approve_visit(self, pick: int, who_pick: int, line: Line) -> None:
        """Its approver says yes; others may try."""
        planned = [visit.id for visit in self.story.belief.visits.values() if visit.approver]
        who = picked(who_pick, [self.story.who("leader")], self.story.people)
        self.ask(ApproveVisit(planned[pick % len(planned)], {"id": self.story.new_id(), "note": "同意"}), who, line)

    @rule(what=st.sampled_from(RECORDS), pick=PICKS, who_pick=PICKS)
    def look(self, what: str, pick: int, who_pick: int) -> None:
        """Somebody reads a record, or what never was."""
        ids = [*reversed(self.story.ids_of(what)), ABSENT]
        self.ask(Look(what, ids[pick % len(ids)]), self.story.people[who_pick % len(self.story.people)])

    @rule(what=st.sampled_from(LISTS), who_pick=PICKS)
    def read_list(self, what: str, who_pick: int) -> None:
        """Somebody reads a list."""
        self.ask(Look(what), self.story.people[who_pick % len(self.story.people)])

    @rule(hours=st.sampled_from([1, 5, 24, 24 * 3]))
    def wait(self, hours: int) -> None:
        """Deadlines come nearer."""
        self.town.world.clock.forward(hours=hours)

    def teardown(self) -> None:
        """The story is over: what got no answer is sent again, and everybody sees what they should."""
        if self.is_wrong:
            return
        for call, who in list(self.story.phones.unanswered):
            self.ask(call, who)
        for look, who in self.story.everything(self.audience):
            self.ask(look, who)


@pytest.fixture(scope="module")
def town(database: TestDatabase, settings: Settings) -> Iterator[Town]:
    """One town for all stories of a process, whose past is checked when all are told: it holds those of all."""
    with standing_town(database, settings) as town:
        yield town
        found = town.run(record_faults(town.world))
        assert [str(fault) for fault in found] == [], "the check of the log cries wolf"


def as_set(stories: int) -> hypothesis.settings:
    """Stories that take a second each and are told by their seed; only those that it plays again are made short."""
    is_played_again = "MACHINE_SEED" in os.environ
    return hypothesis.settings(
        phases=list(hypothesis.Phase) if is_played_again else [hypothesis.Phase.generate],
        max_examples=stories,
        stateful_step_count=STEPS_A_STORY,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(300 + 3 * STORIES)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_order_of_calls_ends_as_the_oracle_counts(shard: int, town: Town) -> None:
    base = int(os.environ.get("MACHINE_SEED", random.SystemRandom().randrange(10**9)))
    again = f"MACHINE_SEED={base} MACHINE_STORIES={STORIES} python -m pytest '{HERE}[{shard}]'"
    print(f"to play these stories again: {again}")
    machine = seed(base * SHARDS + shard)(type("EveryOrder", (EveryOrder,), {"town": town}))
    run_state_machine_as_test(machine, settings=as_set(STORIES // SHARDS + (shard < STORIES % SHARDS)))
