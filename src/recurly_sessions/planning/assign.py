"""Occurrences to whose turn each is, and why.

How it works. The turns of a slot are numbered from its first date (`planning.turns`), so that whose turn it is depends
on the calendar and the roster alone. Every rotation of the slot deals the wanted turns at once (`planning.roster`), and
each turn goes to the first assignment, in turn order, that has a claim to it. Who teaches is decided after that: a
tutor may have no profile, or be away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Final

import attrs

from recurly_sessions.availability import is_available
from recurly_sessions.config import ResolvedConfig, config_of
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import items_of
from recurly_sessions.planning.expand import expand_slots, zone_of
from recurly_sessions.planning.roster import Claim, Claims, Roster
from recurly_sessions.planning.turns import turns_of
from recurly_sessions.values.assignment import Assignment
from recurly_sessions.values.days_off import Cancellation
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.occurrence import Occurrence
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.series import Series
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
    config = config_of(series) if config is None else config
    by_slot: dict[str, list[Occurrence]] = {}
    for occurrence in items_of(occurrences, Occurrence):
        if occurrence.series_id != series.id:
            rule = f"must be of the series {series.id!r}"
            raise InvalidValueError("assign_tutors: occurrences", rule, str(occurrence.identity))
        by_slot.setdefault(occurrence.slot_id, []).append(occurrence)
    slots = {slot.id: slot for slot in series.slots}
    teachers = _Teachers(
        series, config, None if tutors is None else {tutor.id: tutor for tutor in items_of(tutors, Tutor)}
    )
    decisions: dict[tuple[str, date], Decision] = {}
    for slot_id, of_slot in by_slot.items():
        if slot_id not in slots:
            raise UnknownNameError(f"slot of {series.id}", slot_id, tuple(slots))
        of_slot.sort(key=attrgetter("occurs_on"))
        turns = turns_of(series, slots[slot_id], config, teachers.zone, of_slot[-1].occurs_on)
        roster = Roster(series, slots[slot_id], turns, teachers.zone)
        found = roster.claims([turns.number(each.occurs_on, each.index) for each in of_slot], of_slot)
        for occurrence, claims in zip(of_slot, found, strict=True):
            decisions[slot_id, occurrence.occurs_on] = teachers.decide(
                occurrence, turns.passes(occurrence.occurs_on), claims
            )
    return decisions


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
        window = Window.weeks(weeks, start=now)
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
        self._tutors = tutors
        self._absence_turn = config.absence_turn

    def decide(self, occurrence: Occurrence, passed: bool, claims: Claims) -> Decision:  # noqa: FBT001 - a fact, not a mode
        """Decide one turn."""
        first = claims.first
        if passed:
            return Decision(None, why=f"called off by {occurrence.called_off_by}: the turn passes to the next date")
        if occurrence.called_off_by is not None:
            return _spent(first, occurrence.called_off_by)
        if first is None:
            return Decision(None, why=claims.why_nobody)
        if self._tutors is None:
            return first.decision
        why_not = self._why_not(first, occurrence)
        if why_not is None:
            return first.decision
        if self._absence_turn == "next":
            return self._substitute(claims, occurrence, why_not)
        owner = first.decision
        return attrs.evolve(owner, tutor_id=None, why=f"{owner.why}, but {why_not}; left open")

    def _substitute(self, claims: Claims, occurrence: Occurrence, why_not: str) -> Decision:
        """Ask whoever comes next, until somebody can."""
        first = claims.first
        assert first is not None, "only a turn that somebody has needs a substitute"
        for other in claims.others():
            if self._why_not(other, occurrence) is None:
                told = f"{first.decision.why}, but {why_not}; {other.decision.tutor_id} is next"
                return attrs.evolve(other.decision, why=told)
        return attrs.evolve(
            first.decision, tutor_id=None, why=f"{first.decision.why}, but {why_not}; and nobody else can"
        )

    def _why_not(self, claim: Claim, occurrence: Occurrence) -> str | None:
        """Why the tutor of a claim can't teach, if so."""
        assert self._tutors is not None, "profiles are looked at only where they're tracked"
        tutor_id = claim.decision.tutor_id
        tutor = self._tutors.get(tutor_id or "")
        if tutor is None:
            return f"{tutor_id} has no tutor profile"
        if self._absence_turn == "keep" or tutor.availability is None:
            return None
        timezone = tutor.timezone or self.zone.name
        answer = is_available(tutor.availability, occurrence.starts_at, occurrence.ends_at, timezone)
        return None if answer else f"{tutor_id} is {answer.why}"


def _spent(claim: Claim | None, cause: str) -> Decision:
    if claim is None:
        return Decision(None, why=f"called off by {cause}, and nobody's turn")
    return attrs.evolve(claim.decision, why=f"{claim.decision.why}; the turn is spent: called off by {cause}")
