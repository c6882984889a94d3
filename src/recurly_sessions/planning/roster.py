"""A slot's assignments and its turns to who has a claim to each, first the one who has it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
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
from recurly_sessions.patterns.rotation import Dealt, Member, deal, deal_always
from recurly_sessions.planning.turns import Turns
from recurly_sessions.time.zones import Zone, local_day
from recurly_sessions.values.assignment import Assignment, AssignmentStatus
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.people import Tutor
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

    __slots__ = ("_dealt", "_roster", "_turn", "first")

    def __init__(self, roster: Roster, turn: Turn, dealt: Sequence[tuple[str, Dealt | None]]) -> None:
        self._roster = roster
        self._turn = turn
        self._dealt = dealt
        self.first = roster.first(turn, dealt)

    @property
    def why_nobody(self) -> str:
        """Why nobody has the turn, in words."""
        return self._roster.why_nobody

    def others(self) -> Iterator[Claim]:
        """Whom to ask if the first can't: the rest of its rotation, then each later claim with the rest of its."""
        for claim in self._roster.of_turn(self._turn, self._dealt):
            if claim != self.first:
                yield claim
            yield from self._roster.after(claim)


class Roster:
    """The assignments that count for a slot (and for all that are `dealt_alike`), in turn order."""

    def __init__(self, series: Series, slot: Slot, zone: Zone, *, tutors: Mapping[str, Tutor] | None = None) -> None:
        self._order = turn_order(series, slot)
        self._tutors = tutors
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
        always = all(each.starts_on is None and each.ends_on is None for each in self._order)
        self.is_constant = always and len(self._rotations) == 1 and not self._claiming
        self._known: dict[tuple[str, Dealt], Claim] = {}

    @property
    def why_nobody(self) -> str:
        """Why nobody has a turn, in words."""
        if not self._order:
            return "nobody's turn: no accepted assignment counts for this slot"
        if all(isinstance(assignment.pattern, Manual) for assignment in self._order):
            return "nobody's turn: a tutor is assigned by hand"
        return "nobody's turn: no assignment claims this date"

    def claims(self, slot_id: str, turns: Turns, numbers: Sequence[int], days: Sequence[date]) -> Iterator[Claims]:
        """The claims to some turns of a slot, by their ascending numbers and their days."""
        dealt = [(kind, self._deal(kind, turns, numbers)) for kind in self._rotations]
        for at, (number, day) in enumerate(zip(numbers, days, strict=True)):
            yield Claims(self, Turn(slot_id, day, number, 0), [(kind, found[at]) for kind, found in dealt])

    def first(self, turn: Turn, dealt: Sequence[tuple[str, Dealt | None]]) -> Claim | None:
        """The claim that has a turn."""
        if len(dealt) == 1 and not self._claiming:
            # One rotation alone is what most slots have, and there's nothing to look through (2 µs a turn).
            kind, found = dealt[0]
            return None if found is None else self._dealt(kind, found)
        return next(self.of_turn(turn, dealt), None)

    @property
    def tutor_ids(self) -> list[str]:
        """Those who may have a turn."""
        return [assignment.tutor_id for assignment in self._order]

    def by_number(self, numbers: Sequence[int]) -> list[Decision]:
        """Whose turns some numbers are, in a roster that never changes."""
        ((kind, places),) = self._rotations.items()
        blocks = [self._rotating[place].block for place in places]
        round_ = sum(blocks)
        known: dict[int, Decision] = {}
        for number in set(numbers):
            turn = number % round_
            if turn not in known:
                dealt = deal_always(blocks, turn)
                known[turn] = self._dealt(kind, Dealt(places[dealt.place], dealt.nth, tuple(places))).decision
            known[number] = known[turn]
        return list(map(known.__getitem__, numbers))

    def after(self, claim: Claim) -> Iterator[Claim]:
        """The others of a claim's rotation, in the order in which their turns would come."""
        if claim.rotation:
            kind = self._rotating[claim.place].kind
            at = claim.rotation.index(claim.place)
            for place in (*claim.rotation[at + 1 :], *claim.rotation[:at]):
                yield self._dealt(kind, Dealt(place, 1, claim.rotation))

    def of_turn(self, turn: Turn, rotating: Sequence[tuple[str, Dealt | None]]) -> Iterator[Claim]:
        """The claims to one turn, in turn order."""
        dealt = {found.place: (kind, found) for kind, found in rotating if found is not None}
        for place in sorted([*dealt, *self._claiming]):
            claim = self._dealt(*dealt[place]) if place in dealt else self._claimed(place, turn)
            if claim is not None:
                yield claim

    def _claimed(self, place: int, turn: Turn) -> Claim | None:
        """What an assignment's own pattern says to a turn."""
        assignment, day = self._order[place], turn.occurs_on
        if (assignment.starts_on and day < assignment.starts_on) or (assignment.ends_on and day > assignment.ends_on):
            return None
        pattern, first_monday = self._claiming[place]
        why = pattern.claims(turn._replace(week=(day.toordinal() - first_monday) // 7 + 1))
        if why is None:
            return None
        told = f"{self._name(assignment)}'s turn: {why}"
        return Claim(place, Decision(assignment.tutor_id, assignment.id, pattern.kind, told))

    def _deal(self, kind: str, turns: Turns, numbers: Sequence[int]) -> list[Dealt | None]:
        """Deal the turns of one rotation; places are those in turn order."""
        places = self._rotations[kind]
        dealt = deal([self._member(place, turns) for place in places], numbers)
        if len(places) == len(self._order):
            return dealt
        return [
            found and Dealt(places[found.place], found.nth, tuple(places[each] for each in found.present))
            for found in dealt
        ]

    def _member(self, place: int, turns: Turns) -> Member:
        """The turns for which an assignment is eligible, as far as turns are numbered."""
        assignment, last = self._order[place], turns.last
        if assignment.starts_on is None and assignment.ends_on is None:
            return Member(self._rotating[place].block, 0, _FOREVER)
        starts_on, ends_on = assignment.starts_on, assignment.ends_on
        first = 0 if starts_on is None else _FOREVER if starts_on > last else turns.before(starts_on)
        end = _FOREVER if ends_on is None or ends_on >= last else turns.before(ends_on + timedelta(days=1))
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
        return name_of(self._tutors, assignment.tutor_id)


def name_of(tutors: Mapping[str, Tutor] | None, tutor_id: str) -> str:
    """The name of a tutor, or the id of one who has no profile."""
    return tutors[tutor_id].name if tutors is not None and tutor_id in tutors else tutor_id


def same_roster(series: Series) -> Callable[[Slot], Hashable]:
    """Tell what slots of a series have in common for which the same assignments count.

    A host's pattern may look at the slot, so its slots are dealt one by one.
    """
    own = (RoundRobin, Consecutive, Weekly, Manual)
    alone = any(not isinstance(each.pattern, own) for each in series.assignments)
    named = {each.slot_id for each in series.assignments} - {None}
    if not alone and not named:
        return attrgetter("subject")
    return lambda slot: (slot.subject, slot.id if alone or slot.id in named else None)


def dealt_alike(series: Series) -> Callable[[Slot], Hashable]:
    """Tell what slots have in common whose turns are the same on the same dates: one dealing does for all of them."""
    roster = same_roster(series)
    named = {each.slot_id for each in series.cancellations}
    return lambda slot: (slot.table, roster(slot), slot.id if slot.id in named else None)


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
