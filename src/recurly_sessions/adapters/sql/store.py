"""SqlStore: the store on a database, and its transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import URL, Column, Connection, Engine, MetaData, QueuePool, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from recurly_sessions.adapters.sql import outbox, pruning, reading, visits, writing
from recurly_sessions.adapters.sql.dialects import Dialect, dialect_of, prepare_sqlite, savepoint
from recurly_sessions.adapters.sql.failures import telling
from recurly_sessions.adapters.sql.link import Link
from recurly_sessions.adapters.sql.meter import SqlMeter, metering
from recurly_sessions.adapters.sql.schema import Schema
from recurly_sessions.adapters.sql.tables import tables_of
from recurly_sessions.errors import InvalidValueError, StoreError, UnreadableError
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import (
    Digest,
    Entry,
    Footing,
    JobRun,
    Notice,
    Pruned,
    Round,
    Run,
    Standing,
    Tallied,
    Visit,
    check_replaced,
    not_locked,
    to_moment,
    within_another,
)
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series
from recurly_sessions.values.session import Session
from recurly_sessions.values.window import Window

_LONGEST_WAIT: Final = 30  # seconds that a writer waits for another
_AN_EXAMPLE: Final = 'for example "sqlite:///school.db" or "postgresql://user:password@host/name"'


class SqlTransaction:
    """Some series that nobody else writes meanwhile; see `recurly_sessions.store.Transaction`."""

    def __init__(self, link: Link, series_ids: Iterable[str]) -> None:
        self._link = link
        self._locked = frozenset(series_ids)

    def _check(self, series_ids: Iterable[str]) -> None:
        for series_id in sorted(set(series_ids) - self._locked):
            raise not_locked(series_id)

    def _checked(self, notice: Notice) -> Notice:
        self._check([notice.series_id])
        return notice

    def snapshot(self, series_ids: Iterable[str], *, now: datetime) -> Snapshot:
        """Read what `SqlStore.snapshot` reads."""
        return reading.read_snapshot(self._link, series_ids, to_moment(now))

    def sessions(self, ids: Iterable[str]) -> Mapping[str, Session]:
        """Read some sessions, by id."""
        asked = self._link.dialect.among(self._link.tables.sessions.c.id, {*ids})
        return {session.id: session for session in reading.read_sessions(self._link, asked)}

    def to_come(self, *series_ids: str, now: datetime) -> list[Session]:
        """Read the sessions of some series that start after a moment."""
        sessions = self._link.tables.sessions.c
        theirs = self._link.dialect.among(sessions.series_id, series_ids)
        return reading.read_sessions(self._link, theirs, sessions.starts_at > now)

    def standing(self, *series_ids: str) -> Mapping[str, Standing]:
        """How each of some series stands now; those that aren't live are left out."""
        return reading.read_standing(self._link, series_ids)

    def save_series(self, series: Series) -> None:
        """Keep a series, new or changed; one that is changed is no longer held."""
        self._check([series.id])
        writing.save_series(self._link, series)

    def insert(self, *made: Made) -> frozenset[str]:
        """Write new sessions; the ids of those whose id or identity is taken."""
        for each in made:
            self._check(each.column("series_id"))
        return writing.insert_sessions(self._link, made)

    def replace(self, changed: Sequence[tuple[Session, Session]]) -> frozenset[str]:
        """Write sessions whose version is still that before; the ids of the others."""
        self._check(before.series_id for before, _ in changed)
        check_replaced(changed)
        return writing.replace_sessions(self._link, changed)

    def delete(self, sessions: Sequence[Session]) -> frozenset[str]:
        """Remove sessions whose version is still the same; the ids of the others."""
        self._check(each.series_id for each in sessions)
        return writing.delete_sessions(self._link, sessions)

    def hold(self, *series_ids: str, run_id: str | None) -> None:
        """Hold some series after a run was undone, or release them."""
        self._check(series_ids)
        writing.hold(self._link, series_ids, run_id)

    def entries(self, run_id: str, *series_ids: str) -> list[Entry]:
        """What a run did to some series, by series and order."""
        return writing.read_entries(self._link, run_id, series_ids)

    def record(self, *entries: Entry) -> None:
        """Keep what a run did, or that it was undone."""
        self._check(entry.series_id for entry in entries)
        writing.record(self._link, entries)

    def footing(self, wanted: Round, *series_ids: str) -> Mapping[str, Footing]:
        """What those of some series stand on that are to be visited."""
        return visits.footing(self._link, wanted, series_ids)

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """The other series that name somebody, or a room, that some of these name, too."""
        return reading.read_sharing(self._link, series_ids)

    def state(self) -> str:
        """The state of all series."""
        return visits.state(self._link)

    def put_last(self, wanted: Round, *series_ids: str) -> None:
        """Leave some series to the end of a run, whoever goes on with it."""
        self._check(series_ids)
        visits.put_last(self._link, wanted, series_ids)

    def visited(self, *some: Visit) -> None:
        """Keep how series were left, and how often their sessions were written until now."""
        self._check(visit.series_id for visit in some)
        visits.visited(self._link, some)

    def tell(self, notices: Iterable[Notice]) -> None:
        """Keep what people are to be told; what is kept already stays as it is."""
        outbox.tell(self._link, map(self._checked, notices))

    def told(self, *series_ids: str) -> list[Notice]:
        """What somebody was told of some series, or may have been, by any run."""
        return outbox.told(self._link, series_ids)

    def take_back(self, *entries: Entry) -> None:
        """Forget what nobody was told yet because of what a run did."""
        self._check(entry.series_id for entry in entries)
        outbox.take_back(self._link, entries)

    def archive(self, series_id: str, *, at: datetime) -> None:
        """Take a series out of what is live, with its members; its sessions stay."""
        self._check([series_id])
        writing.archive_series(self._link, series_id, at)


class SqlStore:
    """A school and its sessions in SQLite or PostgreSQL; see `recurly_sessions.store.Store`.

    Made from a URL, from an engine of the host, or from a connection: then it's part of the host's transaction, and
    writes in a savepoint. A database that is empty gets its tables by itself, but for a host's connection.

    >>> store = SqlStore("sqlite://")
    >>> store.series_ids()
    []
    """

    def __init__(
        self, bind: str | URL | Engine | Connection, *, prefix: str = "recurly_", schema: str | None = None
    ) -> None:
        self._bind = bind if isinstance(bind, (Engine, Connection)) else _engine(bind)
        if _commits_by_itself(self._bind):
            rule, hint = "must be made from what begins transactions", "this is in AUTOCOMMIT mode"
            raise InvalidValueError("SqlStore", rule, "AUTOCOMMIT", hint)
        self._dialect: Dialect = dialect_of(self._bind.dialect.name)
        self._tables = tables_of(prefix, schema)
        self._schema = Schema(self._tables)
        self._is_ready = False
        self._of_thread = threading.local()  # whether a thread writes, and what counts its statements

    @property
    def metadata(self) -> MetaData:
        """The tables, for a host that compares or draws them."""
        return self._tables.metadata

    def close(self) -> None:
        """Close the connections of a store that was made from a URL."""
        if isinstance(self._bind, Engine):
            self._bind.dispose()

    # The schema

    def upgrade(self) -> None:
        """Create the tables, or bring them up to date."""
        with self._link(write=True, ready=True) as link:
            self._schema.upgrade(link.connection)
        self._is_ready = True

    def current(self) -> str | None:
        """The revision of the tables in the database, or None where there are none."""
        with self._link(ready=True) as link:
            return self._schema.current(link.connection)

    def check(self) -> None:
        """Refuse tables that aren't those that the code is written for."""
        with self._link(ready=True) as link:
            self._schema.check(link.connection)

    # The school and its sessions

    def save(self, school: School) -> None:
        """Keep a whole school; series that aren't in it are gone, their sessions stay."""
        with self._link(write=True) as link:
            writing.save_school(link, school)

    def school(self) -> School:
        """Read the whole school."""
        with self._link() as link:
            return reading.read_school(link)

    def snapshot(self, series_ids: Iterable[str] | None = None, *, now: datetime | str) -> Snapshot:
        """Read a school and the sessions that can matter at a moment, by id, all at once."""
        with self._link() as link:
            if series_ids is None:
                return reading.read_all(link, to_moment(now))
            return reading.read_snapshot(link, series_ids, to_moment(now))

    def readable(self, *, now: datetime | str) -> tuple[Snapshot, tuple[UnreadableError, ...]]:
        """Read what `snapshot` reads, but for series, tutors and sessions that can't be read: those are told."""
        broken: list[UnreadableError] = []
        with self._link() as link:
            snapshot = reading.read_all(link, to_moment(now), broken)
        return snapshot, tuple(broken)

    def series_ids(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the live series by id."""
        return self._ids(self._tables.series.c.id, after, limit)

    def archived_ids(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the archived series by id."""
        return self._ids(self._tables.archive.c.series_id, after, limit)

    def _ids(self, column: Column[str], after: str, limit: int) -> list[str]:
        with self._link() as link:
            return [row[0] for row in link.rows(select(column).where(column > after).order_by(column).limit(limit))]

    def sharing(self, *series_ids: str) -> frozenset[str]:
        """The other live series that name a tutor, an active member or a room that some of these name, too."""
        with self._link() as link:
            return reading.read_sharing(link, series_ids)

    def sessions_of(self, series_id: str) -> list[Session]:
        """Read all sessions of a series, live, archived or gone, by start and then id."""
        with self._link() as link:
            found = reading.read_sessions(link, self._tables.sessions.c.series_id == series_id)
        return sorted(found, key=lambda session: (session.starts_at, session.id))

    def tally(self, window: Window) -> list[Tallied]:
        """Count the sessions that start in a window, by origin and then status."""
        with self._link() as link:
            return reading.read_tally(link, window)

    def archived(self, series_id: str) -> Series:
        """Read a series that was archived."""
        with self._link() as link:
            return writing.read_archived(link, series_id)

    def entries(self, run_id: str) -> list[Entry]:
        """What a run did, by series and order."""
        with self._link() as link:
            return writing.read_entries(link, run_id)

    def runs(self, *, beginning: str = "", limit: int = 100) -> list[Run]:
        """List the runs whose ids begin with some characters, the latest first."""
        with self._link() as link:
            return writing.read_runs(link, beginning, limit)

    def series_of(self, run_id: str, *, after: str = "", limit: int = 500) -> list[str]:
        """Walk the series to which a run did something, by id."""
        journal = self._tables.journal.c
        asked = select(journal.series_id).distinct().where(journal.run_id == run_id, journal.series_id > after)
        with self._link() as link:
            return [row[0] for row in link.rows(asked.order_by(journal.series_id).limit(limit))]

    @contextmanager
    def transaction(self, *series_ids: str) -> Iterator[SqlTransaction]:
        """Lock some series, live or not, and write them all at once when the block ends well."""
        with self._link(write=True) as link:
            with link.telling():
                self._dialect.lock(link.connection, self._tables.series, sorted({*series_ids}))
            yield SqlTransaction(link, series_ids)

    # The job

    def to_visit(self, wanted: Round, *, after: str = "", limit: int = 100) -> list[str]:
        """Walk the ACTIVE series that a run has to visit, by id."""
        with self._link() as link:
            return visits.to_visit(link, wanted, after=after, limit=limit)

    def begin_job(self, *, now: datetime, young: timedelta, full: bool = False) -> JobRun:
        """Begin a run, or go on with the last one."""
        with self._link(write=True) as link:
            return visits.begin_job(link, now=now, young=young, full=full)

    def end_job(
        self,
        run_id: str,
        *,
        outcome: str | None,
        at: datetime | None,
        counts: Mapping[str, int],
        told: Sequence[str] | None = None,
    ) -> JobRun:
        """Keep how a run ended."""
        with self._link(write=True) as link:
            return visits.end_job(link, run_id, outcome=outcome, at=at, counts=counts, told=told)

    def job_runs(self, *, limit: int = 20) -> list[JobRun]:
        """Read the last runs, the latest first."""
        with self._link() as link:
            return visits.read_job_runs(link, limit=limit)

    @contextmanager
    def metered(self) -> Iterator[SqlMeter]:
        """Count what this store says in a block, in the same thread; rows that are written in bulk count as none."""
        with metering(self._bind) as meter:
            outer = self._meters
            self._of_thread.meters = (*outer, meter)
            try:
                yield meter
            finally:
                self._of_thread.meters = outer

    @property
    def _meters(self) -> tuple[SqlMeter, ...]:
        """What counts the statements of this thread."""
        meters: tuple[SqlMeter, ...] = getattr(self._of_thread, "meters", ())
        return meters

    @contextmanager
    def _heard(self, connection: Connection) -> Iterator[None]:
        with ExitStack() as stack:
            for meter in self._meters:
                stack.enter_context(meter.hearing(connection))
            yield

    def prune(self, *, before: datetime, dry_run: bool = False) -> Pruned:
        """Forget what was done before a moment, or only say how much that is."""
        with self._link(write=not dry_run) as link:
            return pruning.prune(link, before=before, dry_run=dry_run)

    # What people are told

    def claim(self, *, now: datetime, until: datetime, limit: int = 100) -> list[Digest]:
        """Take digests that are due, for nobody else to take before `until`, the oldest first."""
        with self._link(write=True) as link:
            return outbox.claim(link, now=now, until=until, limit=limit)

    def waiting(self, *, now: datetime) -> int:
        """How many digests are due, and nobody has taken."""
        with self._link() as link:
            return outbox.waiting(link, now=now)

    def delivered(self, digest: Digest, *, at: datetime) -> None:
        """Keep that a digest was delivered."""
        with self._link(write=True) as link:
            outbox.delivered(link, digest, at=at)

    def put_off(self, digest: Digest, *, until: datetime) -> None:
        """Keep that a digest couldn't be delivered: it's due again then."""
        with self._link(write=True) as link:
            outbox.put_off(link, digest, until=until)

    def give_up(self, digest: Digest, *, at: datetime) -> None:
        """Keep that a digest couldn't be delivered, and is never due again."""
        with self._link(write=True) as link:
            outbox.give_up(link, digest, at=at)

    # Connections

    @contextmanager
    def _link(self, *, write: bool = False, ready: bool = False) -> Iterator[Link]:
        """A transaction of ours, or a part of the host's."""
        if isinstance(self._bind, Connection):
            with self._heard(self._bind), telling(self._bind.dialect.loaded_dbapi.Error):
                self._dialect.begin(self._bind, write=write)  # who is to write must not begin by reading
        if not (ready or self._is_ready):
            self._get_ready()
        if isinstance(self._bind, Connection):
            with self._heard(self._bind), self._joined(self._bind, write=write) as link:
                yield link
        else:
            with self._opened(self._bind, write=write) as link:
                yield link

    def _get_ready(self) -> None:
        """Create the tables of an empty database, and refuse those of another release."""
        with self._link(ready=True) as link:
            found = self._schema.current(link.connection)
        if found is None and isinstance(self._bind, Engine):
            self.upgrade()
        else:
            self._schema.refuse_unless_wanted(found)
        self._is_ready = True

    @contextmanager
    def _opened(self, engine: Engine, *, write: bool) -> Iterator[Link]:
        if getattr(self._of_thread, "writes", False):
            raise within_another()
        failing = engine.dialect.loaded_dbapi.Error
        with _by_url(failing):
            connection = engine.connect()
        self._of_thread.writes = write
        try:
            with self._heard(connection):
                with telling(failing):
                    if not write and engine.dialect.name == "postgresql":
                        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                    self._dialect.begin(connection, write=write)
                    if write:
                        self._dialect.limit_waiting(connection, seconds=_LONGEST_WAIT)
                yield Link(connection, self._tables, self._dialect)
                with telling(failing):
                    connection.commit()
        finally:
            self._of_thread.writes = False
            with telling(failing):
                connection.close()  # which rolls back what wasn't committed

    @contextmanager
    def _joined(self, connection: Connection, *, write: bool) -> Iterator[Link]:
        failing = connection.dialect.loaded_dbapi.Error
        link = Link(connection, self._tables, self._dialect)
        if not write:
            yield link
            return
        with ExitStack() as stack:
            with telling(failing):
                stack.enter_context(savepoint(connection))
            yield link
            with telling(failing):
                stack.close()


@contextmanager
def _by_url(driver: type[Exception] = SQLAlchemyError) -> Iterator[None]:
    """Let out as one of our errors what a driver says of the URL, or of whom it leads to."""
    try:
        with telling(driver):
            yield
    except (TypeError, ValueError) as error:
        raise StoreError(f"no connection can be made: {error}", "see to the URL and what stands after its ?") from error


def _commits_by_itself(bind: Engine | Connection) -> bool:
    options = (bind.get_execution_options(), bind.engine.get_execution_options())
    said = [each["isolation_level"] for each in options if "isolation_level" in each]
    level = said[0] if said else getattr(bind.dialect, "_on_connect_isolation_level", None)
    return level == "AUTOCOMMIT"


def _url(given: Any) -> URL:  # noqa: ANN401 - what isn't a URL is refused
    """The URL of a database that isn't asynchronous."""
    rule, hint = "must be made from a URL, an engine or a connection", _AN_EXAMPLE
    try:
        made = make_url(given)
    except (ArgumentError, ValueError) as error:
        kind = str(given).partition("//")[0] if isinstance(given, (str, URL)) else given  # the rest may hold a password
        if type(given).__module__.startswith("sqlalchemy.ext.asyncio"):  # which not everybody can import
            hint = "await connection.run_sync(lambda it: SqlStore(it)…)"
        elif hasattr(given, "connection") and callable(given.connection):
            hint = "give it session.connection()"
        elif type(given).__name__ == "MockConnection":
            hint = "it has no database behind it: run Alembic without --sql"
        raise InvalidValueError("SqlStore", rule, kind, hint) from error
    if made.drivername in {"postgresql", "postgres"}:
        made = made.set(drivername="postgresql+psycopg")
    dialect_of(made.get_backend_name())
    with telling():
        is_async = made.get_dialect().is_async
    if is_async:
        hint = "make an async engine of it, and await connection.run_sync(lambda it: SqlStore(it)…)"
        raise InvalidValueError("SqlStore", "must be made from a URL of a synchronous driver", made.drivername, hint)
    return made


def _engine(url: str | URL) -> Engine:
    """An engine of ours: waiting for other writers, and one connection for all where the database is in memory."""
    made = _url(url)
    with _by_url():
        if made.get_backend_name() != "sqlite":
            return create_engine(made, pool_pre_ping=True)
        waits = {} if "timeout" in made.query else {"timeout": _LONGEST_WAIT}
        if made.database in {None, "", ":memory:"}:
            engine = create_engine(
                made,
                poolclass=QueuePool,
                pool_size=1,
                max_overflow=0,
                connect_args={"check_same_thread": False, **waits},
            )
        else:
            engine = create_engine(made, connect_args=waits)
        prepare_sqlite(engine)
        return engine
