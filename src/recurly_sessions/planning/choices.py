"""The calendar as a plan leaves it, to what can be done about a conflict: who else is free, or which room."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from recurly_sessions.availability import is_free
from recurly_sessions.planning.clashes import by_person
from recurly_sessions.planning.conflicts import OFF
from recurly_sessions.values.conflict import Conflict
from recurly_sessions.values.people import Tutor
from recurly_sessions.values.school import Booking, School
from recurly_sessions.values.session import Session

_MOST: Final = 3  # names that are offered


class Choices:
    """What can be done about conflicts, given all sessions as they will be."""

    def __init__(self, sessions: Iterable[Session], bookings: Iterable[Booking], school: School) -> None:
        held = sorted((each for each in sessions if each.status not in OFF), key=lambda each: each.starts_at)
        self._sessions = {session.id: session for session in held}
        self._series = {series.id: series for series in school.series}
        self._tutors = school.tutors or ()
        everything: list[Session | Booking] = [*held, *bookings]
        self._of_tutor = _Busy(everything, [each.tutor_id for each in everything])
        self._of_room = _Busy(everything, [self._room(each) for each in everything])
        own = {series.room_id for series in school.series}
        slots = {slot.room_id for series in school.series for slot in series.slots}
        self._rooms = sorted(room for room in own | slots if room is not None)

    def of(self, conflict: Conflict) -> tuple[str, ...]:
        """What can be done about one, the best first."""
        session = self._sessions.get(conflict.session_id)
        if conflict.reaction == "skip" or session is None:
            return ("made once the time is free", "free the time")
        return (*self._instead(conflict, session), "move it", "call it off", "leave it")

    def _instead(self, conflict: Conflict, session: Session) -> Iterator[str]:
        if conflict.kind in {"tutor", "unavailable"}:
            free = (
                tutor.name for tutor in self._tutors if tutor.id != conflict.who and self._can_teach(tutor, session)
            )
            yield from (f"assign {name}" for name in _some(free))
        if conflict.kind == "room":
            rooms = (room for room in self._rooms if self._of_room.is_free(room, session))
            yield from (f"room {room}" for room in _some(rooms))

    def _can_teach(self, tutor: Tutor, session: Session) -> bool:
        series = self._series.get(session.series_id)
        slots = {slot.id: slot.subject for slot in series.slots} if series is not None else {}
        subject = slots.get(session.slot_id or "") or (series.subject if series is not None else None)
        known = {each.casefold() for each in tutor.subjects}
        if known and subject is not None and subject.casefold() not in known:
            return False
        timezone = tutor.timezone or session.timezone
        here = is_free(tutor.availability, session.starts_at, session.ends_at, timezone)
        return bool(here) and self._of_tutor.is_free(tutor.id, session)

    def _room(self, each: Session | Booking) -> str | None:
        if isinstance(each, Booking) or each.room_id is not None:
            return each.room_id
        series = self._series.get(each.series_id)
        return series.room_id if series is not None else None


class _Busy:
    """When some people, or rooms, are busy."""

    def __init__(self, everything: Sequence[Session | Booking], whose: Sequence[str | None]) -> None:
        self._of: Mapping[str, list[tuple[datetime, datetime, str]]] = {
            who: sorted((everything[at].starts_at, everything[at].ends_at, everything[at].id) for at in places)
            for who, places in by_person(whose).items()
        }
        lengths = (each.ends_at - each.starts_at for each in everything)
        self._longest = max(lengths, default=timedelta(0))

    def is_free(self, who: str, session: Session) -> bool:
        """Whether somebody is free for a session, or busy with that alone."""
        mine = self._of.get(who, [])
        at = bisect_left(mine, (session.starts_at - self._longest,))
        for start, end, session_id in mine[at:]:
            if start >= session.ends_at:
                return True
            if end > session.starts_at and session_id != session.id:
                return False
        return True


def _some(names: Iterable[str]) -> Iterator[str]:
    for _, name in zip(range(_MOST), names, strict=False):
        yield name
