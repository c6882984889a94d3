"""Actor: who acts."""

from __future__ import annotations

import enum
from typing import Final

import attrs

from recurly_sessions.fields import located, readable, to_id, to_member


class Role(enum.StrEnum):
    """What an actor may be."""

    SYSTEM = "SYSTEM"
    ADMIN = "ADMIN"
    CREATOR = "CREATOR"
    TUTOR = "TUTOR"
    STUDENT = "STUDENT"


def to_role(value: Role | str) -> Role:
    """A role, also by its name."""
    return to_member(value, Role)


@attrs.frozen(repr=False, field_transformer=located)
class Actor:
    """Who acts.

    >>> Actor("amina", role="tutor")
    Actor('amina', role='TUTOR')
    """

    id: str = attrs.field(converter=to_id)
    role: Role = attrs.field(converter=to_role, kw_only=True)

    __repr__ = readable


SYSTEM: Final = Actor("system", role=Role.SYSTEM)
