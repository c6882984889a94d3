"""Manual: nobody is proposed; a person assigns each session."""

from __future__ import annotations

from typing import ClassVar

import attrs

from recurly_sessions.fields import readable
from recurly_sessions.patterns.pattern import Turn


@attrs.frozen(repr=False)
class Manual:
    """Claim nothing. `problem` says what was wrong with stored data that could only be read as this.

    >>> Manual()
    Manual()
    """

    problem: str | None = attrs.field(default=None, kw_only=True)

    kind: ClassVar[str] = "manual"

    def claims(self, turn: Turn) -> str | None:  # noqa: ARG002 - no turn is claimed, whatever it is
        """Claim no turn."""
        return None

    __repr__ = readable
