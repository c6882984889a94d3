"""What went wrong, to one line that says so and one that says what to do."""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from recurly_sessions.errors import (
    DocumentError,
    InvalidValueError,
    PlanFormatError,
    RecurlyError,
    StoreError,
    UnknownNameError,
    UnreadableError,
    shown,
)

_MOST: Final = 20  # problems of a file that are told
_HELP: Final = "see the command's --help"
_HINTS: Final = {
    "braked": "look at the plan with `recurly-sessions plan`; then, if that is right, apply it with --override-brake",
    "bad-document": "mend the file; `recurly-sessions init -` shows one with every kind of entry, each explained",
    "plan-format": "make a new one with `recurly-sessions plan --out PLAN.json`",
    "rule-reach": "let the slot start later, in the school file, and import that",
    "unreadable": "`recurly-sessions check` names all such rows; `recurly-sessions import FILE` writes its rows anew",
    "changed-meanwhile": "run the same command again",
    "invalid-value": _HELP,
}
_LISTS: Final = {
    "series": "`recurly-sessions export` has all of them",
    "tutor": "`recurly-sessions export` has all tutors, and whom each series names",
    "member": "`recurly-sessions export` has the members of each series",
    "session": "a session is named SERIES/SLOT/DAY; `recurly-sessions show SERIES` lists those of a series",
    "run": "`recurly-sessions runs` lists them",
}
# What the library says to those who write Python, and what that is here.
PHRASES: Final = {
    "a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo": "for example 2026-10-05T08:00Z",
    "recurly_sessions.time.zones.zone_names() has them all": "for example America/New_York or UTC",
    "give the text that Plan.to_json() wrote": "make one with `recurly-sessions plan --out PLAN.json`",
    "make a copy of the database, then bring it up to date with SqlStore(…).upgrade()": (
        "make a copy of the database, then: recurly-sessions db upgrade"
    ),
    "create them with SqlStore(…).upgrade()": "create them: recurly-sessions db upgrade",
    "install that one; upgrade() only goes forward": "install that one",
    "must be made from a URL, an engine or a connection": "must be a URL, or the path of a SQLite file",
    "SqlStore does not know": "this program does not know",
    "save the school again, from its file": "import the school file again",
}
# What the library calls what people type.
PLACES: Final = {
    "SqlStore": "--database",
    "SqlStore: schema": "--database",
    "call_off_session": "cancel",
    "end_series": "end",
    "generate: series_id": "--series",
    "rename_session": "rename",
    "Window.dates": "--window",
    "Window.end": "--window",
    "Window.start": "--window",
    "Window.weeks": "--weeks",
}
_ARGUMENT: Final = re.compile(r"\w+: (\w+)")  # of a function of the library, which has an option of that name
_GRANT: Final = (
    "the user of the database lacks the right: to read takes SELECT on the tables recurly_*, to write takes INSERT, "
    "UPDATE and DELETE as well"
)
_OF_FILES: Final = {
    errno.EACCES: "see that you may read it, and write to its folder",
    errno.EPERM: "see that you may read it, and write to its folder",
    errno.EROFS: "write to another folder",
    errno.ENOENT: "see that the file, and the folder in which to write, are there",
    errno.EISDIR: "give the path of a file, not of a folder",
    errno.ENOTDIR: "see that the folder in which to write is one",
    errno.ENOSPC: "free some space on the disk",
}
_EXTRAS: Final = {"prometheus_client": "metrics"}  # that a single option needs
AGAIN: Final = "what was finished stays, and isn't done twice: run the same command again"
_ELSE: Final = "run it again with --debug to see where it comes from, and report it"


class Told(NamedTuple):
    """An error for people: its code, what it is in words, and what to do."""

    code: str
    what: str
    hint: str


class CommandError(Exception):
    """What a command refuses to do, and the way out."""

    code = "refused"

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


class NothingThereError(CommandError):
    """A database that isn't there, or has no tables of ours."""


class InterruptedCommandError(CommandError):
    """That somebody stopped a command."""

    code = "interrupted"


class HalfDoneInterrupt(KeyboardInterrupt):
    """That somebody stopped a command, with what it had done by then."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        super().__init__()
        self.facts = facts


def told(error: Exception) -> Told:
    """Say what an error is, and what to do about it, once."""
    match error:
        case CommandError():
            return Told(error.code, error.what, error.hint)
        case UnreadableError():
            return Told(error.code, in_words(error.what), _HINTS[error.code])
        case StoreError():
            lacks_right = "permission denied" in error.what
            return Told(error.code, in_words(error.what), _GRANT if lacks_right else in_words(error.hint))
        case InvalidValueError():
            return Told(error.code, refusal(error), in_words(error.hint) or _HINTS[error.code])
        case UnknownNameError():
            return Told(error.code, str(error), near(error.name, error.known) or _LISTS.get(error.what, _HELP))
        case PlanFormatError():
            return Told(error.code, f"the plan can't be read: {error.reason}", _HINTS[error.code])
        case DocumentError():
            return Told(error.code, in_words(_cut(str(error))), _HINTS[error.code])
        case RecurlyError():
            return Told(error.code, in_words(str(error)), _HINTS.get(error.code, _ELSE))
        case ModuleNotFoundError() if error.name in _EXTRAS:
            hint = f"python -m pip install 'recurly-sessions[{_EXTRAS[error.name]}]'"
            return Told("extra", f"this needs {error.name}, which isn't installed", hint)
        case ModuleNotFoundError():
            hint = "SQLite and PostgreSQL are served: postgresql://user:password@host/name"
            return Told("driver", f"this database needs {error.name}, which isn't installed", hint)
        case UnicodeDecodeError():
            line = error.object.count(b"\n", 0, error.start) + 1
            return Told("file", f"line {line} isn't UTF-8 text", "save the file as UTF-8")
        case OSError() if error.strerror:
            place = f"{error.filename}: " if error.filename else ""
            return Told("file", f"{place}{error.strerror}", _OF_FILES.get(error.errno or 0, "see to it, and try again"))
        case _:
            said = " ".join(str(error).split())
            what = f"something unexpected happened: {type(error).__name__}" + (f": {said}" if said else "")
            return Told("unexpected", what, _ELSE)


def _cut(lines: str) -> str:
    """As many lines as somebody may read."""
    first, *rest = lines.splitlines()
    more = [f"  … and {len(rest) - _MOST:,} more"] if len(rest) > _MOST else []
    return "\n".join([first, *rest[:_MOST], *more])


def in_words(text: str) -> str:
    """What the library says, in the words of the command line."""
    for phrase, words in PHRASES.items():
        text = text.replace(phrase, words)
    return text


def refusal(error: InvalidValueError, *, of: str | None = None) -> str:
    """What a value should be, and what it is; `of` names it, if it isn't to be told by the library's name for it."""
    if of is None:
        argument = _ARGUMENT.fullmatch(error.where)
        of = PLACES.get(error.where, f"--{argument[1].replace('_', '-')}" if argument else error.where)
    return f"{of} {in_words(error.rule)}, got {shown(error.got)}".lstrip()


def near(name: object, known: Iterable[str]) -> str | None:
    """The hint that another name may have been meant."""
    found = difflib.get_close_matches(str(name), [*known], n=1)
    return f"did you mean {found[0]}?" if found else None
