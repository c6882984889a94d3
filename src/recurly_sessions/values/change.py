"""Change: one step of a plan, from the session that is there to the session that should be, and why."""

from __future__ import annotations

import enum

import attrs
from attrs.converters import optional

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.fields import items_of, located, readable, refuse, to_member, to_text
from recurly_sessions.values.bulk import bulk_builder
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.session import Session


class ChangeKind(enum.StrEnum):
    """What a change does to a session."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    CANCEL = "CANCEL"
    REINSTATE = "REINSTATE"


def to_change_kind(value: ChangeKind | str) -> ChangeKind:
    """What a change does, also by its name."""
    return to_member(value, ChangeKind)


def to_session(value: Session) -> Session:
    """A session."""
    if not isinstance(value, Session):
        raise refuse("must be a Session", value)
    return value


def to_decision(value: Decision) -> Decision:
    """A decision."""
    if not isinstance(value, Decision):
        raise refuse("must be a Decision", value)
    return value


def to_field_names(value: tuple[str, ...]) -> tuple[str, ...]:
    """Names of fields of a session, in order."""
    return tuple(sorted(set(items_of(value, str))))


@attrs.frozen(repr=False, weakref_slot=False, field_transformer=located)
class Change:
    """What a plan does to one session. `fields` are those that become different, `code` says which rule asks for it.

    `decision` says whose turn it is; `because` what else there is to say in words.
    """

    kind: ChangeKind = attrs.field(converter=to_change_kind)
    before: Session | None = attrs.field(default=None, converter=optional(to_session), kw_only=True)
    after: Session = attrs.field(converter=to_session, kw_only=True)
    fields: tuple[str, ...] = attrs.field(default=(), converter=to_field_names, kw_only=True)
    code: str = attrs.field(converter=to_text, kw_only=True)
    decision: Decision | None = attrs.field(default=None, converter=optional(to_decision), kw_only=True)
    because: str = attrs.field(default="", converter=to_text, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if (self.before is None) != (self.kind is ChangeKind.CREATE):
            raise InvalidValueError("Change.before", "must be None in a CREATE, and only there", self.before)
        if self.before is not None and self.before.id != self.after.id:
            raise InvalidValueError("Change.after", f"must be the same session, {self.before.id}", self.after.id)

    @property
    def id(self) -> str:
        """The id of the session."""
        return self.after.id

    @property
    def series_id(self) -> str:
        """The id of the session's series."""
        return self.after.series_id

    @property
    def why(self) -> str:
        """The reason in words."""
        turn = self.decision.why if self.decision is not None else ""
        return "; ".join(part for part in (self.because, turn) if part) or self.code

    __repr__ = readable


changes_of = bulk_builder(Change)
