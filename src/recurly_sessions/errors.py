"""What can go wrong, as a tree; every leaf is also the builtin that a stranger would catch.

```
RecurlyError
├── BrakedError                (PermissionError)  a plan that would cancel or move more than its rules allow
├── ChangedMeanwhileError      (RuntimeError)     a session that somebody has changed since it was read
├── InvalidValueError          (ValueError)       a value that may not be, with its place and the way out
├── DocumentError              (ValueError)       a school file with everything that is wrong in it
├── NotSwitchedOnError         (PermissionError)  generation where nobody has switched it on
├── PlanFormatError            (ValueError)       a text that is no plan, or a plan changed since it was written
├── RuleReachError             (ValueError)       a date rule asked for days further off than rules are followed
├── StoreError                 (RuntimeError)     a database that does not do what it should
│   ├── SchemaDamagedError     (RuntimeError)     its tables aren't as they were made: something in them is missing
│   ├── SchemaVersionError     (RuntimeError)     its tables are older or newer than the code
│   ├── StoreUnavailableError  (ConnectionError)  it can't be reached, or written to, right now
│   │   └── LockedError        (ConnectionError)  somebody else writes the same
│   └── UnreadableError        (RuntimeError)     a row of it that can't be read
└── UnknownNameError           (LookupError)      an id or a key that nobody has
```
"""

from __future__ import annotations

import pickle
from datetime import timedelta
from functools import partial
from typing import ClassVar

import attrs

_LONGEST_SHOWN = 120


class RecurlyError(Exception):
    """Everything that this library raises on purpose; `code` is stable, the text is not."""

    code: ClassVar[str] = "error"


class InvalidValueError(RecurlyError, ValueError):
    """A value that may not be: where it stands, the rule, what was got, and the way out."""

    code = "invalid-value"

    def __init__(self, where: str, rule: str, got: object, hint: str = "") -> None:
        super().__init__(where, rule, got, hint)
        self.where = where
        self.rule = rule
        self.got = got
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where} {self.rule}, got {shown(self.got)}".lstrip()
        return f"{text}; {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[type[InvalidValueError], tuple[str, str, object, str]]:
        # Task queues pickle errors, and what was got may be anything.
        try:
            pickle.dumps(self.got)
        except Exception:  # noqa: BLE001 - whatever pickling a stranger's object raises
            return type(self), (self.where, self.rule, Shown(shown(self.got)), self.hint)
        return type(self), (self.where, self.rule, self.got, self.hint)

    def at(self, place: str) -> InvalidValueError:
        """The same error, standing at `place`."""
        return type(self)(place, self.rule, self.got, self.hint)


@attrs.frozen(repr=False)
class Shown:
    """What is left of a value that can't be pickled: how it's shown."""

    text: str

    def __repr__(self) -> str:
        return self.text


class RuleReachError(RecurlyError, ValueError):
    """A date rule was asked for days further from its first day than rules are followed."""

    code = "rule-reach"

    def __init__(self, rule: str, first_day: str, reach_years: int, asked_for: str, slot: str = "") -> None:
        super().__init__(rule, first_day, reach_years, asked_for, slot)
        self.rule = rule
        self.first_day = first_day
        self.reach_years = reach_years
        self.asked_for = asked_for
        self.slot = slot

    def of(self, slot: str, rule: str) -> RuleReachError:
        """The same error, with the slot whose rule it is."""
        return type(self)(rule, self.first_day, self.reach_years, self.asked_for, slot)

    def __str__(self) -> str:
        return (
            f"{self.slot or 'a slot'}: the rule {shown(self.rule)} counts from {self.first_day} and is followed for "
            f"{self.reach_years} years, got a window up to {self.asked_for}; "
            "let the slot start later, or state the rule again in a later phase"
        )


class UnknownNameError(RecurlyError, LookupError):
    """An id or a key that nobody has."""

    code = "unknown-name"

    def __init__(self, what: str, name: object, known: tuple[str, ...] = ()) -> None:
        super().__init__(what, name, known)
        self.what = what
        self.name = name
        self.known = known

    def __str__(self) -> str:
        known = ", ".join(self.known[:20]) + (", …" if len(self.known) > 20 else "")
        return f"no {self.what} {shown(self.name)}; there is {known}" if known else f"no {self.what} {shown(self.name)}"


@attrs.frozen
class Problem:
    """One thing that is wrong in a document: its path, its line where the format knows it, and what is wrong."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.path) if part)
        return f"{place}: {self.message}" if place else self.message


class BrakedError(RecurlyError, PermissionError):
    """A plan that would cancel or move more than `max_changes` allows, and wasn't let."""

    code = "braked"

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return f"nothing was applied: {'; '.join(self.reasons)}"


class NotSwitchedOnError(RecurlyError, PermissionError):
    """Generation where nobody has switched it on, so that nothing runs in production by accident."""

    code = "not-switched-on"

    def __str__(self) -> str:
        return "generation is not switched on, so nothing was done; say switched_on=True where it's meant to run"


class DocumentError(RecurlyError, ValueError):
    """A document that can't be read, with all of its problems at once."""

    code = "bad-document"

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = problems

    def __str__(self) -> str:
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        return "\n".join([f"{self.source} has {count}:", *(f"  {problem}" for problem in self.problems)])


class PlanFormatError(RecurlyError, ValueError):
    """A text that can't be read as a plan, or may not be: what is wrong with it, and the way out."""

    code = "plan-format"

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason, hint)
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"the plan can't be read: {self.reason}; {self.hint}"


class ChangedMeanwhileError(RecurlyError, RuntimeError):
    """A session that isn't the one that was read: its id, the version that was read, and the one that is there."""

    code = "changed-meanwhile"

    def __init__(self, session_id: str, read: int, found: int | None) -> None:
        super().__init__(session_id, read, found)
        self.session_id = session_id
        self.read = read
        self.found = found

    def __str__(self) -> str:
        if self.found is None:
            return f"session {self.session_id} is gone since it was read; nothing was written"
        what = f"session {self.session_id} was read in version {self.read}, and is in version {self.found} now"
        return f"{what}; nothing was written: read it again"


class StoreError(RecurlyError, RuntimeError):
    """A store that does not do what it should: what happened, and what to do."""

    code = "store"

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}; {self.hint}"


class StoreUnavailableError(StoreError, ConnectionError):
    """A store that can't be reached, or written to, right now."""

    code = "store-unavailable"


class LockedError(StoreUnavailableError):
    """What is to be written is written by somebody else, for longer than one waits, or at the same time."""

    code = "locked"


class SchemaVersionError(StoreError):
    """Tables that are older or newer than the code: which revision was found and which is wanted."""

    code = "schema-version"

    def __init__(self, what: str, hint: str, *, found: str | None, wanted: str) -> None:
        super().__init__(what, hint)
        self.found = found
        self.wanted = wanted

    def __reduce__(self) -> tuple[partial[SchemaVersionError], tuple[str, str]]:
        return partial(type(self), found=self.found, wanted=self.wanted), (self.what, self.hint)


class SchemaDamagedError(StoreError):
    """Tables of the right revision in which something is missing, by name."""

    code = "schema-damaged"

    def __init__(self, what: str, hint: str, *, missing: tuple[str, ...]) -> None:
        super().__init__(what, hint)
        self.missing = missing

    def __reduce__(self) -> tuple[partial[SchemaDamagedError], tuple[str, str]]:
        return partial(type(self), missing=self.missing), (self.what, self.hint)


class UnreadableError(StoreError):
    """A row that can't be read: its table, and the id of the series or the session that it is or belongs to."""

    code = "unreadable"

    def __init__(
        self, what: str, hint: str, *, table: str, series_id: str | None = None, session_id: str | None = None
    ) -> None:
        super().__init__(what, hint)
        self.table = table
        self.series_id = series_id
        self.session_id = session_id

    def __reduce__(self) -> tuple[partial[UnreadableError], tuple[str, str]]:
        make = partial(type(self), table=self.table, series_id=self.series_id, session_id=self.session_id)
        return make, (self.what, self.hint)


def shown(value: object) -> str:
    """Show a value as a person would write it, never at great length."""
    if isinstance(value, timedelta):
        return in_minutes(value)
    try:
        # Cut before the repr too: the repr of a five-megabyte text is no faster than it is useful.
        text = repr(value[:_LONGEST_SHOWN] if isinstance(value, (str, bytes)) else value)
    except Exception:  # noqa: BLE001 - a stranger's repr may raise anything, and an error message must still come out
        text = f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def in_minutes(length: timedelta) -> str:
    """Write a length in minutes, and in seconds where minutes don't do.

    >>> in_minutes(timedelta(hours=1, minutes=30))
    '90 minutes'
    """
    seconds = length.total_seconds()
    if seconds % 60 == 0:
        minutes = int(seconds // 60)
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{seconds:g} seconds"
