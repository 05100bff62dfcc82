"""What people of the town do next: calls made of what the phones believe, mostly such as can succeed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from models.words import FindingState, Grade, InspectionState, PlanState, Role
from services.chance import SeededChance
from services.rules.clocks import local_date
from tests.machine.looks import LISTS, Look
from tests.machine.moves import CURED_IN, STEPS, Order, Step
from tests.machine.oracle import OPEN, Finding, Oracle
from tests.machine.phones import Phones
from tests.machine.town import INSPECTS, Place, Town, Who
from tests.makers_findings import PLAN
from tests.makers_reports import Shot, finding_body, reinspection_body, report_body
from tests.pictures import Tags, photo

Some = TypeVar("Some")
STANDS_FOR = {
    "plan": (FindingState.ORDERED,),
    "decide": (FindingState.ORDERED,),
    "report": CURED_IN,
    "reinspect": (FindingState.REPORTED,),
    "write_off": (FindingState.VERIFIED,),
    "transfer": OPEN,
    "withdraw": OPEN,
}
"""Where a finding stands when a step may succeed."""


def picked(pick: int, likely: Sequence[Some], others: Sequence[Some]) -> Some:
    """Mostly one of the likely, one time in four any of the others; 0 picks the first likely one."""
    pool = others if not likely or (others and pick % 4 == 3) else likely
    return pool[pick // 4 % len(pool)]


@dataclass(frozen=True)
class Hazard:
    """What a finding is like when it is reported; `borrows` a photo that some phone took before, named or not."""

    grade: Grade
    of_item: bool
    complete: bool
    fixed: bool
    photos: int
    declared: bool
    days: int
    borrows: bool


@dataclass
class Story:
    """One story: who plays in it, and the ids and photos that they make."""

    town: Town
    phones: Phones = field(init=False)
    ids: SeededChance = field(default_factory=lambda: SeededChance.of(1))
    album: dict[str, Shot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.town.clear()
        first = Oracle(self.town.places, self.town.by_id, self.town.reinspect_by)
        self.phones = Phones(self.town, [first])

    @property
    def belief(self) -> Oracle:
        """What phones take for true."""
        return self.phones.belief

    @property
    def people(self) -> list[Who]:
        """Everybody."""
        return list(self.town.people.values())

    def who(self, name: str) -> Who:
        """Somebody by name."""
        return self.town.people[name]

    def new_id(self) -> str:
        """An id as a phone makes it."""
        return str(self.ids.new_id())

    def day(self, days: int) -> str:
        """A day from today, as JSON has it."""
        return local_date(self.town.world.clock.now() + timedelta(days=days)).isoformat()

    def shot(self) -> Shot:
        """A photo like no other."""
        photo_id = self.new_id()
        self.album[photo_id] = Shot(photo_id, photo(tags=Tags(model=photo_id), width=32, height=24))
        return self.album[photo_id]

    def shots_of(self, who: Who, count: int, *, borrows: bool) -> list[Shot]:
        """Photos to name: those that are there already and that nothing names, then new ones."""
        belief = self.belief
        loose = [p.id for p in belief.photos.values() if p.by == who.id and not belief.uses_of(p.id)]
        ready = list(self.album)[-1:] if borrows else loose
        return [self.album[ready[n]] if n < len(ready) else self.shot() for n in range(count)]

    def shot_or_old(self, pick: int) -> Shot:
        """A new photo; one time in five any that is known."""
        known = list(self.album.values())
        return known[pick % len(known)] if known and pick % 5 == 4 else self.shot()

    def team(self, who: Who, pick: int) -> list[Who]:
        """Two officers, one of them `who`; one time in eight `who` alone."""
        mates = [mate for mate in map(self.who, ("office", "partner", "county", "finder")) if mate is not who]
        return [who] if pick % 8 == 7 else [who, mates[pick % 3]]

    def hazard(self, who: Who, like: Hazard) -> tuple[dict[str, Any], list[Shot], list[Shot]]:
        """A finding's body, its photos, and those of them that the report declares."""
        shots = self.shots_of(who, like.photos, borrows=like.borrows)
        names = [shot.id for shot in shots]
        after = names[1:] if like.fixed else []
        body = finding_body(
            id=self.new_id(),
            item="MIXD11" if like.of_item else None,
            grade=like.grade,
            major_basis="判定标准第5条" if like.complete else None,
            measure="增设逃生门" if like.complete else None,
            deadline=self.day(like.days),
            photo_ids=[name for name in names if name not in after],
            fixed_on_site={"note": "当场开锁", "photo_ids": after} if like.fixed else None,
        )
        return body, shots, shots if like.declared else []

    def report(
        self, who: Who, team: list[Who], place: Place, hazards: Sequence[Hazard], visit_id: str | None
    ) -> tuple[dict[str, Any], list[Shot]]:
        """A report's body and its photos."""
        told = [self.hazard(who, like) for like in hazards]
        body = report_body(
            self.town.world,
            place.id,
            [mate.person for mate in team],
            id=self.new_id(),
            visit_id=visit_id,
            findings=[body for body, _, _ in told],
            photos=[shot.declared() for _, _, declared in told for shot in declared],
        )
        return body, [shot for _, shots, _ in told for shot in shots]

    def looks_again(self, who: Who, team: list[Who], finding: Finding, *, passed: bool) -> dict[str, Any]:
        """A report of kind reinspection with one verdict."""
        shot = self.shot()
        verdict = {"finding_id": finding.id, **self._verdict(passed), "photo_ids": [shot.id]}
        people = [mate.person for mate in team]
        more = {"id": self.new_id(), "photos": [shot.declared()]}
        return reinspection_body(self.town.world, finding.place, people, [verdict], **more)

    def amendment(self, who: Who, finding: Finding | None, like: Hazard) -> dict[str, Any]:
        """A changed finding, or one that the report forgot."""
        body, _, declared = self.hazard(who, like)
        told = {name: value for name, value in body.items() if name != "fixed_on_site"}
        if finding is not None:
            told = {"id": finding.id, **{name: told[name] for name in ("grade", "deadline", "photo_ids")}}
        return {"reason": "当日补签", "findings": [told], "photos": [shot.declared() for shot in declared]}

    def order(self, finding: Finding) -> Order:
        """责令, on what the last failed look said, else on what the report said."""
        failed = [row.id for row in self.belief.inspections.values() if (finding.id, False) in row.verdicts]
        inspection_id = failed[-1] if failed and finding.awaits_new_order else finding.inspection
        body = {"inspection_id": inspection_id, "finding_ids": [finding.id], "organ_id": self.town.organ}
        return Order({"id": self.new_id(), **body})

    def step(self, kind: str, finding: Finding, who: Who, pick: int) -> Step:
        """A step by somebody; one time in eight it rests on the version that the phone believes in, or an older one."""
        version = {5: finding.version, 6: finding.version - 1}.get(pick % 8)
        return Step(kind, finding.id, {"id": self.new_id(), **self._body(kind, finding, who, pick)}, version or None)

    def next_step(self, finding: Finding) -> str | None:
        """What the law asks for next; None at the end."""
        if finding.state is FindingState.REGISTERED or finding.awaits_new_order:
            return "order"
        if finding.state is FindingState.ORDERED and finding.grade is Grade.MAJOR:
            return "decide" if finding.plans[-1:] == (PlanState.FILED,) else "plan"
        return next((kind for kind in ("report", "reinspect", "write_off") if finding.state in STANDS_FOR[kind]), None)

    def hands_for(self, kind: str, finding: Finding) -> list[Who]:
        """Who may take this step; the enterprise before those who would do it on its behalf."""
        by = INSPECTS if kind == "order" else STEPS[kind].by
        fit = [who for who in self.people if who.role in by and self.belief.sees_finding(who, finding)]
        return sorted(fit, key=lambda who: who.role is not Role.ENTERPRISE)

    def standing_for(self, kinds: Collection[str]) -> list[Finding]:
        """Findings at which one of these steps may succeed, the newest first."""
        states = {state for kind in kinds for state in STANDS_FOR[kind]}
        return [finding for finding in reversed(self.belief.findings.values()) if finding.state in states]

    def held(self) -> list[str]:
        """Reports that wait for the office."""
        return [row.id for row in self.belief.inspections.values() if row.state is InspectionState.HELD]

    def ids_of(self, what: str) -> list[str]:
        """Records of a kind that somebody may look at."""
        belief = self.belief
        if what == "finding":
            return list(belief.findings)
        return list(belief.photos if what in ("photo", "image") else belief.inspections)

    def everything(self, audience: int) -> Iterator[tuple[Look, Who]]:
        """Every list and every record for the county, and the lists for one other."""
        county, *others = self.people
        for who in (county, others[audience]):
            yield from ((Look(what), who) for what in LISTS)
        for what in ("finding", "inspection", "receipt"):
            yield from ((Look(what, record), county) for record in self.ids_of(what))
        for here in self.belief.photos.values():
            seers = [who for who in self.people if self.belief.sees_photo(who, here)]
            yield Look("image", here.id), seers[-1] if seers else county

    def _verdict(self, passed: bool) -> dict[str, Any]:
        return {"passed": passed, "new_deadline": None if passed else self.day(10)}

    def _body(self, kind: str, finding: Finding, who: Who, pick: int) -> dict[str, Any]:
        if kind == "decide":
            return {"accepted": pick % 4 != 3, "note": "同意"}
        if kind in ("write_off", "transfer", "withdraw"):
            return dict(ENDS[kind])
        on_behalf = {} if who.role is Role.ENTERPRISE else {"on_behalf_of": finding.place}
        if kind == "plan":
            return {**PLAN, **on_behalf}
        shot = self.shot_or_old(pick)
        named = {"photo_ids": [shot.id], "photos": [shot.declared()] if pick % 2 else []}
        if kind == "report":
            paper = {"paper_photo_ids": [self.shot().id]} if on_behalf else {}
            return {"text": "已改装平开门", **named, **paper, **on_behalf}
        team = [mate.id for mate in self.team(who, pick)]
        return {"inspectors": team, **self._verdict(pick % 3 != 2), **named}


ENDS = {
    "write_off": {"note": "复查合格，同意销号"},
    "transfer": {"organ_name": "某市消防救援大队", "reason": "无处罚权限"},
    "withdraw": {"reason": "登记到了相邻企业名下"},
}
