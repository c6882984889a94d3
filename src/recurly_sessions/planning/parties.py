"""Series and their sessions to who and what takes part: the tutors, members and rooms that two may want at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session


class OneOf(NamedTuple):
    """One tutor, member or room."""

    kind: str
    id: str


def parties_of(series: Series, sessions: Iterable[Session] = ()) -> frozenset[OneOf]:
    """Everybody and every room of a series, as it's declared and as some sessions of it are."""
    tutors: set[str | None] = {assignment.tutor_id for assignment in series.assignments}
    rooms = {series.room_id, *(slot.room_id for slot in series.slots)}
    members = {member.id for member in series.members or () if member.active}
    for session in sessions:
        tutors.add(session.tutor_id)
        rooms.add(session.room_id)
    named: tuple[tuple[str, Iterable[str | None]], ...] = (("tutor", tutors), ("room", rooms), ("member", members))
    return frozenset(OneOf(kind, each) for kind, ids in named for each in ids if each is not None)
