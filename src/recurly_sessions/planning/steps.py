"""What a plan does to one series: sessions to make, field by field, and the changes of those that are there.

A plan for a year makes hundreds of thousands of sessions of which nobody may ever look at one: a store writes columns
as they are. So the values are built when they're asked for, all at once. To build a session and its change takes twice
as long as to plan them, most of it spent by the garbage collector on so many new objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Final

import attrs

from recurly_sessions.values.change import Change, ChangeKind, changes_of
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.session import Session, sessions_of

_FIELDS: Final = attrs.fields(Session)
_by_start = attrgetter("after.starts_at", "after.id")


@attrs.frozen(eq=False, kw_only=True)
class Made:
    """Sessions to make, in order of time: the columns of some fields by name, and what the others hold in all of them.

    `codes` and `becauses` are those of their changes; None where there's nothing out of the ordinary.
    """

    columns: Mapping[str, Sequence[object]]
    constants: Mapping[str, object]
    decisions: Sequence[Decision]
    codes: Sequence[str] | None = None
    becauses: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.decisions)

    def changes(self) -> list[Change]:
        """Build the changes; what they hold is right already, and isn't checked again."""
        columns = self.columns
        sessions = sessions_of(
            *(
                columns.get(field.name) or repeat(self.constants.get(field.name, field.default), len(self))
                for field in _FIELDS
            )
        )
        return changes_of(
            repeat(ChangeKind.CREATE),
            repeat(None),
            sessions,
            repeat(()),
            self.codes or repeat("due"),
            self.decisions,
            self.becauses or repeat(""),
        )


@attrs.frozen(eq=False)
class Steps:
    """What is done to one series."""

    made: Made | None = None
    others: Sequence[Change] = ()

    def __len__(self) -> int:
        return len(self.others) + (0 if self.made is None else len(self.made))

    def creates_only(self) -> Steps:
        """What makes sessions, and nothing else."""
        return Steps(self.made, tuple(change for change in self.others if change.kind is ChangeKind.CREATE))

    def changes(self) -> list[Change]:
        """All changes, by start and then id."""
        if self.made is None:
            return list(self.others)
        made = self.made.changes()
        return sorted([*made, *self.others], key=_by_start) if self.others else made
