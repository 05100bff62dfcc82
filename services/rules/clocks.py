"""The legal clock: which day is the last day, by which rule, and why not another one.

Day one is the day after (民法典 第201条); a month ends on its corresponding day, or on the month's last (第202条);
a last day on which no office works moves to the next working day (第203条). No database, no clock, no settings.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
SATURDAY = 5


class Unit(StrEnum):
    """How a limit counts; the same words as models.words.LimitUnit."""

    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    HOURS = "hours"
    MONTHS = "months"
    MINUTES = "minutes"
    METRES = "metres"
    KM_PER_HOUR = "km_per_hour"
    TIMES = "times"
    DECIMALS = "decimals"
    ONE_IN = "one_in"
    ROWS = "rows"
    BITS = "bits"


class Rule(StrEnum):
    """Ids of catalog/limits.csv that code asks for; the numbers and their sources are there."""

    URGENT_APPROVAL = "visit.urgent_approval"
    REINSPECTION_AFTER_REPORT = "reinspection.after_report"
    REINSPECTION_AFTER_EXPIRY = "reinspection.after_expiry"
    EXTENSION_ASK_BEFORE = "extension.ask_before"
    EXTENSION_ANSWER = "extension.answer"
    RECTIFICATION_GENERAL = "rectification.general"
    RESUMPTION_REVIEW = "review.resumption"
    PHONE_SILENT = "phone.silent"
    RECONSIDERATION = "remedy.reconsideration"
    LAWSUIT = "remedy.lawsuit"
    AT_PLACE = "evidence.at_place"
    ACCURACY_TIMES = "evidence.accuracy_times"
    ACCURACY_WORST = "evidence.accuracy_worst"
    FAR_AWAY = "evidence.far_away"
    FIX_DECIMALS = "evidence.fix_decimals"
    PHOTO_AT_PLACE = "evidence.photo_at_place"
    PHOTO_BEFORE = "evidence.photo_before"
    PHOTO_LONG_BEFORE = "evidence.photo_long_before"
    PHOTO_AFTER = "evidence.photo_after"
    PHOTO_DIFFERS = "evidence.photo_differs"
    FIRST_PHOTO = "evidence.first_photo"
    CLOCK_SKEW = "evidence.clock_skew"
    CLOCK_FAR_OFF = "evidence.clock_far_off"
    SHORT_STAY = "evidence.short_stay"
    REPORT_SOON = "evidence.report_soon"
    TRAVEL_SPEED = "evidence.travel_speed"
    CODE_NEAR = "evidence.code_near"
    CODE_LASTS = "evidence.code_lasts"
    RELEASED_AHEAD = "evidence.released_ahead"
    LEAK_WINDOW = "leak.window"
    LEAK_WEEKS = "leak.weeks"
    LEAK_PROMPTED_AFTER = "leak.prompted_after"
    LEAK_PROMPTED_BEFORE = "leak.prompted_before"
    LEAK_ONE_IN = "leak.one_in"
    CARD_RENEW_BEFORE = "card.renew_before"
    PLAN_EXPIRES_SOON = "plan.expires_soon"
    API_KEY_LONGEST = "api_key.longest"
    INVITATION_LASTS = "invitation.lasts"
    READING_FLOOR = "reading.floor"
    READING_TIMES = "reading.times"
    READING_SHOWN = "reading.shown"
    PHOTO_ALIKE = "photo.alike"
    PHOTO_ALIKE_ELSEWHERE = "photo.alike_elsewhere"
    PHOTO_SAME_SCENE = "photo.same_scene"


class UnknownLimit(LookupError):
    """No row of catalog/limits.csv has this id: a programming error, never an input's."""


class LimitNotInForce(LookupError):
    """The rule was not in force on the day the clock starts."""


class WrongUnit(ValueError):
    """A limit in hours was asked for a day, or one in days for an hour."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One rule of one period; `valid_to` is its last day in force, none while it still is."""

    id: str
    name: str
    value: int
    unit: Unit
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool

    def in_force(self, on: date) -> bool:
        """Whether the rule held on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days that differ from the plain week, and the years whose 放假安排 has been published."""

    holidays: Mapping[date, str] = field(default_factory=dict)
    workdays: Mapping[date, str] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_known(self, year: int) -> bool:
        """Whether the State Council's arrangement of that year is loaded; if not, weekends alone count."""
        return year in self.years

    def is_working_day(self, day: date) -> bool:
        """A weekday that is no holiday, or a weekend day worked in exchange (调休)."""
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays


@dataclass(frozen=True, slots=True)
class DueDate:
    """A computed last day with its reason; `skipped` are the days that the count or the last day passed over."""

    on: date
    rule: str
    rule_name: str
    source: str
    verified: bool
    skipped: tuple[date, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class DueTime:
    """A computed last moment with its reason."""

    at: datetime
    rule: str
    rule_name: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All limits and the calendar at once, for pages that compute many dates."""

    limits: tuple[Limit, ...]
    calendar: WorkCalendar

    def limit(self, rule_id: str, on: date) -> Limit:
        """The rule as it stood on that day.

        Raises UnknownLimit for an id that has no row at all, LimitNotInForce when none of its periods holds the day.
        """
        periods = [limit for limit in self.limits if limit.id == rule_id]
        if not periods:
            raise UnknownLimit(rule_id)
        for limit in periods:
            if limit.in_force(on):
                return limit
        raise LimitNotInForce(f"{rule_id} on {on}")

    def due(self, rule_id: str, start: date) -> DueDate:
        """`due_date` by a rule's id. Raises UnknownLimit, LimitNotInForce, WrongUnit."""
        return due_date(start, self.limit(rule_id, start), self.calendar)

    def due_if_any(self, rule_id: str, start: date) -> DueDate | None:
        """`due`, or nothing where the rule was not in force yet: for days that a client chose."""
        try:
            return self.due(rule_id, start)
        except LimitNotInForce:
            return None

    def due_time(self, rule_id: str, start: datetime) -> DueTime | None:
        """`due_time` by a rule's id, or nothing where the rule was not in force yet."""
        try:
            return due_time(start, self.limit(rule_id, local_date(start)))
        except LimitNotInForce:
            return None


def local_date(moment: datetime) -> date:
    """The legal day of a moment: its date in Asia/Shanghai. Raises ValueError for a time without offset."""
    if moment.tzinfo is None:
        raise ValueError("a time without offset has no legal day")
    return moment.astimezone(SHANGHAI).date()


def due_date(start: date, limit: Limit, calendar: WorkCalendar) -> DueDate:
    """Last day of a limit that starts with something done on `start` (that day is not counted).

    Raises LimitNotInForce if the limit did not hold on `start`, WrongUnit for a limit in hours.
    """
    if not limit.in_force(start):
        raise LimitNotInForce(f"{limit.id} on {start}")
    if limit.unit is Unit.WORKING_DAYS:
        last, skipped = _count_working_days(start, limit.value, ONE_DAY, calendar)
        return _due(last, limit, skipped, calendar, asked_from=start + ONE_DAY)
    nominal = _nominal_last_day(start, limit)
    last, skipped = _next_working_day(nominal, calendar)
    return _due(last, limit, skipped, calendar, asked_from=nominal)


def ask_by(deadline: date, limit: Limit, calendar: WorkCalendar) -> DueDate:
    """Last day to ask for something that must be asked `limit` before `deadline`.

    The deadline itself is not counted, and the day never moves: backwards there is no 第203条 to lean on.
    Raises LimitNotInForce if the limit did not hold on `deadline`, WrongUnit unless it is in days.
    """
    if not limit.in_force(deadline):
        raise LimitNotInForce(f"{limit.id} on {deadline}")
    if limit.unit is Unit.WORKING_DAYS:
        last, skipped = _count_working_days(deadline, limit.value, -ONE_DAY, calendar)
        return _due(last, limit, skipped, calendar, asked_from=deadline - ONE_DAY)
    if limit.unit is not Unit.CALENDAR_DAYS:
        raise WrongUnit(f"{limit.id} is in {limit.unit}")
    last = deadline - timedelta(days=limit.value)
    return DueDate(last, limit.id, limit.name, limit.source, limit.verified, skipped=(), provisional=False)


def due_time(start: datetime, limit: Limit) -> DueTime:
    """Last moment of a limit in hours: counted from the moment itself, nights and holidays included (民法典 第201条).

    Raises LimitNotInForce if the limit did not hold on the start's legal day, WrongUnit for a limit in days.
    """
    day = local_date(start)
    if not limit.in_force(day):
        raise LimitNotInForce(f"{limit.id} on {day}")
    if limit.unit is not Unit.HOURS:
        raise WrongUnit(f"{limit.id} is in {limit.unit}")
    return DueTime(start + timedelta(hours=limit.value), limit.id, limit.name, limit.source, limit.verified)


def _nominal_last_day(start: date, limit: Limit) -> date:
    if limit.unit is Unit.CALENDAR_DAYS:
        return start + timedelta(days=limit.value)
    if limit.unit is Unit.MONTHS:
        years, month = divmod(start.month - 1 + limit.value, 12)
        year, month = start.year + years, month + 1
        return date(year, month, min(start.day, monthrange(year, month)[1]))
    raise WrongUnit(f"{limit.id} is in {limit.unit}")


def _count_working_days(
    start: date, number: int, step: timedelta, calendar: WorkCalendar
) -> tuple[date, tuple[date, ...]]:
    day, counted, skipped = start, 0, []
    while counted < number:
        day += step
        if calendar.is_working_day(day):
            counted += 1
        else:
            skipped.append(day)
    return day, tuple(sorted(skipped))


def _next_working_day(day: date, calendar: WorkCalendar) -> tuple[date, tuple[date, ...]]:
    skipped = []
    while not calendar.is_working_day(day):
        skipped.append(day)
        day += ONE_DAY
    return day, tuple(skipped)


def _due(last: date, limit: Limit, skipped: tuple[date, ...], calendar: WorkCalendar, *, asked_from: date) -> DueDate:
    years = range(min(last, asked_from).year, max(last, asked_from).year + 1)
    provisional = not all(calendar.is_known(year) for year in years)
    return DueDate(last, limit.id, limit.name, limit.source, limit.verified, skipped, provisional)
