"""Consecutive: some turns in a row each, then the next."""

from __future__ import annotations

import attrs

from recurly_sessions.fields import located, readable, to_count
from recurly_sessions.patterns.pattern import Deal, in_turn, ordinal


def to_block(value: int) -> int:
    """How many turns in a row: 1 to 1000."""
    return to_count(value, most=1000)


@attrs.frozen(repr=False, field_transformer=located)
class Consecutive:
    """Take `n` turns in a row, then let the next consecutive assignment of the slot take theirs.

    >>> Consecutive(5)
    Consecutive(5)
    """

    n: int = attrs.field(converter=to_block)

    kind = "consecutive"

    @property
    def block(self) -> int:
        """The turns in a row."""
        return self.n

    def why(self, deal: Deal) -> str:
        """Name the place in the block and who takes turns."""
        if len(deal.roster) == 1:
            return f"{deal.tutor}'s turn: nobody else takes turns in a row"
        return f"{deal.tutor}'s {ordinal(deal.nth)} of {deal.block} in a row, in the order {in_turn(deal.roster)}"

    __repr__ = readable
