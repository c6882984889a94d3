"""What a plan does to one series: sessions to make, field by field, and the changes of those that are there.

A plan for a year makes hundreds of thousands of sessions of which nobody may ever look at one: a store writes columns
as they are. So the values are built when they're asked for, all at once. To build a session and its change takes twice
as long as to plan them, most of it spent by the garbage collector on so many new objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter, sub
from typing import Any, Final, TypeVar

import attrs

from recurly_sessions.values.change import Change, ChangeKind, changes_of
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.session import Session, sessions_of

T = TypeVar("T")

_FIELDS: Final = attrs.fields(Session)
_DEFAULTS: Final = {field.name: field.default for field in _FIELDS}
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

    @classmethod
    def of(cls, sessions: Sequence[Session], *, why: str = "") -> Made:
        """Sessions that are there already as values."""
        return cls(
            columns={field.name: list(map(attrgetter(field.name), sessions)) for field in _FIELDS},
            constants={},
            decisions=[Decision(session.tutor_id, why=why) for session in sessions],
        )

    def __len__(self) -> int:
        return len(self.decisions)

    def parts(self) -> Iterator[tuple[str, Sequence[object]]]:
        """What it says, field by field; see `Steps.parts`."""
        count = len(self)
        yield "kind", [ChangeKind.CREATE.value] * count
        yield "before", [None] * count
        yield "fields", [()] * count
        yield from _fields(self.column)
        yield from _reasons(self.codes or ["due"] * count, self.decisions, self.becauses or [""] * count)

    def column(self, name: str) -> Sequence[Any]:
        """A field of all of them."""
        same = self.constants.get(name, _DEFAULTS[name])
        return self.columns.get(name) or [same] * len(self)

    def at(self, places: Sequence[int]) -> Made:
        """Some of them."""

        def some(column: Sequence[T]) -> list[T]:
            return list(map(column.__getitem__, places))

        return Made(
            columns={name: some(column) for name, column in self.columns.items()},
            constants=self.constants,
            decisions=some(self.decisions),
            codes=self.codes and some(self.codes),
            becauses=self.becauses and some(self.becauses),
        )

    def sessions(self) -> list[Session]:
        """Build the sessions; what they hold is right already, and isn't checked again."""
        columns, constants, count = self.columns, self.constants, len(self)
        return sessions_of(
            *(columns.get(field.name) or repeat(constants.get(field.name, field.default), count) for field in _FIELDS)
        )

    def changes(self) -> list[Change]:
        """Build the changes."""
        return changes_of(
            repeat(ChangeKind.CREATE),
            repeat(None),
            self.sessions(),
            repeat(()),
            self.codes or repeat("due"),
            self.decisions,
            self.becauses or repeat(""),
        )


def _after(changes: Sequence[Change], name: str) -> list[object]:
    return list(map(attrgetter(f"after.{name}"), changes))


def _fields(column: Callable[[str], Sequence[Any]]) -> Iterator[tuple[str, Sequence[object]]]:
    """The fields of sessions; the ends as lengths, which are mostly the same and so soon written."""
    for field in _FIELDS:
        if field.name == "ends_at":
            yield "lasts", list(map(sub, column("ends_at"), column("starts_at")))
        else:
            yield field.name, column(field.name)


def _reasons(
    codes: Sequence[str], decisions: Sequence[Decision | None], becauses: Sequence[str]
) -> Iterator[tuple[str, Sequence[object]]]:
    yield "code", codes
    yield "because", becauses
    yield "decision", decisions


@attrs.frozen(eq=False)
class Steps:
    """What is done to one series."""

    made: Made | None = None
    others: Sequence[Change] = ()

    def __len__(self) -> int:
        return len(self.others) + (0 if self.made is None else len(self.made))

    @property
    def series_id(self) -> str | None:
        """The series, or None if nothing is done."""
        if self.made is not None:
            return str(self.made.column("series_id")[0])
        return self.others[0].series_id if self.others else None

    def all_made(self) -> Made | None:
        """Everything that it makes, in columns, also what stands in changes that were built."""
        built = [change for change in self.others if change.kind is ChangeKind.CREATE]
        if not built:
            return self.made
        assert self.made is None, "what is made stands in columns or in changes, never in both"
        return Made(
            columns={field.name: _after(built, field.name) for field in _FIELDS},
            constants={},
            decisions=[change.decision or Decision(None) for change in built],
            codes=[change.code for change in built],
            becauses=[change.because for change in built],
        )

    def creates_only(self) -> Steps:
        """What makes sessions, and nothing else."""
        return Steps(self.made, tuple(change for change in self.others if change.kind is ChangeKind.CREATE))

    def parts(self) -> Iterator[tuple[str, Sequence[object]]]:
        """Everything that it says, field by field with a name for each: first what it makes, then the other changes.

        It's the same whether what it makes stands in columns or in changes that were built.
        """
        making = [change for change in self.others if change.kind is ChangeKind.CREATE]
        changing = [change for change in self.others if change.kind is not ChangeKind.CREATE]
        if self.made is not None:
            yield from self.made.parts()
        for changes in (making, changing):
            if changes:
                yield "kind", [change.kind.value for change in changes]
                yield "before", [change.before and (change.before.id, change.before.version) for change in changes]
                yield "fields", [change.fields for change in changes]
                yield from _fields(partial(_after, changes))
                yield from _reasons(
                    [change.code for change in changes],
                    [change.decision for change in changes],
                    [change.because for change in changes],
                )

    def changes(self) -> list[Change]:
        """All changes, by start and then id."""
        if self.made is None:
            return list(self.others)
        made = self.made.changes()
        return sorted([*made, *self.others], key=_by_start) if self.others else made
