"""What was typed for a session, to what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable

from recurly_sessions.cli.errors import CommandError, near
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.values.occurrence import Identity
from recurly_sessions.values.school import School

_FORM = "a session is named SERIES/SLOT/DAY"


def series_of(session_id: str) -> str:
    """The series of which a session's id says that it is."""
    return session_id.partition("/")[0]


def no_session(session_id: str, school: School, stored: Iterable[str] = ()) -> CommandError:
    """The refusal of a session that nobody has, with the one that may be meant."""
    return CommandError(f"no session {session_id!r}", _hint(session_id, school, stored))


def names_no_slot(session_id: str, school: School) -> bool:
    """Whether an id names a slot that its series doesn't have."""
    try:
        identity = Identity.parse(session_id)
    except InvalidValueError:
        return False
    return any(
        each.id == identity.series_id and identity.slot_id not in {slot.id for slot in each.slots}
        for each in school.series
    )


def _hint(session_id: str, school: School, stored: Iterable[str]) -> str:
    series_id, *rest = session_id.split("/")
    series = next((each for each in school.series if each.id == series_id), None)
    if series is None:
        meant = near(series_id, (each.id for each in school.series))
        return meant or f"{_FORM}, and there's no series {series_id!r}; `recurly-sessions export` has all of them"
    slots = [slot.id for slot in series.slots]
    like = f"{_FORM}, like {series_id}/{slots[0] if slots else 'SLOT'}/{series.starts_on}"
    if rest and rest[0] not in slots:
        return near(rest[0], slots) or f"{_FORM}, and the slots of {series_id} are: {', '.join(slots)}"
    if len(rest) < 2:
        return like
    return near(session_id, stored) or f"`recurly-sessions show {series_id}` lists those that are there"
