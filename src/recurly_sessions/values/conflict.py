"""Conflict: a finding about two sessions, or about a session and hours in which there should be none."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, to_choice, to_instant, to_text
from recurly_sessions.values.session import to_session_id

# Each kind, with the rule that says what is done about it.
RULES: Final = {
    "tutor": "on_tutor_busy",
    "student": "on_student_busy",
    "room": "on_room_busy",
    "unavailable": "on_unavailable",
    "closed": "on_closure",
}
KINDS: Final = tuple(RULES)
REACTED: Final = ("flag", "unassign", "skip")


def to_kind(value: str) -> str:
    """What is wrong: who is booked twice, or that nobody should be there."""
    return to_choice(value, KINDS)


def to_reacted(value: str) -> str:
    """What is done about it."""
    return to_choice(value, REACTED)


@attrs.frozen(repr=False, weakref_slot=False, field_transformer=located)
class Conflict:
    """A finding that clears itself: `session_id` gives way, `other` stays (a session, a booking, hours or a closure).

    `who` is the tutor, member or room; the instants are those of the overlap; `reaction` is what the plan does.
    """

    kind: str = attrs.field(converter=to_kind)
    session_id: str = attrs.field(converter=to_session_id, kw_only=True)
    other: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)
    who: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)
    starts_at: datetime = attrs.field(converter=to_instant, kw_only=True)
    ends_at: datetime = attrs.field(converter=to_instant, kw_only=True)
    reaction: str = attrs.field(default="flag", converter=to_reacted, kw_only=True)
    why: str = attrs.field(default="", converter=to_text, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            rule = f"must be after starts_at ({self.starts_at.isoformat()})"
            raise InvalidValueError("Conflict.ends_at", rule, self.ends_at.isoformat())

    __repr__ = readable
