"""Desk: what every command works at: the database, the moment that counts as now, and where things are said."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import attrs
import click

from recurly_sessions.cli.address import DEFAULT_FILE, file_of, url_of
from recurly_sessions.cli.errors import CommandError, NothingThereError
from recurly_sessions.cli.screen import Screen
from recurly_sessions.cli.stored import Stored, as_if_imported, stored_in
from recurly_sessions.errors import DocumentError, UnknownNameError
from recurly_sessions.operations import neighbours
from recurly_sessions.planning.saved import FORMAT
from recurly_sessions.store import Store
from recurly_sessions.values.school import School, Snapshot

if TYPE_CHECKING:
    from recurly_sessions.adapters.sql import SqlStore

PROGRAM: Final = "recurly-sessions"
DATABASE: Final = "RECURLY_SESSIONS_DATABASE"
HIDDEN: Final = "***"  # in place of a password
ENABLE: Final = "RECURLY_SESSIONS_ENABLE"
_SQLITE: Final = b"SQLite format 3\0"  # with which each file of it begins
_OFF: Final = {"0", "false", "no", "off"}
_ON: Final = {"1", "true", "yes", "on"}


@attrs.frozen(kw_only=True)
class Desk:
    """What a command works at. `given` are the options to repeat where it names another command.

    `is_secret` is whether the database has a password that isn't to be shown, so that it can't be repeated.
    """

    screen: Screen
    now: datetime
    url: str | None
    enabled: bool = False
    given: tuple[str, ...] = ()
    is_secret: bool = False

    @contextmanager
    def store(self, *, writes: bool = False, creates: bool = False) -> Iterator[SqlStore]:
        """Open the database: to read, to write, or to make one where there's none."""
        from recurly_sessions.adapters.sql import SqlStore  # noqa: PLC0415 - takes long, and not all commands need it

        url = url_of(self.url)
        store = SqlStore(url)
        try:
            is_local, path = file_of(url)
            if writes:
                self._refuse_unless_enabled(is_local=is_local)
            if path is not None and path.is_dir():
                hint = f"give the path of a file, like {path / DEFAULT_FILE}"
                raise CommandError(f"{path} is a folder, and not a database", hint)
            if path is not None and path.is_file():
                _refuse_unless_sqlite(path)
            if path is not None and creates and not path.parent.exists():
                what = f"there is no folder {path.parent} for the database {path}"
                raise CommandError(what, "make the folder, or name another one")
            if path is not None and not creates and not path.exists():
                hint = f"import a school first: {PROGRAM} import school.toml; or name a database by --database URL"
                raise NothingThereError(f"there is no database {path}", hint)
            if path is not None and not (writes or creates) and _is_frozen(path):
                store = SqlStore(f"sqlite:///file:{quote(str(path))}?mode=ro&immutable=1&uri=true")
            if not creates and store.current() is None:
                hint = f"import a school, or create its tables: {PROGRAM} db upgrade"
                raise NothingThereError("the database has no tables of recurly-sessions yet", hint)
            yield store
        finally:
            store.close()

    def _refuse_unless_enabled(self, *, is_local: bool) -> None:
        is_on = refuse_if_switched_off()
        if not (is_local or self.enabled or is_on):
            hint = f"look at the plan first; then give --enable, or set {ENABLE}=1"
            raise CommandError("this writes to a database that isn't a local file, and wasn't switched on", hint)

    def snapshot(self, file: str | None, *series_ids: str) -> Snapshot:
        """What is known: of the database, of a school file alone, or of both where a database was named.

        Of the database, it's what matters to some series if they are named.
        """
        if file is None:
            with self.store() as store:
                return snapshot_of(store, *series_ids, now=self.now)
        school = read_school(file)
        if self.url is not None:
            try:
                with self.store() as store:
                    return as_if_imported(school, store, now=self.now)
            except NothingThereError as error:
                self.screen.note(f"{error.what}: planned as if nothing were stored")
        return Snapshot(school=school, read_at=self.now)

    def stored(self) -> Stored:
        """What the database holds of a school: nothing, where there's none yet."""
        try:
            with self.store() as store:
                return stored_in(store, now=self.now)
        except NothingThereError:
            return Stored()

    @property
    def is_attended(self) -> bool:
        """Whether somebody sits there who can be asked."""
        return not self.screen.as_json and sys.stdin.isatty() and sys.stdout.isatty()

    def agree(self, question: str, *, yes: bool) -> None:
        """Ask whoever sits at a terminal; where nobody does, refuse what nobody has said yes to."""
        if not (yes or self.is_attended):
            raise CommandError(f"there's nobody to be asked: {question}", "give --yes if that is right")
        self.confirm(question, yes=yes)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask whoever sits at a terminal."""
        if yes or not self.is_attended:
            return
        if not click.confirm(question):
            raise CommandError("that was a no, so nothing was written", "run it again when it's right")

    def command(self, *words: str, writes: bool = False) -> str:
        """Another command, to be typed as it stands."""
        url = self.url or ""
        is_elsewhere = "://" in url and not url.startswith("sqlite")
        is_on = os.environ.get(ENABLE, "").strip().lower() in _ON
        enable = ("--enable",) if writes and is_elsewhere and not is_on else ()
        then = f"  # with the database in {DATABASE}" if self.is_secret else ""
        return shlex.join((PROGRAM, *words, *self.given, *enable)) + then


def refuse_if_switched_off() -> bool:
    """Refuse to write where the environment says so; whether it says that one may, even elsewhere."""
    said = os.environ.get(ENABLE, "").strip().lower()
    if said in _OFF:
        hint = f"unset {ENABLE}, or set it to 1; what is in the database stays as it is"
        raise CommandError(f"writing is switched off by {ENABLE}={said}", hint)
    if said not in _ON | {""}:
        raise CommandError(f"{ENABLE} must be 1 or 0, got {said!r}", "set it to 1 to write, to 0 to write nowhere")
    return said in _ON


def snapshot_of(store: Store, *series_ids: str, now: datetime) -> Snapshot:
    """A whole school with its sessions, or what matters to some series of it: of thousands, that takes no time.

    A series that isn't there, and limits that count all series together, are seen in the whole only.
    """
    if series_ids:
        with suppress(UnknownNameError):
            snapshot = neighbours.snapshot_of(store, *series_ids, now=now)
            school = snapshot.school
            if all(config.max_changes is None for config in (school.base, *dict(school.branches).values())):
                return snapshot
    return store.snapshot(now=now)


def clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def read_school(file: str) -> School:
    """A school from a TOML or JSON file; "-" is the input."""
    if file == "-":
        text = sys.stdin.read()
        return School.from_json(text + "\n") if text.lstrip().startswith("{") else School.from_toml(text + "\n")
    path = Path(file)
    if path.suffix.lower() != ".json":
        return School.from_toml(path)
    try:
        return School.from_json(path)
    except DocumentError:
        if f'"format": "{FORMAT}"' not in path.read_text(encoding="utf-8", errors="replace")[:200]:
            raise
        hint = f"to apply it: {PROGRAM} apply {shlex.quote(file)}"
        raise CommandError(f"{file} is a saved plan, and not a school", hint) from None


def given_options(pairs: Sequence[tuple[str, str | None]]) -> tuple[str, ...]:
    """Options as they're typed, without those that weren't given."""
    return tuple(word for name, value in pairs if value is not None for word in (name, value))


def _refuse_unless_sqlite(path: Path) -> None:
    with path.open("rb") as stream:
        begins = stream.read(len(_SQLITE))
    if begins in {b"", _SQLITE}:
        return
    hint = "name a SQLite file, or one that isn't there yet and import a school into it"
    if path.suffix.lower() in {".toml", ".json"}:
        hint = f"if it's a school: {shlex.join((PROGRAM, 'plan', str(path)))}"
    raise CommandError(f"{path} is not a database", hint)


def _is_frozen(path: Path) -> bool:
    """Whether nobody writes a file that this program may only read: SQLite couldn't open the log of it otherwise.

    Where there's a log already, somebody else is writing, and the file is read together with it.
    """
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return False
    log = path.with_name(f"{path.name}-wal")
    return not (log.exists() and log.stat().st_size)
