"""The legal clock: which day is the last one, and why."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.clocks import (
    Limit,
    LimitNotInForce,
    Rule,
    RuleBook,
    Unit,
    UnknownLimit,
    WorkCalendar,
    WrongUnit,
    ask_by,
    due_date,
    due_time,
    local_date,
)

# Of 2026 as published: Spring Festival 15–23 February (14 and 28 worked),
# National Day 1–7 October (20 September and 10 October worked).
CALENDAR = WorkCalendar(
    holidays={
        **{date(2026, 2, day): "春节" for day in (16, 17, 18, 19, 20, 23)},
        **{date(2026, 10, day): "国庆节" for day in (1, 2, 5, 6, 7)},
    },
    workdays={
        date(2026, 2, 14): "春节",
        date(2026, 2, 28): "春节",
        date(2026, 9, 20): "国庆节",
        date(2026, 10, 10): "国庆节",
    },
    years=frozenset({2026}),
)


def limit(value: int, unit: Unit = Unit.CALENDAR_DAYS, until: date | None = None) -> Limit:
    return Limit("a.rule", "某期限", value, unit, date(2008, 2, 1), until, "某法第一条", verified=True)


@pytest.mark.parametrize(
    ("start", "value", "unit", "last"),
    [
        pytest.param(date(2026, 11, 24), 7, Unit.CALENDAR_DAYS, date(2026, 12, 1), id="the day after is day one"),
        pytest.param(date(2026, 11, 20), 1, Unit.CALENDAR_DAYS, date(2026, 11, 23), id="a Saturday moves to Monday"),
        pytest.param(date(2026, 2, 10), 10, Unit.CALENDAR_DAYS, date(2026, 2, 24), id="spring festival moves it"),
        pytest.param(date(2026, 2, 18), 10, Unit.CALENDAR_DAYS, date(2026, 2, 28), id="a worked Saturday stays"),
        pytest.param(date(2026, 9, 13), 7, Unit.CALENDAR_DAYS, date(2026, 9, 20), id="a worked Sunday stays"),
        pytest.param(date(2026, 2, 13), 2, Unit.WORKING_DAYS, date(2026, 2, 24), id="a worked Saturday counts"),
        pytest.param(date(2026, 9, 29), 7, Unit.WORKING_DAYS, date(2026, 10, 14), id="national day is not counted"),
        pytest.param(date(2026, 9, 18), 1, Unit.WORKING_DAYS, date(2026, 9, 20), id="a worked Sunday counts"),
        pytest.param(date(2026, 8, 31), 6, Unit.MONTHS, date(2027, 3, 1), id="no 31 February: its last day, a Sunday"),
        pytest.param(date(2026, 3, 24), 6, Unit.MONTHS, date(2026, 9, 24), id="the corresponding day"),
        pytest.param(date(2026, 4, 1), 6, Unit.MONTHS, date(2026, 10, 8), id="a month that ends on a holiday"),
        pytest.param(date(2026, 3, 31), 1, Unit.MONTHS, date(2026, 4, 30), id="a shorter month ends earlier"),
    ],
)
def test_the_last_day_is_the_one_the_civil_code_names(start: date, value: int, unit: Unit, last: date) -> None:
    assert due_date(start, limit(value, unit), CALENDAR).on == last


def test_days_that_moved_the_deadline_are_named_with_rule_and_source() -> None:
    due = due_date(date(2026, 2, 10), limit(10), CALENDAR)
    assert due.skipped == tuple(date(2026, 2, day) for day in (20, 21, 22, 23))
    assert (due.rule, due.rule_name, due.source, due.verified) == ("a.rule", "某期限", "某法第一条", True)


def test_a_deadline_that_did_not_move_skipped_no_day() -> None:
    assert due_date(date(2026, 2, 2), limit(9), CALENDAR).skipped == ()


def test_working_days_name_each_weekend_and_holiday_they_passed() -> None:
    due = due_date(date(2026, 10, 9), limit(2, Unit.WORKING_DAYS), CALENDAR)
    assert (due.on, due.skipped) == (date(2026, 10, 12), (date(2026, 10, 11),))


def test_a_date_in_a_year_without_published_holidays_says_provisional() -> None:
    into_2027 = due_date(date(2026, 12, 25), limit(10), CALENDAR)
    assert (into_2027.on, into_2027.provisional) == (date(2027, 1, 4), True)
    assert not due_date(date(2026, 12, 18), limit(10), CALENDAR).provisional


def test_working_days_that_cross_new_year_are_provisional_though_they_started_in_a_known_year() -> None:
    across = due_date(date(2026, 12, 30), limit(3, Unit.WORKING_DAYS), CALENDAR)
    assert (across.on, across.provisional) == (date(2027, 1, 4), True)


def test_a_rule_that_ended_gives_no_date_after_its_last_day() -> None:
    ended = limit(10, until=date(2026, 1, 31))
    assert due_date(date(2026, 1, 31), ended, CALENDAR).on == date(2026, 2, 10)
    with pytest.raises(LimitNotInForce):
        due_date(date(2026, 2, 1), ended, CALENDAR)


def test_a_rule_gives_no_date_before_it_was_in_force() -> None:
    with pytest.raises(LimitNotInForce):
        due_date(date(2008, 1, 31), limit(10), CALENDAR)


def test_a_limit_in_hours_runs_through_night_and_holiday_from_the_moment_itself() -> None:
    start = datetime(2026, 2, 14, 17, 30, tzinfo=timezone(timedelta(hours=8)))
    assert due_time(start, limit(24, Unit.HOURS)).at == start + timedelta(hours=24)


def test_hours_are_not_asked_for_a_day_nor_days_for_an_hour() -> None:
    with pytest.raises(WrongUnit):
        due_date(date(2026, 2, 10), limit(24, Unit.HOURS), CALENDAR)
    with pytest.raises(WrongUnit):
        due_time(datetime(2026, 2, 10, tzinfo=UTC), limit(1))
    with pytest.raises(WrongUnit):
        ask_by(date(2026, 2, 10), limit(1, Unit.MONTHS), CALENDAR)


def test_an_extension_is_asked_ten_days_before_even_if_that_is_a_sunday() -> None:
    assert ask_by(date(2026, 12, 2), limit(10), CALENDAR).on == date(2026, 11, 22)


def test_working_days_before_a_deadline_pass_over_the_holidays_backwards() -> None:
    asked = ask_by(date(2026, 10, 10), limit(3, Unit.WORKING_DAYS), CALENDAR)
    assert asked.on == date(2026, 9, 30)
    assert asked.skipped == tuple(date(2026, 10, day) for day in range(1, 8))


def test_a_legal_day_begins_at_midnight_in_shanghai_not_in_greenwich() -> None:
    assert local_date(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)


def test_a_time_without_offset_has_no_legal_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_date(datetime(2026, 11, 24))  # noqa: DTZ001


def test_the_rule_book_takes_the_period_of_a_rule_that_held_on_the_day() -> None:
    old = Limit("a.rule", "旧", 10, Unit.CALENDAR_DAYS, date(2008, 1, 1), date(2026, 1, 31), "旧规", verified=False)
    new = Limit("a.rule", "新", 5, Unit.CALENDAR_DAYS, date(2026, 2, 1), None, "新规", verified=False)
    book = RuleBook((old, new), CALENDAR)
    assert [book.due("a.rule", date(2026, 1, 31)).source, book.due("a.rule", date(2026, 2, 1)).source] == [
        "旧规",
        "新规",
    ]


def test_a_misspelt_rule_is_an_error_but_one_not_yet_in_force_is_no_date() -> None:
    book = RuleBook((limit(10),), CALENDAR)
    assert book.due_if_any("a.rule", date(1999, 1, 1)) is None
    with pytest.raises(UnknownLimit):
        book.due_if_any(Rule.EXTENSION_ANSWER, date(2026, 1, 1))


DAYS = st.dates(min_value=date(2025, 12, 1), max_value=date(2027, 2, 1))
NUMBERS = st.integers(min_value=1, max_value=120)


@given(start=DAYS, value=NUMBERS, unit=st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.MONTHS]))
def test_every_last_day_is_a_working_day_after_the_start(start: date, value: int, unit: Unit) -> None:
    due = due_date(start, limit(value, unit), CALENDAR)
    assert due.on > start
    assert CALENDAR.is_working_day(due.on)
    assert not any(CALENDAR.is_working_day(day) for day in due.skipped)
    assert all(start < day < due.on for day in due.skipped)


@given(start=DAYS, value=NUMBERS)
def test_working_days_and_skipped_days_together_are_all_days_between(start: date, value: int) -> None:
    due = due_date(start, limit(value, Unit.WORKING_DAYS), CALENDAR)
    assert (due.on - start).days == value + len(due.skipped)


@given(start=DAYS, value=NUMBERS, unit=st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS]))
def test_a_later_start_never_gives_an_earlier_last_day(start: date, value: int, unit: Unit) -> None:
    rule = limit(value, unit)
    assert due_date(start, rule, CALENDAR).on <= due_date(start + timedelta(days=1), rule, CALENDAR).on
