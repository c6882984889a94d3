"""What differs between databases: instants, ids, lists as parameters, locks, and writing many rows at once.

SQLite keeps instants as texts in UTC ("2026-09-07 16:00:00.000000"), which sort as the instants do; PostgreSQL keeps
them as such. Rows that are written or read by the thousand go past SQLAlchemy's types, in the form that the driver
has them; `Dialect` converts whole columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain, repeat
from operator import itemgetter, length_hint
from typing import Any, Final, Protocol

import attrs
from sqlalchemy import (
    DATE,
    TIMESTAMP,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    NestedTransaction,
    String,
    Table,
    Text,
    bindparam,
    event,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy import Dialect as AnyDialect
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator, TypeEngine

from recurly_sessions.errors import StoreError
from recurly_sessions.fields import instant_text

_ENOUGH_TO_COPY: Final = 200  # rows
_ESCAPED: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # in what is copied
_ESCAPES: Final = str.maketrans(_ESCAPED)
# A session that is over long before the day that it was promised for.
EARLY_ON_SQLITE: Final = "ends_at < occurs_on"
EARLY_ON_POSTGRESQL: Final = "timezone('UTC'::text, ends_at) < occurs_on"

_REMEMBERED: Final = 16_384

Row = tuple[Any, ...]


@attrs.frozen
class Rows:
    """So many rows to write, some at a time and column by column, in the form that the driver has them."""

    names: Sequence[str]
    count: int
    parts: Iterable[Sequence[Iterable[Any]]]

    def each(self) -> Iterator[Row]:
        """The rows; whoever lets go of each spares the memory of all."""
        return chain.from_iterable(zip(*part, strict=True) for part in self.parts)


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC, whatever the database keeps."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: AnyDialect) -> TypeEngine[Any]:
        """How each database keeps it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sqlite.DATETIME())  # type: ignore[no-untyped-call]

    def process_bind_param(self, value: datetime | None, dialect: AnyDialect) -> datetime | None:
        """From an aware datetime to what the database takes."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: AnyDialect) -> datetime | None:  # noqa: ARG002
        """From what the database gives to an aware datetime."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def id_type(length: int = 64) -> TypeEngine[str]:
    """Ids compare character by character, whatever the database's language."""
    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(String(length, collation="utf8mb4_bin"), "mysql", "mariadb")
    )


class Dialect(Protocol):
    """What the store asks of a database beyond what SQLAlchemy makes the same everywhere."""

    name: str

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction that reads at one moment, or that nobody else writes beside."""
        ...

    def limit_waiting(self, connection: Connection, *, seconds: int) -> None:
        """Let a transaction wait no longer for others who write, unless somebody has set a limit already."""
        ...

    def lock(self, connection: Connection, series: Table, ids: Sequence[str]) -> None:
        """Let nobody else write some series, there or not."""
        ...

    def among(self, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
        """Whether a column is one of any number of texts, given as one parameter."""
        ...

    def early(self) -> ColumnElement[bool]:
        """The condition of the index on sessions that are over before the day that they were promised for."""
        ...

    def bare(self, column: Column[Any]) -> ColumnElement[Any]:
        """A column in the form in which the driver gives it fastest."""
        ...

    def instants(self, given: Sequence[Any]) -> list[datetime]:
        """Instants as `bare` gave them, to aware datetimes."""
        ...

    def dates(self, given: Sequence[Any]) -> list[date | None]:
        """Dates as `bare` gave them."""
        ...

    def given(self, values: Sequence[Any]) -> list[Any]:
        """Instants or dates in the form that `insert` and `update` take."""
        ...

    def insert(self, connection: Connection, table: Table, rows: Rows) -> bool:
        """Write rows, all or none; whether no key of them was taken."""
        ...

    def insert_others(self, connection: Connection, table: Table, rows: Sequence[Row]) -> set[str]:
        """Write sessions, every column of each, but those whose id or identity is taken: their ids."""
        ...

    def update(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write sessions that are there, every column of each."""
        ...

    def triggers(self, connection: Connection, table: Table) -> set[str]:
        """The names of the triggers on a table."""
        ...


class Sqlite:
    """SQLite, by the driver of the standard library or one that behaves like it."""

    name = "sqlite"

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin; the driver by itself wouldn't before it writes, and a host may do so as SQLAlchemy begins."""
        if not connection.in_transaction():
            connection.begin()
        if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def limit_waiting(self, connection: Connection, *, seconds: int) -> None:
        """The driver has a limit of its own."""

    def lock(self, connection: Connection, series: Table, ids: Sequence[str]) -> None:
        """Nobody else writes anyway."""

    def among(self, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
        """Through a JSON list."""
        listed = func.json_each(json.dumps(sorted(values))).table_valued("value")
        return column.in_(select(listed.c.value))

    def early(self) -> ColumnElement[bool]:
        """As the index says it."""
        return literal_column(EARLY_ON_SQLITE)

    def bare(self, column: Column[Any]) -> ColumnElement[Any]:
        """Instants and dates as the texts that they are."""
        return type_coerce(column, Text()) if isinstance(column.type, (Instant, DATE)) else column

    def instants(self, given: Sequence[Any]) -> list[datetime]:
        """From texts."""
        return list(map(_instant, given))

    def dates(self, given: Sequence[Any]) -> list[date | None]:
        """From texts."""
        return list(map(_date, given))

    def given(self, values: Sequence[Any]) -> list[Any]:
        """As texts, instants without their offset."""
        return list(map(_as_text, values))

    def insert(self, connection: Connection, table: Table, rows: Rows) -> bool:
        """Write all, past SQLAlchemy's lists, and take it back if some are taken."""
        statement = sqlite.insert(table).on_conflict_do_nothing()
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows.names))
        assert list(compiled.positiontup or ()) == list(rows.names), "columns must be told in the order of the table"
        cursor: Any = connection.connection.cursor()
        with savepoint(connection) as attempt:
            try:
                cursor.executemany(compiled.string, rows.each())
                written = cursor.rowcount
            finally:
                cursor.close()
            if rows.count not in {0, written}:
                attempt.rollback()
                return False
        return True

    def insert_others(self, connection: Connection, table: Table, rows: Sequence[Row]) -> set[str]:
        """Find out which are taken, and write the others."""
        taken = self._taken(connection, table, rows)
        others = [row for row in rows if row[0] not in taken]
        self._many(connection, sqlite.insert(table).on_conflict_do_nothing(), table.columns.keys(), others)
        return taken

    def update(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write each."""
        names = table.columns.keys()
        statement = table.update().where(table.c.id == bindparam("row_id"))
        statement = statement.values({name: bindparam(name) for name in names[1:]})
        self._many(connection, statement, ["row_id", *names[1:]], rows)

    def triggers(self, connection: Connection, table: Table) -> set[str]:
        """From the database's own table."""
        schema = "" if table.schema is None else f"{connection.dialect.identifier_preparer.quote(table.schema)}."
        asked = f"SELECT name FROM {schema}sqlite_master WHERE type = 'trigger' AND tbl_name = :name"  # noqa: S608 - quoted
        return set(connection.scalars(text(asked), {"name": table.name}))

    def _many(self, connection: Connection, statement: Any, names: Sequence[str], rows: Sequence[Row]) -> int:  # noqa: ANN401
        """Run a statement for each row as it is; how many rows were written."""
        if not rows:
            return 0
        keys = None if "row_id" in names else list(names)
        compiled = statement.compile(dialect=connection.dialect, column_keys=keys)
        order = list(compiled.positiontup)
        if order != list(names):
            rows = list(map(itemgetter(*map(list(names).index, order)), rows))
        result = connection.exec_driver_sql(compiled.string, list(rows), execution_options={"preserve_rowcount": True})
        return result.rowcount

    def _taken(self, connection: Connection, table: Table, rows: Sequence[Row]) -> set[str]:
        """The ids of rows whose id or identity is there, or comes before them among the rows."""
        at = [table.columns.keys().index(name) for name in ("id", "series_id", "slot_id", "occurs_on")]
        asked = json.dumps(list(map(itemgetter(*at), rows)))
        listed = func.json_each(asked).table_valued("value")
        id_, series_id, slot_id, occurs_on = (func.json_extract(listed.c.value, f"$[{place}]") for place in range(4))
        same_id = select(1).where(table.c.id == id_)
        occurs = type_coerce(table.c.occurs_on, Text())
        same = select(1).where(table.c.series_id == series_id, table.c.slot_id == slot_id, occurs == occurs_on)
        found = connection.execute(select(id_).where(or_(same_id.exists(), same.exists())))
        return {str(row[0]) for row in found}


# Lessons of many series start together: each text is read, and each instant written, once.


@lru_cache(maxsize=_REMEMBERED)
def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


@lru_cache(maxsize=_REMEMBERED)
def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@lru_cache(maxsize=_REMEMBERED)
def _as_text(value: date | None) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    return None if value is None else value.isoformat()


class Postgresql:
    """PostgreSQL, best by psycopg."""

    name = "postgresql"

    def begin(self, connection: Connection, *, write: bool) -> None:
        """The driver begins by itself, and how was said when it connected."""

    def limit_waiting(self, connection: Connection, *, seconds: int) -> None:
        """By the setting for locks, which is none unless somebody says otherwise."""
        is_unlimited = func.current_setting("lock_timeout") == "0"
        for_this_transaction = func.set_config("lock_timeout", f"{seconds}s", literal(value=True))
        connection.execute(select(for_this_transaction).where(is_unlimited))

    def lock(self, connection: Connection, series: Table, ids: Sequence[str]) -> None:
        """Lock their rows in order, then the names of those that have none."""
        asked = select(series.c.id).where(self.among(series.c.id, ids)).order_by(series.c.id).with_for_update()
        there = set(connection.scalars(asked))
        if missing := sorted({f"{series.fullname} {each}" for each in ids if each not in there}):
            listed = func.unnest(bindparam(None, missing, type_=postgresql.ARRAY(Text))).column_valued("name")
            keys = select(func.hashtextextended(listed, 0).label("key")).distinct().order_by("key").subquery()
            connection.execute(select(func.pg_advisory_xact_lock(keys.c.key)))

    def among(self, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
        """Through an array."""
        return column == func.any(bindparam(None, sorted(values), type_=postgresql.ARRAY(Text)))

    def early(self) -> ColumnElement[bool]:
        """As the index says it."""
        return literal_column(EARLY_ON_POSTGRESQL)

    def bare(self, column: Column[Any]) -> ColumnElement[Any]:
        """Instants in UTC, whatever timezone the connection is in."""
        if isinstance(column.type, Instant):
            return type_coerce(func.timezone("UTC", column), DateTime())
        return column

    def instants(self, given: Sequence[Any]) -> list[datetime]:
        """With their timezone."""
        return [each.replace(tzinfo=UTC) for each in given]

    def dates(self, given: Sequence[Any]) -> list[date | None]:
        """As they are."""
        return list(given)

    def given(self, values: Sequence[Any]) -> list[Any]:
        """As they are."""
        return list(values)

    def insert(self, connection: Connection, table: Table, rows: Rows) -> bool:
        """Through COPY where the driver has it."""
        dialect = connection.dialect
        copies = dialect.driver == "psycopg" and not dialect.is_async and rows.count >= _ENOUGH_TO_COPY
        try:
            with savepoint(connection):
                if copies:
                    self._copy(connection, table, rows)
                elif rows.count:
                    connection.execute(table.insert(), [dict(zip(rows.names, row, strict=True)) for row in rows.each()])
        except (IntegrityError, dialect.loaded_dbapi.IntegrityError):
            return False
        return True

    def insert_others(self, connection: Connection, table: Table, rows: Sequence[Row]) -> set[str]:
        """Write in batches, and hear which were."""
        names = table.columns.keys()
        statement = postgresql.insert(table).on_conflict_do_nothing().returning(table.c.id)
        written = set(connection.scalars(statement, [dict(zip(names, row, strict=True)) for row in rows]))
        return {row[0] for row in rows if row[0] not in written}

    def _copy(self, connection: Connection, table: Table, rows: Rows) -> None:
        """Copy rows, all or none; in our own words, half as long as value by value."""
        quote = connection.dialect.identifier_preparer
        names = ", ".join(map(quote.quote, rows.names))
        driver: Any = connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {quote.format_table(table)} ({names}) FROM STDIN") as copy,
        ):
            for part in rows.parts:
                lines = map("\t".join, zip(*map(_as_copied, part), strict=True))
                copy.write("".join(f"{line}\n" for line in lines))

    def update(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write each; the driver sends many at a time."""
        names = table.columns.keys()
        statement = table.update().where(table.c.id == bindparam("row_id"))
        statement = statement.values({name: bindparam(name) for name in names[1:]})
        connection.execute(statement, [dict(zip(["row_id", *names[1:]], row, strict=True)) for row in rows])

    def triggers(self, connection: Connection, table: Table) -> set[str]:
        """From the catalog, but for those of foreign keys."""
        name = connection.dialect.identifier_preparer.format_table(table)
        asked = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal"
        return set(connection.scalars(text(asked), {"name": name}))


@contextmanager
def savepoint(connection: Connection) -> Iterator[NestedTransaction]:
    """A part of a transaction that is taken back by itself if it goes wrong.

    A database whose disk is full has taken back all of it by then; what counts is what it said first.
    """
    nested = connection.begin_nested()
    try:
        yield nested
    except BaseException:
        with suppress(SQLAlchemyError):
            nested.rollback()
        raise
    if nested.is_active:
        nested.commit()


def _as_copied(column: Iterable[Any]) -> Iterable[str]:
    """A column as COPY has it in texts."""
    if isinstance(column, repeat):
        count = length_hint(column)
        return list(_as_copied([next(column)])) * count if count else ()
    values = list(column)
    if set(map(type, values)) == {datetime}:
        return list(map(instant_text, values))
    texts = ["" if value is None else str(value) for value in values]
    if any(map("".join(texts).__contains__, _ESCAPED)):
        texts = [text.translate(_ESCAPES) for text in texts]
    if None in values:
        texts = ["\\N" if value is None else text for value, text in zip(values, texts, strict=True)]
    return texts


def dialect_of(name: str) -> Dialect:
    """What differs in a database of some kind."""
    if name == "sqlite":
        return Sqlite()
    if name == "postgresql":
        return Postgresql()
    raise StoreError(f"SqlStore does not know the database {name!r}", "use SQLite or PostgreSQL")


def prepare_sqlite(engine: Engine) -> None:
    """Set up each connection of an engine of ours."""

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.execute("PRAGMA foreign_keys = ON")
        # A file that is read-only or busy right now stays in the mode in which it is.
        with suppress(engine.dialect.loaded_dbapi.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
