"""Short ways to write series, windows and what becomes of them."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from types import FrameType
from typing import Any

from recurly_sessions import Assignment, Occurrence, Series, Slot, Window, assign_tutors, expand_slots
from recurly_sessions.config import ResolvedConfig
from recurly_sessions.patterns import Pattern

PARIS = "Europe/Paris"


def a_series(*slots: Slot, **more: Any) -> Series:
    """A series "s" in Paris, from Monday, September 7th, 2026."""
    return Series("s", **{"timezone": PARIS, "starts_on": "2026-09-07", "slots": slots, **more})


def a_slot(id: str = "a", **more: Any) -> Slot:
    """Mondays, 18:00 to 19:30."""
    days = {} if "rrule" in more else {"days": "MO"}
    length = {} if "duration" in more else {"end": "19:30"}
    return Slot(id, **{**days, "start": "18:00", **length, **more})


def days(first: str, last: str, timezone: str = PARIS) -> Window:
    return Window.dates(first, last, timezone)


def autumn() -> Window:
    """The last four months of 2026."""
    return days("2026-09-01", "2026-12-31")


def on(occurrences: list[Occurrence]) -> str:
    """The dates of occurrences, by month: "09: 7 14; 10: 5"."""
    months: dict[str, list[str]] = {}
    for each in occurrences:
        months.setdefault(f"{each.occurs_on:%m}", []).append(str(each.occurs_on.day))
    return "; ".join(f"{month}: {' '.join(numbers)}" for month, numbers in months.items())


def times(occurrences: list[Occurrence]) -> list[str]:
    """When occurrences start and end, in UTC, to the minute."""
    return [f"{minute(each.starts_at)}/{minute(each.ends_at)}" for each in occurrences]


def minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M}"


def by(id: str, pattern: Pattern | str = "round_robin", **more: Any) -> Assignment:
    """An assignment whose tutor has the same id, in capitals."""
    return Assignment(id, tutor_id=id.upper(), pattern=pattern, **more)


def tutors_of(series: Series, window: Window | None = None, **more: Any) -> str:
    """Who has each date, in order of time: "A B - A", with "-" for nobody."""
    config: ResolvedConfig | None = more.get("config")
    occurrences = expand_slots(series, window or autumn(), config=config)
    decisions = assign_tutors(series, occurrences, **more)
    return " ".join(decisions[each.slot_id, each.occurs_on].tutor_id or "-" for each in occurrences)


def whys(series: Series, *dates: str, slot_id: str = "a", **more: Any) -> list[str]:
    """Why each of some dates is whose it is."""
    occurrences = expand_slots(series, autumn(), config=more.get("config"))
    decisions = assign_tutors(series, occurrences, **more)
    return [decisions[slot_id, date.fromisoformat(day)].why for day in dates]


def count_calls(function: Callable[[], object]) -> int:
    """How many calls of this library's functions something takes."""
    count = 0

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_globals.get("__name__", "").startswith("recurly_sessions.")

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def count_lines(function: Callable[[], object]) -> int:
    """How many lines of this library something takes, each turn of a loop counted."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        nonlocal count
        count += event == "line"
        return trace if frame.f_globals.get("__name__", "").startswith("recurly_sessions.") else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count
