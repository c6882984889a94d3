"""Manual: nobody is proposed; a person assigns each session."""

from __future__ import annotations

import attrs
from attrs.converters import optional

from recurly_sessions.fields import located, readable, to_text
from recurly_sessions.patterns.pattern import Turn


@attrs.frozen(repr=False, field_transformer=located)
class Manual:
    """Claim nothing. `problem` says what was wrong with stored data that could only be read as this.

    >>> Manual()
    Manual()
    """

    problem: str | None = attrs.field(default=None, converter=optional(to_text), kw_only=True)

    kind = "manual"

    def claims(self, turn: Turn) -> str | None:  # noqa: ARG002 - no turn is claimed, whatever it is
        """Claim no turn."""
        return None

    __repr__ = readable
