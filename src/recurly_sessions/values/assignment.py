"""Assignment: a tutor's claim on a slot, or on every slot of a series."""

from __future__ import annotations

import enum
from datetime import date, datetime

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import located, readable, refuse, to_date, to_flag, to_id, to_instant, to_member, to_text
from recurly_sessions.patterns import ClaimingPattern, Manual, Pattern, RotatingPattern, RoundRobin


class AssignmentStatus(enum.StrEnum):
    """What the tutor said to it."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


def to_assignment_status(value: AssignmentStatus | str) -> AssignmentStatus:
    """A status, also by its name."""
    return to_member(value, AssignmentStatus)


def to_pattern(value: Pattern | str) -> Pattern:
    """A pattern; "round_robin" and "manual", which have no more to say, also by name."""
    if isinstance(value, str):
        named: dict[str, Pattern] = {RoundRobin.kind: RoundRobin(), Manual.kind: Manual()}
        pattern = named.get(value.lower())
        if pattern is not None:
            return pattern
    elif not isinstance(value, type) and isinstance(value, (ClaimingPattern, RotatingPattern)):
        return value
    hint = "or one of your own, with a kind and claims(), or with a kind, a block and why()"
    raise refuse("must be a pattern like RoundRobin() or Weekly(every=2)", value, hint)


@attrs.frozen(repr=False, field_transformer=located)
class Assignment:
    """A tutor's claim on a slot (or, with `slot_id=None`, on every slot of the series), by a pattern.

    >>> from recurly_sessions import Consecutive
    >>> Assignment("a1", tutor_id="amina", pattern=Consecutive(5), slot_id="mon")
    Assignment('a1', tutor_id='amina', pattern=Consecutive(5), slot_id='mon')
    """

    id: str = attrs.field(converter=to_id)
    tutor_id: str = attrs.field(converter=to_id, kw_only=True)
    pattern: Pattern = attrs.field(converter=to_pattern, kw_only=True)
    slot_id: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)
    status: AssignmentStatus = attrs.field(
        default=AssignmentStatus.ACCEPTED, converter=to_assignment_status, kw_only=True
    )
    active: bool = attrs.field(default=True, converter=to_flag, kw_only=True)
    subject: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)
    starts_on: date | None = attrs.field(default=None, converter=optional(to_date), kw_only=True)
    ends_on: date | None = attrs.field(default=None, converter=optional(to_date), kw_only=True)
    created_at: datetime | None = attrs.field(default=None, converter=optional(to_instant), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            rule = f"must not be before starts_on ({self.starts_on})"
            raise InvalidValueError("Assignment.ends_on", rule, self.ends_on.isoformat())

    __repr__ = readable


def round_robin(
    *tutor_ids: str,
    slot_id: str | None = None,
    starts_on: date | str | None = None,
    ends_on: date | str | None = None,
    created_at: datetime | str | None = None,
    prefix: str | None = None,
) -> tuple[Assignment, ...]:
    """Assign tutors who take turns in the order given, each under an assignment named after them.

    The ids begin with `prefix`, else with the slot's id and "-": a second time for the same tutors needs one.

    >>> [assignment.id for assignment in round_robin("amina", "luc", slot_id="mon")]
    ['mon-amina', 'mon-luc']
    >>> [assignment.id for assignment in round_robin("amina", starts_on="2027-01-04", prefix="2027-")]
    ['2027-amina']
    """
    if prefix is None:
        prefix = "" if slot_id is None else f"{slot_id}-"
    return tuple(
        Assignment(
            f"{prefix}{tutor_id}",
            tutor_id=tutor_id,
            pattern=RoundRobin(),
            slot_id=slot_id,
            starts_on=starts_on,
            ends_on=ends_on,
            created_at=created_at,
        )
        for tutor_id in tutor_ids
    )
