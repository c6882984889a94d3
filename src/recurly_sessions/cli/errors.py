"""What went wrong, to one line that says so and one that says what to do."""

from __future__ import annotations

import errno
from typing import Final, NamedTuple

from recurly_sessions.errors import RecurlyError, SchemaDamagedError, UnreadableError

_HINTS: Final = {
    "braked": "look at the plan with `recurly-sessions plan`; then, if that is right, apply it with --override-brake",
    "bad-document": "mend the file; `recurly-sessions plan FILE` reads it without a database",
    "plan-format": "make a new one with `recurly-sessions plan --out PLAN.json`",
    "rule-reach": "let the slot start later, in the school file, and import that",
    "schema-version": "see `recurly-sessions db current`; `recurly-sessions db upgrade` brings the tables up to date",
    "store-unavailable": (
        "see to the database, or name another by --database URL or RECURLY_SESSIONS_DATABASE; then run the same "
        "command again: what was written stays, and isn't done twice"
    ),
    "store": "run it again with --debug to see where it comes from",
    "unreadable": "`recurly-sessions check` names all such rows; `recurly-sessions import FILE` writes its rows anew",
    "unknown-name": "ids are told apart by upper and lower case; `recurly-sessions export` has all that are known",
    "invalid-value": "see the command's --help",
}
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


def told(error: Exception) -> Told:
    """Say what an error is, and what to do about it."""
    match error:
        case CommandError():
            return Told(error.code, error.what, error.hint)
        case UnreadableError():
            return Told(error.code, error.what, _HINTS[error.code])
        case SchemaDamagedError():
            return Told(error.code, error.what, error.hint)
        case RecurlyError():
            return Told(error.code, str(error), _HINTS.get(error.code, _ELSE))
        case ModuleNotFoundError() if error.name in _EXTRAS:
            hint = f"python -m pip install 'recurly-sessions[{_EXTRAS[error.name]}]'"
            return Told("extra", f"this needs {error.name}, which isn't installed", hint)
        case ModuleNotFoundError():
            hint = "SQLite and PostgreSQL are served: postgresql://user:password@host/name"
            return Told("driver", f"this database needs {error.name}, which isn't installed", hint)
        case UnicodeDecodeError():
            return Told("file", f"a file isn't UTF-8 text: {error.reason} at byte {error.start}", "write it in UTF-8")
        case OSError() if error.strerror:
            place = f"{error.filename}: " if error.filename else ""
            return Told("file", f"{place}{error.strerror}", _OF_FILES.get(error.errno or 0, "see to it, and try again"))
        case _:
            said = " ".join(str(error).split())
            what = f"something unexpected happened: {type(error).__name__}" + (f": {said}" if said else "")
            return Told("unexpected", what, _ELSE)
