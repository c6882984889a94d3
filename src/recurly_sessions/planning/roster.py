"""A slot's assignments and its turns to who has a claim to each, first the one who has it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple, cast

from recurly_sessions.patterns import (
    ClaimingPattern,
    Consecutive,
    Deal,
    Manual,
    RotatingPattern,
    RoundRobin,
    Turn,
    Weekly,
    rotates,
)
from recurly_sessions.patterns.rotation import Dealt, Member, deal
from recurly_sessions.planning.turns import Turns
from recurly_sessions.time.zones import Zone, local_day
from recurly_sessions.values.assignment import Assignment, AssignmentStatus
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.series import Series
from recurly_sessions.values.slot import Slot

_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_FOREVER: Final = 2**62


class Claim(NamedTuple):
    """Somebody's claim to a turn: their place in turn order, the decision if they teach, and their rotation if any."""

    place: int
    decision: Decision
    rotation: tuple[int, ...] = ()


class Claims:
    """The claims to one turn, the first of which has it; the others are looked for only when asked."""

    def __init__(self, roster: Roster, turn: Callable[[], Iterator[Claim]]) -> None:
        self._roster = roster
        self._turn = turn
        self.first = next(turn(), None)

    @property
    def why_nobody(self) -> str:
        """Why nobody has the turn, in words."""
        return self._roster.why_nobody

    def others(self) -> Iterator[Claim]:
        """Whom to ask if the first can't: the rest of its rotation, then each later claim with the rest of its."""
        for claim in self._turn():
            if claim != self.first:
                yield claim
            yield from self._roster.after(claim)


class Roster:
    """The assignments that count for a slot (and for all that are `dealt_alike`), in turn order."""

    def __init__(
        self, series: Series, slot: Slot, turns: Turns, zone: Zone, *, names: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._slot_id = slot.id
        self._turns = turns
        self._order = turn_order(series, slot)
        self._names = names
        self._rotating: dict[int, RotatingPattern] = {}
        self._claiming: dict[int, tuple[ClaimingPattern, int]] = {}  # with the Monday of the first week
        self._rotations: dict[str, list[int]] = {}
        for place, assignment in enumerate(self._order):
            pattern = assignment.pattern
            if rotates(pattern):
                self._rotating[place] = pattern
                self._rotations.setdefault(pattern.kind, []).append(place)
            elif not isinstance(pattern, Manual):
                self._claiming[place] = cast("ClaimingPattern", pattern), _monday(weeks_begin(assignment, series, zone))
        self._known: dict[tuple[str, Dealt], Claim] = {}

    @property
    def why_nobody(self) -> str:
        """Why nobody has a turn, in words."""
        if not self._order:
            return "nobody's turn: no accepted assignment counts for this slot"
        if all(isinstance(assignment.pattern, Manual) for assignment in self._order):
            return "nobody's turn: a tutor is assigned by hand"
        return "nobody's turn: no assignment claims this date"

    def claims(self, numbers: Sequence[int], days: Sequence[date]) -> Iterator[Claims]:
        """The claims to some turns, by their ascending numbers and their days."""
        dealt = {kind: self._deal(kind, numbers) for kind in self._rotations}
        for at, (number, day) in enumerate(zip(numbers, days, strict=True)):
            rotating = [(kind, found[at]) for kind, found in dealt.items()]
            yield Claims(self, partial(self._of_turn, rotating, number, day))

    def after(self, claim: Claim) -> Iterator[Claim]:
        """The others of a claim's rotation, in the order in which their turns would come."""
        if claim.rotation:
            kind = self._rotating[claim.place].kind
            at = claim.rotation.index(claim.place)
            for place in (*claim.rotation[at + 1 :], *claim.rotation[:at]):
                yield self._dealt(kind, Dealt(place, 1, claim.rotation))

    def _of_turn(self, rotating: list[tuple[str, Dealt | None]], number: int, day: date) -> Iterator[Claim]:
        """The claims to one turn, in turn order."""
        dealt = {found.place: (kind, found) for kind, found in rotating if found is not None}
        for place in sorted([*dealt, *self._claiming]):
            claim = self._dealt(*dealt[place]) if place in dealt else self._claimed(place, number, day)
            if claim is not None:
                yield claim

    def _claimed(self, place: int, number: int, day: date) -> Claim | None:
        """What an assignment's own pattern says to a turn."""
        assignment = self._order[place]
        if (assignment.starts_on and day < assignment.starts_on) or (assignment.ends_on and day > assignment.ends_on):
            return None
        pattern, first_monday = self._claiming[place]
        why = pattern.claims(Turn(self._slot_id, day, number, (day.toordinal() - first_monday) // 7 + 1))
        if why is None:
            return None
        told = f"{self._name(assignment)}'s turn: {why}"
        return Claim(place, Decision(assignment.tutor_id, assignment.id, pattern.kind, told))

    def _deal(self, kind: str, numbers: Sequence[int]) -> list[Dealt | None]:
        """Deal the turns of one rotation; places are those in turn order."""
        places = self._rotations[kind]
        dealt = deal([self._member(place) for place in places], numbers)
        if len(places) == len(self._order):
            return dealt
        return [
            found and Dealt(places[found.place], found.nth, tuple(places[each] for each in found.present))
            for found in dealt
        ]

    def _member(self, place: int) -> Member:
        """The turns for which an assignment is eligible, as far as turns are numbered."""
        assignment, last = self._order[place], self._turns.last
        starts_on, ends_on = assignment.starts_on, assignment.ends_on
        first = 0 if starts_on is None else _FOREVER if starts_on > last else self._turns.before(starts_on)
        end = _FOREVER if ends_on is None or ends_on >= last else self._turns.before(ends_on + timedelta(days=1))
        return Member(self._rotating[place].block, first, end)

    def _dealt(self, kind: str, dealt: Dealt) -> Claim:
        known = self._known.get((kind, dealt))
        if known is None:
            assignment, pattern = self._order[dealt.place], self._rotating[dealt.place]
            roster = tuple(self._name(self._order[place]) for place in dealt.present)
            why = pattern.why(Deal(self._name(assignment), dealt.nth, pattern.block, roster))
            decision = Decision(assignment.tutor_id, assignment.id, kind, why)
            known = self._known[kind, dealt] = Claim(dealt.place, decision, dealt.present)
        return known

    def _name(self, assignment: Assignment) -> str:
        return self._names.get(assignment.tutor_id, assignment.tutor_id)


def dealt_alike(series: Series, slot: Slot) -> Hashable:
    """What slots of a series have in common whose turns are the same on the same dates: one roster does.

    A host's pattern may look at the slot, so its slots are dealt one by one.
    """
    order = turn_order(series, slot)
    own = all(isinstance(each.pattern, (RoundRobin, Consecutive, Weekly, Manual)) for each in order)
    off = tuple(each.id for each in series.cancellations if each.slot_id == slot.id)
    return slot.table, tuple(each.id for each in order), off, None if own else slot.id


def turn_order(series: Series, slot: Slot) -> tuple[Assignment, ...]:
    """The assignments that count for a slot, in the order in which they're tried: by `created_at`, unset ones first."""
    subject = slot.subject or series.subject
    live = (each for each in series.assignments if _counts(each, slot, subject))
    return tuple(sorted(live, key=lambda each: each.created_at or _BEFORE_ALL))


def _counts(assignment: Assignment, slot: Slot, subject: str | None) -> bool:
    same = assignment.subject is None or subject is None or assignment.subject.casefold() == subject.casefold()
    here = assignment.slot_id is None or assignment.slot_id == slot.id
    return assignment.active and assignment.status is AssignmentStatus.ACCEPTED and here and same


def weeks_begin(assignment: Assignment, series: Series, zone: Zone) -> date:
    """The day in whose week an assignment's weeks begin."""
    if assignment.starts_on is not None:
        return assignment.starts_on
    return series.starts_on if assignment.created_at is None else local_day(assignment.created_at, zone)


def _monday(day: date) -> int:
    return day.toordinal() - day.weekday()
