"""A series to what a person should see to in its roster and its rules, before any session is made."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from recurly_sessions.config import ResolvedConfig, rules_of, zone_of
from recurly_sessions.patterns import Manual, Weekly
from recurly_sessions.planning.desired import Desired
from recurly_sessions.planning.roster import Roster, dealt_alike, weeks_begin
from recurly_sessions.planning.turns import turns_of
from recurly_sessions.time.zones import Zone
from recurly_sessions.values.assignment import Assignment, AssignmentStatus
from recurly_sessions.values.issue import Audience, Issue
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import to_tutors
from recurly_sessions.values.series import Series, first_day
from recurly_sessions.values.slot import Slot

_DAYS: Final = (100, 3 * 365)  # how long a tutor may wait for a first turn before somebody is told; most wait less
_MOST_DAYS: Final = 99 * 365  # rules are followed for a hundred years


def check_series(
    series: Series, *, config: ResolvedConfig | None = None, tutors: Iterable[Tutor] | None = None
) -> list[Issue]:
    """List what is wrong with the rules and the roster of a series, rules first, then by assignment.

    A pattern that couldn't be read, a tutor without a profile (if `tutors` are given), a tutor who never gets a turn.

    >>> from recurly_sessions import Slot
    >>> from recurly_sessions.patterns import from_stored
    >>> odd = Assignment("a1", tutor_id="amina", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    >>> slot = Slot("mon", days="MO", start="18:00", end="19:30")
    >>> maths = Series("maths", timezone="Europe/Paris", starts_on="2026-09-07", slots=[slot], assignments=[odd])
    >>> [issue.code for issue in check_series(maths)]
    ['bad-pattern']
    """
    config = rules_of(series, config)
    known = None if tutors is None else {tutor.id for tutor in to_tutors(tutors)}
    return [*config.issues, *_of_roster(series, config, known, with_turn=set())]


def check_planned(desired: Desired, tutors: Mapping[str, Tutor] | None) -> list[Issue]:
    """The issues of `check_series` for a series of which some turns are dealt already, and of its members."""
    with_turn = {decision.assignment_id for decision in desired.decisions}
    issues = [*desired.config.issues, *_of_roster(desired.series, desired.config, tutors, with_turn)]
    if desired.series.members is not None and desired.prices.members == 0:
        message = (
            "nobody takes part, so its sessions cost nothing; enrol members, or leave members out to not track them"
        )
        issues.append(Issue("no-members", series_id=desired.series.id, message=message))
    return issues


def _of_roster(
    series: Series, config: ResolvedConfig, known: Container[str] | None, with_turn: set[str | None]
) -> Iterator[Issue]:
    live = [each for each in series.assignments if each.active and each.status is AssignmentStatus.ACCEPTED]
    waiting = _without_turn(series, config, [each for each in live if each.id not in with_turn])
    for assignment in live:
        if isinstance(assignment.pattern, Manual) and assignment.pattern.problem is not None:
            yield _bad_pattern(series, assignment, assignment.pattern.problem)
        if known is not None and assignment.tutor_id not in known:
            yield _no_profile(series, assignment)
        if assignment.id in waiting:
            yield _never_a_turn(series, assignment, waiting[assignment.id])


def _without_turn(series: Series, config: ResolvedConfig, live: Iterable[Assignment]) -> dict[str, date]:
    """The assignments that have no turn in any slot, each with the day up to which that was looked at."""
    zone = zone_of(series, config)
    waiting = {each.id: each for each in live if not isinstance(each.pattern, Manual)}
    last_looked: dict[str, date] = {}
    for days in _DAYS:
        for slot in _unlike_slots(series) if waiting else ():
            here = [each for each in waiting.values() if each.slot_id in {None, slot.id}]
            if here:
                until = _until(series, slot, here, zone, days)
                for each in here:
                    last_looked[each.id] = max(last_looked.get(each.id, until), until)
                for having in _having_turns(series, slot, config, zone, until):
                    waiting.pop(having, None)
    return {each: last_looked[each] for each in waiting if each in last_looked}


def _unlike_slots(series: Series) -> list[Slot]:
    """The active slots, one of those that are dealt alike."""
    alike = dealt_alike(series)
    return list({alike(slot): slot for slot in series.slots if slot.active}.values())


def _having_turns(series: Series, slot: Slot, config: ResolvedConfig, zone: Zone, until: date) -> Iterator[str]:
    """The ids of the assignments that have a turn in a slot, up to a day."""
    turns = turns_of(series, slot, config, zone, until)
    first = first_day(series, slot).toordinal()
    dates = [date.fromordinal(day) for day in turns.calendar.between(first, until.toordinal())]
    numbers = {day: turns.number(day, index) for index, day in enumerate(dates) if not turns.passes(day)}
    for claims in Roster(series, slot, zone).claims(slot.id, turns, list(numbers.values()), list(numbers)):
        if claims.first is not None and claims.first.decision.assignment_id is not None:
            yield claims.first.decision.assignment_id


def _until(series: Series, slot: Slot, waiting: list[Assignment], zone: Zone, days: int) -> date:
    """The day up to which to look for a turn of each assignment: so many days after the last has begun."""
    begin = first_day(series, slot)
    far = begin.toordinal() + days
    for each in waiting:
        weeks = each.pattern.weeks or (each.pattern.start_week,) if isinstance(each.pattern, Weekly) else (0,)
        starts = (each.starts_on or begin).toordinal()
        far = max(far, starts + days, weeks_begin(each, series, zone).toordinal() + 7 * max(weeks))
    ends = [day.toordinal() for day in (series.ends_on, slot.ends_on) if day is not None]
    return date.fromordinal(min(far, begin.toordinal() + _MOST_DAYS, date.max.toordinal(), *ends))


def _bad_pattern(series: Series, assignment: Assignment, problem: str) -> Issue:
    message = (
        f"the pattern of {assignment.tutor_id} ({assignment.id}) can't be read, so it proposes nobody: {problem}; "
        "state the pattern again"
    )
    return Issue("bad-pattern", series_id=series.id, message=message, details=_details(assignment))


def _no_profile(series: Series, assignment: Assignment) -> Issue:
    message = (
        f"{assignment.tutor_id} ({assignment.id}) has no tutor profile, so they can't be proposed; "
        "add the tutor or end the assignment"
    )
    details = _details(assignment)
    return Issue("no-tutor-profile", series_id=series.id, message=message, audience=Audience.ADMIN, details=details)


def _never_a_turn(series: Series, assignment: Assignment, until: date) -> Issue:
    message = (
        f"{assignment.tutor_id} ({assignment.id}) gets no turn up to {until}: no date or subject fits, "
        "or assignments before it have them all; change the pattern or the roster"
    )
    return Issue("never-a-turn", series_id=series.id, message=message, details=_details(assignment))


def _details(assignment: Assignment) -> dict[str, object]:
    return {"assignment_id": assignment.id, "tutor_id": assignment.tutor_id}
