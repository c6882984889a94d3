"""Session: the stored lesson."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import (
    items_of,
    located,
    readable,
    refuse,
    refuse_unwritable,
    to_count,
    to_date,
    to_id,
    to_instant,
    to_member,
    to_text,
)
from recurly_sessions.time.zones import to_zone_name, zone_named
from recurly_sessions.values.bulk import bulk_builder
from recurly_sessions.values.money import Money
from recurly_sessions.values.occurrence import Identity

PINNABLE: Final = (
    "ends_at", "meeting_url", "notes", "package_id", "price", "room_id", "starts_at", "status", "tutor_id"
)  # fmt: skip
_LONGEST_SESSION_ID: Final = 200
# What other vocabularies call the same.
_SAME_AS: Final = {"SCHEDULED": "PENDING", "DONE": "COMPLETED", "NO_SHOW": "NO_SHOW_STUDENT", "CANCELED": "CANCELLED"}


class SessionStatus(enum.StrEnum):
    """Where a session stands; RESCHEDULED is off at its time and waits for a new one."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    COMPLETED = "COMPLETED"
    NO_SHOW_STUDENT = "NO_SHOW_STUDENT"
    NO_SHOW_TUTOR = "NO_SHOW_TUTOR"
    CANCELLED = "CANCELLED"
    RESCHEDULED = "RESCHEDULED"


class Origin(enum.StrEnum):
    """Who made a session: this library from a slot, or a person."""

    GENERATED = "GENERATED"
    MANUAL = "MANUAL"


# Tuples, since to hash a member of an enum takes ten times as long as to compare it.
OPEN: Final = (SessionStatus.PENDING, SessionStatus.CONFIRMED)
USES_PACKAGE: Final = (SessionStatus.COMPLETED, SessionStatus.NO_SHOW_STUDENT)


def to_session_status(value: SessionStatus | str) -> SessionStatus:
    """A status, also by its name or by what other vocabularies call it ("scheduled", "done")."""
    return to_member(_SAME_AS.get(value.upper(), value) if isinstance(value, str) else value, SessionStatus)


def to_origin(value: Origin | str) -> Origin:
    """An origin, also by its name."""
    return to_member(value, Origin)


def to_session_id(value: str) -> str:
    """A session's id: an identity as text, or a host's own, up to 200 characters."""
    text = to_text(value)
    if not 1 <= len(text) <= _LONGEST_SESSION_ID:
        raise refuse(f"must have 1 to {_LONGEST_SESSION_ID} characters", value)
    refuse_unwritable(text)
    return text


def to_price(value: Money | str) -> Money:
    """Money, also as "30 EUR"."""
    if isinstance(value, Money):
        return value
    try:
        return Money.parse(value)
    except InvalidValueError as error:
        raise refuse(error.rule, error.got, error.hint) from None


def to_pinned(value: Iterable[str]) -> tuple[str, ...]:
    """Names of fields that a person has set, in order."""
    names = tuple(sorted(set(items_of(value, str))))
    for name in names:
        if name not in PINNABLE:
            raise refuse(f"must name fields that can be pinned ({', '.join(PINNABLE)})", name)
    return names


def to_version(value: int) -> int:
    """A version, from 0."""
    return to_count(value, least=0, most=2**31 - 1)


@attrs.frozen(repr=False, kw_only=True, weakref_slot=False, field_transformer=located)
class Session:
    """The stored lesson. What is None in `meeting_url` and `room_id` is the series' own.

    A session keeps `slot_id` and `occurs_on`, what was promised, when it is moved.
    """

    id: str = attrs.field(converter=to_session_id, kw_only=False)
    series_id: str = attrs.field(converter=to_id)
    slot_id: str | None = attrs.field(default=None, converter=optional(to_id))
    occurs_on: date | None = attrs.field(default=None, converter=optional(to_date))
    timezone: str = attrs.field(converter=to_zone_name)
    starts_at: datetime = attrs.field(converter=to_instant)
    ends_at: datetime = attrs.field(converter=to_instant)
    tutor_id: str | None = attrs.field(default=None, converter=optional(to_id))
    status: SessionStatus = attrs.field(default=SessionStatus.PENDING, converter=to_session_status)
    price: Money | None = attrs.field(default=None, converter=optional(to_price))
    origin: Origin = attrs.field(default=Origin.GENERATED, converter=to_origin)
    cancellation_reason: str | None = attrs.field(default=None, converter=optional(to_text))
    cause_id: str | None = attrs.field(default=None, converter=optional(to_text))
    meeting_url: str | None = attrs.field(default=None, converter=optional(to_text))
    room_id: str | None = attrs.field(default=None, converter=optional(to_id))
    package_id: str | None = attrs.field(default=None, converter=optional(to_id))
    number: int | None = attrs.field(default=None, converter=optional(to_count))
    notes: str = attrs.field(default="", converter=to_text)
    pinned: tuple[str, ...] = attrs.field(default=(), converter=to_pinned)
    original_starts_at: datetime | None = attrs.field(default=None, converter=optional(to_instant))
    version: int = attrs.field(default=1, converter=to_version)
    updated_by: str | None = attrs.field(default=None, converter=optional(to_id))
    updated_at: datetime | None = attrs.field(default=None, converter=optional(to_instant))

    def __attrs_post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            rule = f"must be after starts_at ({self.starts_at.isoformat()})"
            raise InvalidValueError("Session.ends_at", rule, self.ends_at.isoformat())
        if (self.slot_id is None) != (self.occurs_on is None):
            rule = "must be there when slot_id is, and only then"
            raise InvalidValueError("Session.occurs_on", rule, self.occurs_on, f"it stands in {self.id!r}")

    @property
    def identity(self) -> Identity | None:
        """What was promised, or None for a session without a slot."""
        if self.slot_id is None or self.occurs_on is None:
            return None
        return Identity(self.series_id, self.slot_id, self.occurs_on)

    @property
    def is_open(self) -> bool:
        """Whether it's still to be held, as far as one knows."""
        return self.status in OPEN

    @property
    def is_moved(self) -> bool:
        """Whether a person has set its time."""
        return self.original_starts_at is not None or "starts_at" in self.pinned or "ends_at" in self.pinned

    def may_follow(self, now: datetime) -> bool:
        """Whether a plan may touch it: made by one, still to come, open, or called off by a plan."""
        if self.origin is Origin.MANUAL or self.slot_id is None or self.starts_at <= now:
            return False
        by_plan = self.cause_id is not None and "status" not in self.pinned
        return self.status in OPEN or (self.status is SessionStatus.CANCELLED and by_plan)

    @property
    def local_start(self) -> datetime:
        """The start on the clock of the series' timezone (`Zone.local`)."""
        return zone_named(self.timezone).local(self.starts_at)

    __repr__ = readable


sessions_of = bulk_builder(Session)

_WRITTEN: Final = {"version", "updated_by", "updated_at"}  # goes on with every change, taken back or not
_CONTENT: Final = tuple(field.name for field in attrs.fields(Session) if field.name not in _WRITTEN)


def differing(one: Session, other: Session) -> list[str]:
    """The fields in which two sessions differ, but for how often they were written, when and by whom."""
    return [name for name in _CONTENT if getattr(one, name) != getattr(other, name)]
