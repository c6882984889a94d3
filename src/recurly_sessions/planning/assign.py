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

from recurly_sessions.availability import is_available
from recurly_sessions.config import ResolvedConfig, rules_of, zone_of
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import items_of
from recurly_sessions.planning.days_off import called_off, days_off
from recurly_sessions.planning.expand import expand_slots
from recurly_sessions.planning.roster import Claim, Claims, Roster, dealt_alike
from recurly_sessions.planning.turns import turns_of
from recurly_sessions.values.assignment import Assignment
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.occurrence import Occurrence
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import to_tutors
from recurly_sessions.values.series import Series
from recurly_sessions.values.slot import Slot
from recurly_sessions.values.window import Window

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
    teachers = _Teachers(series, config, _profiles(tutors))
    slots = {slot.id: slot for slot in series.slots}
    of_slots = _by_slot(series, slots, items_of(occurrences, Occurrence))
    _refuse_other_days_off(series, config, of_slots)
    groups: dict[Hashable, list[Slot]] = {}
    for slot_id in of_slots:
        groups.setdefault(dealt_alike(series, slots[slot_id]), []).append(slots[slot_id])
    decisions: dict[tuple[str, date], Decision] = {}
    for group in groups.values():
        of_group = [each for slot in group for each in of_slots[slot.id]]
        indexes = {each.occurs_on: each.index for each in of_group}
        days = sorted(indexes)
        turns = turns_of(series, group[0], config, teachers.zone, days[-1])
        roster = Roster(series, group[0], turns, teachers.zone, names=teachers.names)
        claims = dict(zip(days, roster.claims([turns.number(day, indexes[day]) for day in days], days), strict=True))
        for each in of_group:
            day = each.occurs_on
            decisions[each.slot_id, day] = teachers.decide(each, claims[day], passed=turns.passes(day))
    return decisions


def _by_slot(
    series: Series, slots: Mapping[str, Slot], occurrences: Iterable[Occurrence]
) -> dict[str, list[Occurrence]]:
    found: dict[str, list[Occurrence]] = {}
    for each in occurrences:
        if each.series_id != series.id:
            rule = f"must be of the series {series.id!r}"
            raise InvalidValueError("assign_tutors: occurrences", rule, str(each.identity))
        if each.slot_id not in slots:
            raise UnknownNameError(f"slot of {series.id}", each.slot_id, tuple(slots))
        found.setdefault(each.slot_id, []).append(each)
    return found


def _profiles(tutors: Iterable[Tutor] | None) -> dict[str, Tutor] | None:
    try:
        return None if tutors is None else {tutor.id: tutor for tutor in to_tutors(tutors)}
    except InvalidValueError as error:
        raise error.at("tutors") from None


def _refuse_other_days_off(
    series: Series, config: ResolvedConfig, of_slots: Mapping[str, Sequence[Occurrence]]
) -> None:
    """Refuse occurrences that were expanded by other rules than those by which their turns would be dealt."""
    found = [each.occurs_on for of_slot in of_slots.values() for each in of_slot]
    stretches = days_off(series, config, min(found).toordinal(), max(found).toordinal()) if found else []
    for slot_id, of_slot in of_slots.items():
        in_order = sorted(of_slot, key=attrgetter("occurs_on")) if stretches else of_slot
        off = called_off(stretches, slot_id, [each.occurs_on.toordinal() for each in in_order]) if stretches else {}
        for place, each in enumerate(in_order):
            cause = off[place].id if place in off else None
            if each.called_off_by != cause:
                rule = f"must be expanded by the same config and series: {each.identity} is called off by {cause}"
                hint = "give expand_slots and assign_tutors the same config"
                raise InvalidValueError("assign_tutors: occurrences", rule, each.called_off_by, hint)


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

    def __init__(self, series: Series, config: ResolvedConfig, tutors: Mapping[str, Tutor] | None) -> None:
        self.zone = zone_of(series, config)
        self.names = {} if tutors is None else {tutor.id: tutor.name for tutor in tutors.values()}
        self._tutors = tutors
        self._absence_turn = config.absence_turn
        off: tuple[Closure | Cancellation, ...] = (*config.closures, *series.cancellations)
        self._reasons = {each.id: each.reason for each in off if each.reason}

    def decide(self, occurrence: Occurrence, claims: Claims, *, passed: bool) -> Decision:
        """Decide one turn."""
        first = claims.first
        if occurrence.called_off_by is not None:
            return self._called_off(occurrence.called_off_by, first, passed=passed)
        if first is None:
            return Decision(None, why=claims.why_nobody)
        if self._tutors is None:
            return first.decision
        why_not = self._why_not(first, occurrence)
        if why_not is None:
            return first.decision
        if self._absence_turn == "next":
            return self._substitute(first.decision, claims, occurrence, why_not)
        return attrs.evolve(first.decision, tutor_id=None, why=f"{first.decision.why}, but {why_not}; left open")

    def _called_off(self, cause: str, claim: Claim | None, *, passed: bool) -> Decision:
        off = f"called off by {cause}" + (f" ({self._reasons[cause]})" if cause in self._reasons else "")
        if passed:
            return Decision(None, why=f"{off}: the turn passes to the next date")
        if claim is None:
            return Decision(None, why=f"{off}, and nobody's turn")
        return attrs.evolve(claim.decision, why=f"{claim.decision.why}; the turn is spent: {off}")

    def _substitute(self, owner: Decision, claims: Claims, occurrence: Occurrence, why_not: str) -> Decision:
        """Ask whoever comes next, until somebody can."""
        for other in claims.others():
            if self._why_not(other, occurrence) is None:
                name = self._name(other.decision.tutor_id)
                return attrs.evolve(other.decision, why=f"{owner.why}, but {why_not}; {name} is next")
        return attrs.evolve(owner, tutor_id=None, why=f"{owner.why}, but {why_not}; and nobody else can")

    def _why_not(self, claim: Claim, occurrence: Occurrence) -> str | None:
        """Why the tutor of a claim can't teach, if so."""
        assert self._tutors is not None, "profiles are looked at only where they're tracked"
        tutor_id = claim.decision.tutor_id or ""
        tutor = self._tutors.get(tutor_id)
        if tutor is None:
            return f"{tutor_id} has no tutor profile"
        if self._absence_turn == "keep" or tutor.availability is None:
            return None
        timezone = tutor.timezone or self.zone.name
        answer = is_available(tutor.availability, occurrence.starts_at, occurrence.ends_at, timezone)
        if answer:
            return None
        return f"{tutor.name} is {answer.why}" + ("" if timezone == self.zone.name else f" ({timezone} time)")

    def _name(self, tutor_id: str | None) -> str:
        return self.names.get(tutor_id or "", tutor_id or "")
