"""Occurrences to whose turn each is, and why.

How it works. The turns of a slot are numbered from its first date (`planning.turns`), so that whose turn it is depends
on the calendar and the roster alone. Every rotation of the slot deals the wanted turns at once (`planning.roster`), and
each turn goes to the first assignment, in turn order, that has a claim to it. Who teaches is decided after that: a
tutor may have no profile, or be away.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Final

import attrs

from recurly_sessions.availability import is_free
from recurly_sessions.config import ResolvedConfig, rules_of, zone_of
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import items_of
from recurly_sessions.planning.days_off import called_off, days_off
from recurly_sessions.planning.expand import Columns, expand_slots
from recurly_sessions.planning.roster import Claim, Claims, Roster, dealt_alike, name_of, same_roster
from recurly_sessions.planning.turns import turns_of
from recurly_sessions.values.assignment import Assignment
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.occurrence import Occurrence
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import to_tutors
from recurly_sessions.values.series import Series
from recurly_sessions.values.window import Window

_UNDECIDED: Final = Decision(None)
_LOOK_AHEAD: Final = (4, 52, 520)  # weeks: most slots have a date soon


def assign_tutors(
    series: Series,
    occurrences: Iterable[Occurrence],
    *,
    config: ResolvedConfig | None = None,
    tutors: Iterable[Tutor] | None = None,
) -> dict[tuple[str, date], Decision]:
    """Say for each occurrence, by slot and date, who teaches it and why; for a called-off one, whose turn was spent.

    `tutors=None` means that profiles aren't tracked: nobody is missing or away.

    >>> from recurly_sessions import Slot, round_robin
    >>> slot = Slot("mon", days="MO", start="18:00", end="19:30")
    >>> maths = Series(
    ...     "maths",
    ...     timezone="Europe/Paris",
    ...     starts_on="2026-09-07",
    ...     slots=[slot],
    ...     assignments=round_robin("amina", "luc"),
    ... )
    >>> occurrences = expand_slots(maths, Window.dates("2026-09-07", "2026-09-14", "Europe/Paris"))
    >>> [decision.why for decision in assign_tutors(maths, occurrences).values()]
    ["amina's turn in the rotation amina, luc", "luc's turn in the rotation amina, luc"]
    """
    config = rules_of(series, config)
    given = items_of(occurrences, Occurrence)
    columns = _columns(series, sorted(given, key=attrgetter("slot_id", "occurs_on")))
    _refuse_other_days_off(series, config, columns)
    decided = assign_columns(series, columns, config=config, tutors=_profiles(tutors))
    decisions = dict(zip(zip(columns.slot_ids, columns.dates, strict=True), decided, strict=True))
    return {(each.slot_id, each.occurs_on): decisions[each.slot_id, each.occurs_on] for each in given}


def assign_columns(
    series: Series, columns: Columns, *, config: ResolvedConfig, tutors: Mapping[str, Tutor] | None
) -> list[Decision]:
    """The decisions of `assign_tutors` for occurrences in columns, one for each; a slot's dates ascend."""
    teachers = _Teachers(series, config, tutors, columns)
    slots = {slot.id: slot for slot in series.slots}
    same = same_roster(series)
    rosters: dict[Hashable, Roster] = {}
    there = list(map(slots.__getitem__, columns.run_slots))
    for alike_slots, slot in dict(zip(map(same, there), there, strict=True)).items():
        rosters[alike_slots] = Roster(series, slot, teachers.zone, tutors=tutors)
    if len(rosters) == 1 and not columns.called_off:
        # One roster that never changes deals by number alone: no slot or date has to be looked at (1 µs an occurrence).
        (roster,) = rosters.values()
        if roster.is_constant and teachers.are_at_all_hours(roster):
            return roster.by_number(columns.indexes)
    groups: dict[Hashable, list[range]] = {}
    alike = dealt_alike(series)
    for slot_id, run in columns.runs():
        days = tuple(columns.dates[run.start : run.stop])
        groups.setdefault((alike(slots[slot_id]), days), []).append(run)
    decisions: list[Decision] = [_UNDECIDED] * len(columns.dates)
    for (_, days), runs in groups.items():  # type: ignore[misc]
        slot = slots[columns.slot_ids[runs[0].start]]
        turns = turns_of(series, slot, config, teachers.zone, days[-1])
        numbers = [turns.number(day, columns.indexes[at]) for day, at in zip(days, runs[0], strict=True)]
        claims = list(rosters[same(slot)].claims(slot.id, turns, numbers, days))
        usual = [teachers.usual(each) or _UNDECIDED for each in claims]
        apart = bool(columns.called_off) or any(each is _UNDECIDED for each in usual)
        for run in runs:
            decisions[run.start : run.stop] = usual
            for nth in teachers.unusual(run, usual) if apart else ():
                passed = turns.passes(days[nth])
                decisions[run[nth]] = teachers.decide(run[nth], claims[nth], passed=passed)
    return decisions


def _columns(series: Series, occurrences: Iterable[Occurrence]) -> Columns:
    columns = Columns()
    known = {slot.id for slot in series.slots}
    for place, each in enumerate(occurrences):
        if each.series_id != series.id:
            rule = f"must be of the series {series.id!r}"
            raise InvalidValueError("assign_tutors: occurrences", rule, str(each.identity))
        if each.slot_id not in known:
            raise UnknownNameError(f"slot of {series.id}", each.slot_id, tuple(slot.id for slot in series.slots))
        columns.slot_ids.append(each.slot_id)
        columns.dates.append(each.occurs_on)
        columns.indexes.append(each.index)
        columns.starts.append(each.starts_at)
        columns.ends.append(each.ends_at)
        if each.called_off_by is not None:
            columns.called_off[place] = each.called_off_by
    columns.set_runs()
    return columns


def _profiles(tutors: Iterable[Tutor] | None) -> dict[str, Tutor] | None:
    try:
        return None if tutors is None else {tutor.id: tutor for tutor in to_tutors(tutors)}
    except InvalidValueError as error:
        raise error.at("tutors") from None


def _refuse_other_days_off(series: Series, config: ResolvedConfig, columns: Columns) -> None:
    """Refuse occurrences that were expanded by other rules than those by which their turns would be dealt."""
    days = [day.toordinal() for day in columns.dates]
    stretches = days_off(series, config, min(days), max(days)) if days else []
    for slot_id, run in columns.runs():
        off = called_off(stretches, slot_id, days[run.start : run.stop])
        for nth, place in enumerate(run):
            cause, got = off[nth].id if nth in off else None, columns.called_off.get(place)
            if got != cause:
                identity = f"{series.id}/{slot_id}/{columns.dates[place]}"
                rule = f"must be expanded by the same config and series: {identity} is called off by {cause}"
                hint = "give expand_slots and assign_tutors the same config"
                raise InvalidValueError("assign_tutors: occurrences", rule, got, hint)


def who_is_next(
    series: Series,
    slot_id: str | None = None,
    *,
    now: datetime | str,
    config: ResolvedConfig | None = None,
    tutors: Iterable[Tutor] | None = None,
) -> tuple[Occurrence, Decision] | None:
    """The next date of a slot (or of any) that isn't called off, and who teaches it; None if there's none in ten years.

    >>> from recurly_sessions import Slot, round_robin
    >>> slot = Slot("mon", days="MO", start="18:00", end="19:30")
    >>> maths = Series(
    ...     "maths",
    ...     timezone="Europe/Paris",
    ...     starts_on="2026-09-07",
    ...     slots=[slot],
    ...     assignments=round_robin("amina", "luc"),
    ... )
    >>> occurrence, decision = who_is_next(maths, now="2026-09-10T00:00Z")
    >>> str(occurrence.identity), decision.tutor_id
    ('maths/mon/2026-09-14', 'luc')
    """
    if slot_id is not None and slot_id not in {slot.id for slot in series.slots}:
        raise UnknownNameError(f"slot of {series.id}", slot_id, tuple(slot.id for slot in series.slots))
    wanted = series if slot_id is None else _only(series, slot_id)
    for weeks in _LOOK_AHEAD:
        try:
            window = Window.weeks(weeks, start=now)
        except InvalidValueError as error:
            raise error.at("who_is_next: now") from None
        coming = [each for each in expand_slots(wanted, window, config=config) if each.called_off_by is None]
        if coming:
            decision = assign_tutors(series, coming[:1], config=config, tutors=tutors)
            return coming[0], next(iter(decision.values()))
    return None


def _only(series: Series, slot_id: str) -> Series:
    """The series with one slot alone, and what concerns it."""

    def kept(each: Assignment | Cancellation) -> bool:
        return each.slot_id in {None, slot_id}

    return attrs.evolve(
        series,
        slots=[slot for slot in series.slots if slot.id == slot_id],
        assignments=filter(kept, series.assignments),
        cancellations=filter(kept, series.cancellations),
    )


class _Teachers:
    """From who has a turn to who teaches: profiles and hours."""

    def __init__(
        self, series: Series, config: ResolvedConfig, tutors: Mapping[str, Tutor] | None, columns: Columns
    ) -> None:
        self.zone = zone_of(series, config)
        self._absence_turn = config.absence_turn
        self._all_spent = config.closure_turn == config.cancellation_turn == "spend"
        self._tutors = tutors
        self._columns = columns
        off: tuple[Closure | Cancellation, ...] = (*config.closures, *series.cancellations)
        self._reasons = {each.id: each.reason for each in off if each.reason}

    def are_at_all_hours(self, roster: Roster) -> bool:
        """Whether the tutors of a roster have profiles and may teach whatever the hour, and all turns are spent."""
        if self._tutors is None:
            return self._all_spent
        mine = [self._tutors.get(tutor_id) for tutor_id in roster.tutor_ids]
        keeps = self._absence_turn == "keep"
        return self._all_spent and all(each is not None and (keeps or each.availability is None) for each in mine)

    def usual(self, claims: Claims) -> Decision | None:
        """The decision for a turn on whatever slot and hour; None if it depends on the hour."""
        first = claims.first
        if first is None:
            return Decision(None, why=claims.why_nobody)
        if self._tutors is None:
            return first.decision
        tutor = self._tutors.get(first.decision.tutor_id or "")
        if tutor is not None and (self._absence_turn == "keep" or tutor.availability is None):
            return first.decision
        return None

    def unusual(self, run: range, usual: Sequence[Decision]) -> list[int]:
        """Which of a slot's turns have to be decided one by one."""
        off = self._columns.called_off
        return [nth for nth, decision in enumerate(usual) if decision is _UNDECIDED or run[nth] in off]

    def decide(self, place: int, claims: Claims, *, passed: bool) -> Decision:
        """Decide one turn."""
        first = claims.first
        if place in self._columns.called_off:
            return self._called_off(self._columns.called_off[place], first, passed=passed)
        assert first is not None, "a turn that nobody has is the same at any hour"
        why_not = self._why_not(first, place)
        if why_not is None:
            return first.decision
        if self._absence_turn == "next":
            return self._substitute(first.decision, claims, place, why_not)
        return attrs.evolve(first.decision, tutor_id=None, why=f"{first.decision.why}, but {why_not}; left open")

    def _called_off(self, cause: str, claim: Claim | None, *, passed: bool) -> Decision:
        off = f"called off by {cause}" + (f" ({self._reasons[cause]})" if cause in self._reasons else "")
        if passed:
            return Decision(None, why=f"{off}: the turn passes to the next date")
        if claim is None:
            return Decision(None, why=f"{off}, and nobody's turn")
        return attrs.evolve(claim.decision, why=f"{claim.decision.why}; the turn is spent: {off}")

    def _substitute(self, owner: Decision, claims: Claims, place: int, why_not: str) -> Decision:
        """Ask whoever comes next, until somebody can."""
        for other in claims.others():
            if self._why_not(other, place) is None:
                name = self._name(other.decision.tutor_id)
                return attrs.evolve(other.decision, why=f"{owner.why}, but {why_not}; {name} is next")
        return attrs.evolve(owner, tutor_id=None, why=f"{owner.why}, but {why_not}; and nobody else can")

    def _why_not(self, claim: Claim, place: int) -> str | None:
        """Why the tutor of a claim can't teach, if so."""
        assert self._tutors is not None, "profiles are looked at only where they're tracked"
        tutor_id = claim.decision.tutor_id or ""
        tutor = self._tutors.get(tutor_id)
        if tutor is None:
            return f"{tutor_id} has no tutor profile"
        if self._absence_turn == "keep" or tutor.availability is None:
            return None
        timezone = tutor.timezone or self.zone.name
        answer = is_free(tutor.availability, self._columns.starts[place], self._columns.ends[place], timezone)
        if answer:
            return None
        return f"{tutor.name} is {answer.why}" + ("" if timezone == self.zone.name else f" ({timezone} time)")

    def _name(self, tutor_id: str | None) -> str:
        return name_of(self._tutors, tutor_id or "")
