"""Issue: something that a person should see to. Decision: whose turn a date is, and why."""

from __future__ import annotations

import enum

import attrs
from attrs.converters import optional

from recurly_sessions.fields import located, readable, to_id, to_member, to_pairs, to_text


class Audience(enum.StrEnum):
    """Who should see to an issue."""

    CREATOR = "CREATOR"
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"


def to_audience(value: Audience | str) -> Audience:
    """Who should see to it, also by name."""
    return to_member(value, Audience)


@attrs.frozen(repr=False, field_transformer=located)
class Issue:
    """A bad rule, a missing tutor, a package that is short: it is told, and never stops the rest."""

    code: str = attrs.field(converter=to_text)
    series_id: str | None = attrs.field(default=None, converter=optional(to_id), kw_only=True)
    message: str = attrs.field(converter=to_text, kw_only=True)
    audience: Audience = attrs.field(default=Audience.CREATOR, converter=to_audience, kw_only=True)
    details: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_pairs, kw_only=True)

    __repr__ = readable


@attrs.frozen(repr=False)
class Decision:
    """Whose turn a date is, by which assignment and pattern, and why in words; `tutor_id=None` is nobody."""

    tutor_id: str | None
    assignment_id: str | None = None
    pattern: str | None = None
    why: str = ""

    __repr__ = readable
