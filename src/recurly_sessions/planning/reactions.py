"""The settled calendars of some series, and other bookings, to their conflicts and what is done about each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import accumulate
from typing import Final, NamedTuple

import attrs

from recurly_sessions.config import ResolvedConfig
from recurly_sessions.planning.conflicts import (
    Diary,
    Party,
    Reaction,
    active_members,
    booked,
    closed,
    found_in,
    in_order,
    may_react,
    names_in,
    rank_of,
    unavailable,
)
from recurly_sessions.planning.diff import loses_confirmation
from recurly_sessions.planning.settle import Settled
from recurly_sessions.time.zones import local_day
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.school import Booking, School
from recurly_sessions.values.session import Session, SessionStatus


class Found(NamedTuple):
    """The conflicts of a plan, and for each series, by place, what is done."""

    conflicts: tuple[Conflict, ...]
    reactions: list[dict[int, Reaction]]


_REACTIONS: Final = ("on_tutor_busy", "on_student_busy", "on_room_busy", "on_unavailable")


def reacts(config: ResolvedConfig) -> bool:
    """Whether what others do may change more than findings."""
    return any(getattr(config, rule) not in {"ignore", "flag"} for rule in _REACTIONS)


def react(
    settled: Sequence[Settled],
    context: Sequence[Session],
    bookings: Sequence[Booking],
    *,
    beside: Sequence[Settled] = (),
    school: School,
    now: datetime,
) -> Found:
    """Find what clashes among planned series, sessions of others (`context`) and bookings, and say what is done.

    `beside` are series that have a say in that as they should be, and of which nothing is told.
    """
    calendars = _Calendars([*settled, *beside], context, bookings, school, now, told=len(settled))
    diary = calendars.diary()
    tutors = {tutor.id: tutor for tutor in school.tutors or ()}
    found = [*found_in(diary, names_in(school)), *unavailable(diary, calendars.places(), tutors)]
    for number, each in enumerate(settled):
        found += closed(diary, calendars.days(number), each.desired.series, each.desired.config)
    reactions: list[dict[int, Reaction]] = [{} for _ in settled]
    told = [(place, conflict) for place, conflict in found if calendars.tells_of(place)]
    for place, conflict in sorted(told, key=lambda each: (each[1].kind, each[1].who or "", each[1].other or "")):
        if conflict.reaction != "flag":
            number, at = calendars.row(place)
            known = reactions[number].get(at)
            if known is None or (known.kind == "unassign" and conflict.reaction == "skip"):
                other = conflict.other or conflict.who or conflict.kind
                reactions[number][at] = Reaction(conflict.reaction, other, conflict.why)
    return Found(in_order(conflict for _, conflict in told), reactions)


class _Calendars:
    """The rows of all calendars one after the other, then what else takes time."""

    def __init__(
        self,
        settled: Sequence[Settled],
        context: Sequence[Session],
        bookings: Sequence[Booking],
        school: School,
        now: datetime,
        *,
        told: int,
    ) -> None:
        self._told = told
        self._settled = settled
        self._context = context
        self._bookings = bookings
        self._school = school
        self._now = now
        self._offsets = list(accumulate((each.count for each in settled), initial=0))

    def row(self, place: int) -> tuple[int, int]:
        """The number of the series and the place in its calendar, for a place in the diary."""
        number = bisect_right(self._offsets, place) - 1
        return number, place - self._offsets[number]

    def diary(self) -> Diary:
        """Everything that takes time, and who takes part."""
        diary = Diary(starts=[], ends=[], tutor_ids=[], room_ids=[], groups=[], party=self._party)
        for offset, each in zip(self._offsets, self._settled, strict=False):
            diary.starts += each.starts
            diary.ends += each.ends
            there = _less(each.tutor_ids, each.absent)
            diary.tutor_ids += there
            diary.room_ids += _rooms(each)
            members = active_members(each.desired.series)
            if members:
                diary.groups.append((members, [offset + at for at in range(each.count) if at not in each.absent]))
        self._enter_context(diary)
        diary.enter(self._bookings)
        return diary

    def _enter_context(self, diary: Diary) -> None:
        series = {each.id: each for each in self._school.series}
        for session in self._context:
            own = series.get(session.series_id)
            if own is not None and (members := active_members(own)):
                diary.groups.append((members, (len(diary.starts),)))
            diary.starts.append(session.starts_at)
            diary.ends.append(session.ends_at)
            diary.tutor_ids.append(session.tutor_id)
            diary.room_ids.append(session.room_id or (None if own is None else own.room_id))

    def _party(self, place: int) -> Party:
        rows = self._offsets[-1]
        if place >= rows + len(self._context):
            return booked(self._bookings[place - rows - len(self._context)])
        if place >= rows:
            session = self._context[place - rows]
            rank = rank_of(session, session.original_starts_at or session.starts_at, self._now)
            return Party(session.id, rank, None, session.timezone, reacts=False)
        number, at = self.row(place)
        return self._planned(self._settled[number], at)

    def _planned(self, settled: Settled, at: int) -> Party:
        desired, session = settled.desired, settled.found[at]
        is_row = at < len(desired.ids)
        confirms = is_row and desired.config.confirm_assigned and desired.tutor_ids[at] is not None
        if session is None:
            rank = (3 if confirms else 4, desired.columns.starts[at], desired.ids[at])
            return Party(desired.ids[at], rank, desired.config, desired.zone.name, reacts=True)
        promised = desired.columns.starts[at] if is_row else session.original_starts_at or session.starts_at
        follows = settled.state(at) in {"follows", "revives"}
        if follows and settled.tutor_ids[at] is None and loses_confirmation(session, desired.config):
            session = attrs.evolve(session, status=SessionStatus.PENDING)
        rank = rank_of(session, promised, self._now, confirms=confirms and follows)
        reacts = follows and may_react(session)
        timezone = desired.zone.name if follows else session.timezone
        return Party(session.id, rank, desired.config, timezone, reacts)

    def tells_of(self, place: int) -> bool:
        """Whether a finding about what gives way is told: if it's to come, and there or to be made now."""
        if place >= self._offsets[-1]:
            return False
        number, at = self.row(place)
        settled = self._settled[number]
        if number >= self._told:
            return False
        if settled.found[at] is None:
            return at not in settled.desired.outside
        return settled.starts[at] > self._now

    def places(self) -> Iterator[int]:
        """The places of what findings are told of."""
        for number, each in enumerate(self._settled[: self._told]):
            offset = self._offsets[number]
            for at in range(each.count):
                if at not in each.absent and self.tells_of(offset + at):
                    yield offset + at

    def days(self, number: int) -> Iterator[tuple[int, date]]:
        """The places of one series, each with the day on which it is on the calendar."""
        settled, offset = self._settled[number], self._offsets[number]
        columns, zone = settled.desired.columns, settled.desired.zone
        for at, start in enumerate(settled.starts):
            if at not in settled.absent:
                usual = at < len(columns.dates) and start is columns.starts[at]
                yield offset + at, columns.dates[at] if usual else local_day(start, zone)


def _less(values: list[str | None], absent: Iterable[int]) -> list[str | None]:
    """The values, None where nobody is there."""
    there = values.copy()
    for at in absent:
        there[at] = None
    return there


def _rooms(settled: Settled) -> list[str | None]:
    """The room of each row, as far as one knows."""
    desired = settled.desired
    rooms = _by_slot(desired.rooms, desired.columns.slot_ids, desired.series.room_id)
    if any(settled.states) or len(rooms) < settled.count:
        for at, session in enumerate(settled.found):
            if session is not None and (
                at >= len(rooms) or settled.state(at) == "stays" or "room_id" in session.pinned
            ):
                room_id = session.room_id or desired.series.room_id
                rooms[at : at + 1] = [room_id]
    return _less(rooms, settled.absent)


def _by_slot(rooms: Mapping[str, str], slot_ids: Sequence[str], default: str | None) -> list[str | None]:
    if not rooms:
        return [default] * len(slot_ids)
    return [rooms.get(slot_id, default) for slot_id in slot_ids]
