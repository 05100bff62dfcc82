"""The past in the making: steps in any order, people by their role, and days on which an office works."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from cli.demo.hazards import Hazard
from cli.demo.steps import Step
from cli.demo.town import Person, Town, new_id
from models.enterprises import EnterpriseWrite
from models.words import Role
from services.rules.clocks import SHANGHAI, WorkCalendar

ONE_DAY = timedelta(days=1)
OFFICE_HOURS = (8.5, 17.5)


@dataclass
class Chronicle:
    """What has been planned so far. A step that would come after `end` is not taken: lives are cut there."""

    town: Town
    hazards: dict[str, list[Hazard]]
    calendar: WorkCalendar
    rng: Random
    end: datetime
    _steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._workers = {person.region: person for person in self.town.of_role(Role.VILLAGE)}
        self._bosses = {person.enterprise_id: person for person in self.town.of_role(Role.ENTERPRISE)}
        self._trades = {department.id: department.industries for department in self.town.departments}

    def add(self, *steps: Step) -> None:
        """Take steps into the past, those after its end left out."""
        self._steps += [step for step in steps if step.at <= self.end]

    def in_order(self) -> list[Step]:
        """All steps as they happened; of one moment in the order they were planned."""
        return sorted(self._steps, key=lambda step: step.at)

    def new_id(self) -> UUID:
        """An id that a phone or the office would have made."""
        return new_id(self.rng)

    def chance(self, share: float) -> bool:
        """True for so many of all."""
        return self.rng.random() < share

    def working_day(self, day: date) -> date:
        """That day, or the next one on which offices work."""
        while not self.calendar.is_working_day(day):
            day += ONE_DAY
        return day

    def hour(self, day: date, earliest: float = OFFICE_HOURS[0], latest: float = OFFICE_HOURS[1]) -> datetime:
        """A moment of that day in Shanghai, between two hours."""
        seconds = int(self.rng.uniform(earliest, latest) * 3600)
        return datetime.combine(day, time(), SHANGHAI) + timedelta(seconds=seconds)

    def later(self, moment: datetime, fewest: int, most: int) -> datetime:
        """Office hours some days on; of the same day, some hours on."""
        days = self.rng.randint(fewest, most)
        if days == 0:
            return moment + timedelta(minutes=self.rng.randint(30, 180))
        return self.hour(self.working_day(moment.astimezone(SHANGHAI).date() + timedelta(days=days)))

    def due(self, day: date, fewest: int, most: int) -> date:
        """A working day to set as a deadline."""
        return self.working_day(day + timedelta(days=self.rng.randint(fewest, most)))

    def worker(self, enterprise: EnterpriseWrite) -> Person:
        """The safety worker of the enterprise's village."""
        return self._workers[enterprise.region]

    def boss(self, enterprise: EnterpriseWrite) -> Person | None:
        """The enterprise's own account, where it has one."""
        return self._bosses.get(enterprise.id)

    def one_of(self, role: Role) -> Person:
        """Anybody of a role."""
        return self.rng.choice(self.town.of_role(role))

    def inspectors(self, enterprise: EnterpriseWrite, on: date) -> list[Person]:
        """Carded officers who see the enterprise; inspectors mostly, now and then one of its department."""
        to_the_order = on + timedelta(days=10)  # who finds it also signs the order
        first = [person for person in self.town.of_role(Role.INSPECTOR) if person.has_card(to_the_order)]
        pair = self.rng.sample(first, 2)
        trades = {enterprise.main_industry, *enterprise.industries}
        own = [p for p in self.town.of_role(Role.DEPARTMENT) if trades & set(self._trades_of(p))]
        if own and self.chance(0.2):
            pair[-1] = self.rng.choice(own)
        return pair

    def _trades_of(self, person: Person) -> Iterable[str]:
        return next(trades for department_id, trades in self._trades.items() if department_id == person.department_id)
