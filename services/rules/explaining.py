"""A computed day in plain Chinese: by which rule, what the count passed over, and what is not certain about it."""

from dataclasses import dataclass
from datetime import date, datetime

from services.rules.clocks import SHANGHAI, DueDate, DueTime, Limit, Unit, WorkCalendar, local_date

COUNTED = {Unit.CALENDAR_DAYS: "日", Unit.WORKING_DAYS: "个工作日", Unit.MONTHS: "个月", Unit.HOURS: "小时"}
WEEK = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that the count or the last day passed over, and why no office works on it."""

    on: date
    why: str


def skipped_days(due: DueDate, calendar: WorkCalendar) -> tuple[Skipped, ...]:
    """Each day passed over with its reason: a holiday by its name, else the day of the week."""
    return tuple(Skipped(day, _why_off(day, calendar)) for day in due.skipped)


def explain(start: date, due: DueDate, limit: Limit, calendar: WorkCalendar) -> str:
    """Why a limit that starts on `start` ends on `due.on` (services/rules/clocks.py `due_date`)."""
    counted = f"{_said(start)}起算，当日不计入，按“{limit.name}”{limit.value}{COUNTED[limit.unit]}"
    if limit.unit is Unit.WORKING_DAYS:
        last = f"{counted}，截止日为{_said(due.on)}。"
        passed = _passed("期间不计入的有", due, calendar)
    elif due.skipped:
        last = f"{counted}，期满日{_said(due.skipped[0])}不是工作日，顺延至下一个工作日{_said(due.on)}。"
        passed = _passed("顺延跳过的有", due, calendar)
    else:
        last = f"{counted}，截止日为{_said(due.on)}。"
        passed = ""
    return last + passed + _worked(start, due, limit, calendar) + _grounds(limit, due)


def explain_before(deadline: date, due: DueDate, limit: Limit, calendar: WorkCalendar) -> str:
    """Why what must be done `limit` before `deadline` must be done by `due.on` (clocks.py `ask_by`)."""
    counted = f"{_said(deadline)}之前{limit.value}{COUNTED[limit.unit]}（“{limit.name}”），当日不计入，向前数"
    moved = "" if due.skipped else "，不顺延"
    last = f"{counted}，最迟为{_said(due.on)}{moved}。"
    return last + _passed("期间不计入的有", due, calendar) + _grounds(limit, due)


def explain_time(start: datetime, due: DueTime, limit: Limit) -> str:
    """Why a limit in hours ends at `due.at`."""
    began, ends = (f"{_said(local_date(moment))}{_minute(moment)}" for moment in (start, due.at))
    return f"{began}起算，按“{limit.name}”{limit.value}小时，夜间和节假日照算，截止{ends}。" + _source(limit)


def _passed(lead: str, due: DueDate, calendar: WorkCalendar) -> str:
    if not due.skipped:
        return ""
    days = "、".join(f"{_short(skipped.on)}（{skipped.why}）" for skipped in skipped_days(due, calendar))
    return f"{lead}{days}。"


def _worked(start: date, due: DueDate, limit: Limit, calendar: WorkCalendar) -> str:
    """Weekend days that counted because they were worked in exchange: people doubt those first."""
    first = start if limit.unit is Unit.WORKING_DAYS else (due.skipped[-1] if due.skipped else due.on)
    worked = [day for day in sorted(calendar.workdays) if first < day <= due.on or day == due.on]
    if not worked:
        return ""
    days = "、".join(f"{_short(day)}（{_weekday(day)}）" for day in worked)
    return f"{days}为{calendar.workdays[worked[0]]}调休上班，按工作日计。"


def _grounds(limit: Limit, due: DueDate) -> str:
    unknown = "所涉年份的放假安排尚未公布，暂按周末计算，公布后重新计算。" if due.provisional else ""
    return unknown + _source(limit)


def _source(limit: Limit) -> str:
    return f"依据：{limit.source}{'' if limit.verified else '（未核对原文）'}。"


def _why_off(day: date, calendar: WorkCalendar) -> str:
    name = calendar.holidays.get(day)
    return f"{name}放假" if name else _weekday(day)


def _weekday(day: date) -> str:
    return f"星期{WEEK[day.weekday()]}"


def _said(day: date) -> str:
    return f"{day.year}年{_short(day)}"


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
