"""What a database or its driver raises, to the store's own errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import exc

from recurly_sessions.errors import (
    DocumentError,
    LockedError,
    RecurlyError,
    StoreError,
    StoreUnavailableError,
    UnreadableError,
)

# What SQLite says, and what to do about it.
_SQLITE: Final = {
    "is locked": "somebody else writes for longer than the busy timeout: try again, or wait longer with ?timeout=60; "
    "a transaction of yours that reads before it writes can't wait: begin it with BEGIN IMMEDIATE, and do it all again",
    "unable to open database file": "see that the folder is there and that this program may write to it",
    "readonly database": "see that this program may write to the file and its folder",
    "is full": "free some space, and try again",
    "disk I/O error": "see to the disk, and try again",
}
# The first characters of SQLSTATE, and what to do about it.
_SQLSTATES: Final = {
    "08": "see that the server runs and can be reached, and try again",
    "25006": "the server only reads at the moment; try again, or write to the primary one",
    "28": "see to the user and the password",
    "3D": "create the database, or name one that is there",
    "53": "the server has no disk space, memory or connection left; free some, and try again",
    "57": "see that the server runs and can be reached, and try again",
    "58": "see to the server's disk, and try again",
}
_LOCKED: Final = {
    "40": "somebody else wrote the same at the same time; try again",
    "55P03": "somebody else has locked the same for longer than one waits; see that they come to an end, and try again",
}
_MISSING: Final = ("no such table", "no such column")  # which SQLite's driver can't tell from a file that is away
_CHECK: Final = (
    "`recurly-sessions db check`, or SqlStore.check(), says all that is missing; put back a copy of the database"
)
_REACH: Final = "see that the server runs and can be reached, and try again"
_DRIVER: Final = "install it, or let the URL begin with postgresql://, which takes psycopg"
_CLOSED: Final = "a store is as good as its connection: make one where you open it, for each transaction"
_REPORT: Final = "nothing was written; see what the database says, and report it if the tables are as they were made"


@contextmanager
def telling(driver: type[Exception] = exc.SQLAlchemyError) -> Iterator[None]:
    """Let out what a database raises as one of our errors."""
    try:
        yield
    except RecurlyError:
        raise
    except exc.TimeoutError as error:
        raise StoreUnavailableError(
            "no connection became free in time", "let transactions be shorter, or the engine's pool larger"
        ) from error
    except exc.DBAPIError as error:
        raise _told(error.orig or error, lost=error.connection_invalidated) from error
    except (exc.SQLAlchemyError, OverflowError, driver) as error:
        raise _told(error, lost=False) from error
    except ImportError as error:
        raise StoreError(f"the driver of the database isn't installed: {error}", _DRIVER) from error


BY_IMPORT: Final = "save the school again, from its file: that writes the row anew; or put back a copy of the database"
BY_HAND: Final = "mend the row in the database, or put back a copy of it"
WRONG: Final = (ArithmeticError, LookupError, TypeError, ValueError)  # what reading raises of what nobody would write
_MOST_PROBLEMS: Final = 3


@contextmanager
def reading_row(
    what: str, table: str = "", hint: str = BY_HAND, *, series_id: str | None = None, session_id: str | None = None
) -> Iterator[None]:
    """Let out as one of our errors that what stands in a row can't be read."""
    try:
        yield
    except WRONG as error:
        told = f"{what} can't be read: {_why(error)}" + (f" (table {table})" if table else "")
        raise UnreadableError(told, hint, table=table, series_id=series_id, session_id=session_id) from error


def _why(error: BaseException) -> str:
    match error:
        case json.JSONDecodeError():
            return f"its text isn't JSON: {error.msg}"
        case DocumentError():
            return "; ".join(map(str, error.problems[:_MOST_PROBLEMS]))
        case LookupError():
            return f"{error} is none"
        case TypeError():
            return "a value in it is of another kind"
        case _:
            return " ".join(str(error).split())


def _told(error: BaseException, *, lost: bool) -> StoreError:
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, exc.ResourceClosedError):
        return StoreUnavailableError(said.rstrip("."), _CLOSED)
    state = getattr(error, "sqlstate", None)
    if said.startswith(_MISSING):
        return StoreError(f"the database says: {said}", _CHECK)
    for sign, hint in _SQLITE.items():
        if sign in said:
            return StoreUnavailableError(f"the database says: {said}", hint)
    for kind, hints in ((LockedError, _LOCKED), (StoreUnavailableError, _SQLSTATES)):
        for start, hint in hints.items():
            if state is not None and state.startswith(start):
                return kind(f"the database says: {said}", hint)
    if lost or (state is None and type(error).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}):
        return StoreUnavailableError(f"the database says: {said}", _REACH)
    return StoreError(f"the database says: {said}", _REPORT)
