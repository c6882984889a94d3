"""Cancellations and closures to the stretches of days that they call off, for each slot."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Literal, NamedTuple

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.values.days_off import Closure
from recurly_sessions.values.series import Series

Cause = Literal["cancellation", "closure"]


class DaysOff(NamedTuple):
    """Days (as ordinals, both included) that something calls off, for one slot or for all."""

    first: int
    last: int
    id: str
    slot_id: str | None
    cause: Cause


def days_off(series: Series, config: ResolvedConfig, first: int, last: int) -> list[DaysOff]:
    """What calls off days from first to last, the weakest first: closures, then cancellations, smaller ids last."""
    found = [
        DaysOff(begin, end, closure.id, None, "closure")
        for closure in config.closures
        if config.on_closure == "skip" and closure.branch_id in {None, series.branch_id}
        for begin, end in _stretches(closure, first, last)
    ]
    found += [
        DaysOff(each.first_day.toordinal(), each.last_day.toordinal(), each.id, each.slot_id, "cancellation")
        for each in series.cancellations
    ]
    found = [each for each in found if each.first <= last and each.last >= first]
    # Two sorts, the second of which keeps the order of the first: larger ids first, then closures first.
    return sorted(sorted(found, key=lambda each: each.id, reverse=True), key=lambda each: each.cause, reverse=True)


def called_off(stretches: Sequence[DaysOff], slot_id: str, days: Sequence[int]) -> dict[int, DaysOff]:
    """Which of a slot's days (by place) are called off, each with the strongest cause."""
    return {
        place: off
        for off in stretches
        if off.slot_id is None or off.slot_id == slot_id
        for place in range(bisect_left(days, off.first), bisect_right(days, off.last))
    }


def closed_days(series: Series, config: ResolvedConfig, first: int, last: int) -> dict[int, str]:
    """The closed days (as ordinals) from first to last, each with the id of its closure: the smallest of several."""
    found: dict[int, str] = {}
    for closure in sorted(config.closures, key=attrgetter("id"), reverse=True):
        if closure.branch_id in {None, series.branch_id}:
            for begin, end in _stretches(closure, first, last):
                found.update(dict.fromkeys(range(max(begin, first), min(end, last) + 1), closure.id))
    return found


def _stretches(closure: Closure, first: int, last: int) -> Iterator[tuple[int, int]]:
    if not closure.yearly:
        yield closure.first_day.toordinal(), closure.last_day.toordinal()
        return
    over_new_year = closure.last_day.year - closure.first_day.year
    years = range(max(date.fromordinal(first).year - 1, date.min.year), date.fromordinal(last).year + 1)
    for year in years:
        if year + over_new_year > date.max.year:
            return
        begin, end = _day_in(year, closure.first_day), _day_in(year + over_new_year, closure.last_day)
        # February 29th, in a year without one, begins a stretch on March 1st and ends one on February 28th.
        yield begin, end - (1 if _is_leap_day(closure.last_day) and end == _march_first(year + over_new_year) else 0)


def _day_in(year: int, day: date) -> int:
    try:
        return day.replace(year=year).toordinal()
    except ValueError:
        return _march_first(year)


def _march_first(year: int) -> int:
    return date(year, 3, 1).toordinal()


def _is_leap_day(day: date) -> bool:
    return (day.month, day.day) == (2, 29)
