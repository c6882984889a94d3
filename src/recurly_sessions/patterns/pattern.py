"""What a pattern is: the two shapes that a host's own may have, and what it's given to decide.

A pattern is a value: hashable, comparable, and without memory. Whether an assignment has a turn depends on the calendar
and on the roster alone, never on the window that is asked for or on what happened at the last call.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol, TypeAlias, TypeGuard, runtime_checkable


class Turn(NamedTuple):
    """One date of a slot, as it looks to one assignment.

    `number` counts the turns of the slot from its very first date, which is 0. `week` counts Monday weeks from the
    assignment's own first week, which is 1.
    """

    slot_id: str
    occurs_on: date
    number: int
    week: int


class Deal(NamedTuple):
    """One turn of a rotation: who has it, the how-manieth of a block it is, and who takes turns, all by name."""

    tutor: str
    nth: int
    block: int
    roster: tuple[str, ...]


@runtime_checkable
class ClaimingPattern(Protocol):
    """A pattern by which an assignment claims turns by itself, by looking at the calendar."""

    @property
    def kind(self) -> str:
        """The pattern's name, as in `Decision.pattern`."""
        ...

    def claims(self, turn: Turn) -> str | None:
        """Say in words why the assignment claims the turn, or None if it doesn't."""
        ...


@runtime_checkable
class RotatingPattern(Protocol):
    """A pattern by which all assignments of the same kind take turns."""

    @property
    def kind(self) -> str:
        """The pattern's name; the assignments of one kind form one rotation in each slot."""
        ...

    @property
    def block(self) -> int:
        """How many turns in a row the assignment has before the next one's block begins."""
        ...

    def why(self, deal: Deal) -> str:
        """Say in words why it is this tutor's turn."""
        ...


Pattern: TypeAlias = ClaimingPattern | RotatingPattern


def rotates(pattern: Pattern) -> TypeGuard[RotatingPattern]:
    """Whether a pattern is of the rotating shape; isinstance with a protocol would take half the time of assigning."""
    return hasattr(pattern, "block")


def in_turn(roster: tuple[str, ...], *, most: int = 6) -> str:
    """The roster in words, shortened when it is long.

    >>> in_turn(("amina", "luc"))
    'amina, luc'
    """
    rest = len(roster) - most
    return ", ".join(roster[:most]) + (f" and {rest} more" if rest > 0 else "")


def ordinal(number: int) -> str:
    """A number as a place.

    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22, 113)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd', '113th']
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 14 else ending}"
