"""The legal clock against a second one, written apart: by lists of days, not by steps."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog_folders import CATALOG
from services.rules.catalog_files import read_days, read_years
from services.rules.clocks import Limit, RuleBook, Unit, WorkCalendar, ask_by, due_date, due_time
from services.rules.explaining import explain, explain_before, explain_time

FIRST, LAST = date(2025, 12, 1), date(2027, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 400)]
COUNTS = st.integers(min_value=1, max_value=90)
STARTS = st.dates(min_value=date(2026, 2, 1), max_value=date(2026, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """Any arrangement: some weekdays off, some weekend days worked, some years published."""
    picked = draw(st.sets(st.sampled_from(EVERY_DAY), max_size=60))
    off = {day: "某节" for day in picked if day.weekday() < 5}
    worked = {day: "某节" for day in picked if day.weekday() >= 5}
    return WorkCalendar(off, worked, frozenset(draw(st.sets(st.integers(2025, 2028)))))


def limit(value: int, unit: Unit) -> Limit:
    return Limit("a.rule", "某期限", value, unit, date(2008, 1, 1), None, "某法第一条", verified=False)


def office_days(calendar: WorkCalendar) -> list[date]:
    weekdays = {day for day in EVERY_DAY if day.isoweekday() <= 5}
    return sorted((weekdays | set(calendar.workdays)) - set(calendar.holidays))


def nominal(start: date, value: int, unit: Unit) -> date:
    """The last day before it is moved; a month ends on the same day of its month, or on the last one there is."""
    if unit is Unit.CALENDAR_DAYS:
        return EVERY_DAY[EVERY_DAY.index(start) + value]
    month = [day for day in _month_after(start, value) if day.day <= start.day]
    return month[-1]


MONTHS = {
    ym: [day for day in EVERY_DAY if (day.year, day.month) == ym] for ym in {(d.year, d.month) for d in EVERY_DAY}
}


def _month_after(start: date, value: int) -> list[date]:
    months = sorted(MONTHS)
    return MONTHS[months[months.index((start.year, start.month)) + value]]


@settings(deadline=None)
@given(calendar=calendars(), start=STARTS, value=COUNTS)
def test_working_days_are_the_nth_office_day_after_the_start_in_a_second_count(
    calendar: WorkCalendar, start: date, value: int
) -> None:
    due = due_date(start, limit(value, Unit.WORKING_DAYS), calendar)
    later = [day for day in office_days(calendar) if day > start]
    assert due.on == later[value - 1]
    between = {day for day in EVERY_DAY if start < day < due.on}
    assert set(due.skipped) == between - set(later)
    years = {day.year for day in EVERY_DAY if start < day <= due.on}
    assert due.provisional == bool(years - calendar.years)


@settings(deadline=None)
@given(
    calendar=calendars(),
    start=STARTS,
    ends=st.one_of(st.tuples(COUNTS, st.just(Unit.CALENDAR_DAYS)), st.tuples(st.integers(1, 11), st.just(Unit.MONTHS))),
)
def test_days_and_months_end_on_the_first_office_day_from_their_nominal_end_in_a_second_count(
    calendar: WorkCalendar, start: date, ends: tuple[int, Unit]
) -> None:
    due = due_date(start, limit(*ends), calendar)
    from_end = [day for day in EVERY_DAY if day >= nominal(start, *ends)]
    office = set(office_days(calendar))
    assert due.on == next(day for day in from_end if day in office)
    assert list(due.skipped) == from_end[: from_end.index(due.on)]


@settings(deadline=None)
@given(calendar=calendars(), deadline=STARTS, value=st.integers(1, 30))
def test_what_is_asked_before_a_deadline_is_the_nth_office_day_before_it_in_a_second_count(
    calendar: WorkCalendar, deadline: date, value: int
) -> None:
    earlier = [day for day in reversed(office_days(calendar)) if day < deadline]
    if len(earlier) >= value:
        assert ask_by(deadline, limit(value, Unit.WORKING_DAYS), calendar).on == earlier[value - 1]


@settings(deadline=None)
@given(start=st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), value=COUNTS)  # noqa: DTZ001
def test_hours_are_elapsed_seconds_in_a_second_count(start: datetime, value: int) -> None:
    assert due_time(start, limit(value, Unit.HOURS)).at.timestamp() == start.timestamp() + value * 3600


@settings(deadline=None)
@given(start=st.dates(date(2024, 1, 1), date(2026, 11, 30)), value=st.integers(1, 20))
def test_published_years_count_as_the_almanac_of_others_counts_them(start: date, value: int) -> None:
    due = due_date(start, limit(value, Unit.WORKING_DAYS), loaded())
    days = [start + timedelta(days=n + 1) for n in range((due.on - start).days)]
    assert sum(chinese_calendar.is_workday(day) for day in days if day.year < 2027) == value - sum(
        day.year >= 2027 and day.weekday() < 5 for day in days
    )


def loaded() -> WorkCalendar:
    years = [row.year for row in read_years((CATALOG / "calendar_years.csv").read_text(encoding="utf-8"))]
    rows = list(read_days((CATALOG / "calendar.csv").read_text(encoding="utf-8"), frozenset(years)))
    off, worked = ({row.day: row.name for row in rows if row.kind == kind} for kind in ("holiday", "workday"))
    return WorkCalendar(off, worked, frozenset(years))


def said(start: date, value: int, unit: Unit) -> str:
    book = RuleBook((limit(value, unit),), loaded())
    return explain(start, book.due("a.rule", start), book.limits[0], book.calendar)


def test_a_moved_last_day_is_explained_with_every_day_it_passed_over() -> None:
    assert said(date(2026, 2, 10), 10, Unit.CALENDAR_DAYS) == (
        "2026年2月10日起算，当日不计入，按“某期限”10日，期满日2026年2月20日不是工作日，顺延至下一个工作日2026年2月24日。"
        "顺延跳过的有2月20日（春节放假）、2月21日（星期六）、2月22日（星期日）、2月23日（春节放假）。"
        "依据：某法第一条（未核对原文）。"
    )


def test_a_weekend_day_worked_in_exchange_is_explained_as_counted() -> None:
    assert "2月14日（星期六）为春节调休上班，按工作日计。" in said(date(2026, 2, 13), 2, Unit.WORKING_DAYS)


def test_a_year_without_published_holidays_is_explained_as_provisional() -> None:
    assert "所涉年份的放假安排尚未公布，暂按周末计算，公布后重新计算。" in said(
        date(2026, 12, 25), 10, Unit.CALENDAR_DAYS
    )


def test_a_day_counted_back_and_a_moment_are_explained() -> None:
    calendar, days, hours = loaded(), limit(3, Unit.WORKING_DAYS), limit(24, Unit.HOURS)
    back = explain_before(date(2026, 10, 10), ask_by(date(2026, 10, 10), days, calendar), days, calendar)
    assert back.startswith("2026年10月10日之前3个工作日（“某期限”），当日不计入，向前数，最迟为2026年9月30日。")
    moment = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert explain_time(moment, due_time(moment, hours), hours).startswith(
        "2026年11月24日09:30起算，按“某期限”24小时，夜间和节假日照算，截止2026年11月25日09:30。"
    )
