"""RoundRobin: one turn each, in order."""

from __future__ import annotations

import attrs

from recurly_sessions.fields import readable
from recurly_sessions.patterns.pattern import Deal, in_turn


@attrs.frozen(repr=False)
class RoundRobin:
    """Take turns with all other round-robin assignments of the slot, one turn each.

    >>> RoundRobin().block
    1
    """

    kind = "round_robin"
    block = 1

    def why(self, deal: Deal) -> str:
        """Name who takes turns."""
        if len(deal.roster) == 1:
            return f"{deal.tutor}'s turn: nobody else is in the rotation"
        return f"{deal.tutor}'s turn in the rotation {in_turn(deal.roster)}"

    __repr__ = readable
