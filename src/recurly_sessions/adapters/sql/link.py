"""Link: one connection with the tables on it, through which all statements of a store go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import attrs
from sqlalchemy import Connection, Executable, Table

from recurly_sessions.adapters.sql.dialects import Dialect, Row, Rows
from recurly_sessions.adapters.sql.failures import BY_IMPORT, reading_row, telling
from recurly_sessions.adapters.sql.tables import Tables
from recurly_sessions.errors import UnreadableError

_AT_A_TIME: Final = 250  # rows


@attrs.frozen
class Link:
    """A connection inside a transaction; whatever goes wrong on it comes out as a `StoreError`."""

    connection: Connection
    tables: Tables
    dialect: Dialect

    def rows(self, statement: Executable) -> list[Row]:
        """What a statement reads, as plain tuples."""
        with self.telling(), reading_row("a row"):
            return list(map(tuple, self.connection.execute(statement)))

    def shared(self, statement: Executable) -> Row:
        """What a statement reads of the one row of what all series share."""
        found = self.rows(statement)
        if not found:
            table = self.tables.shared.name
            what = f"what all series share can't be read: the table {table} has lost its row"
            raise UnreadableError(what, BY_IMPORT, table=table)
        return found[0]

    def bare_rows(self, statement: Executable) -> Iterator[list[Row]]:
        """What a statement reads, as the driver gives it, a few rows at a time.

        They stay in the processor's cache: to make sessions of thousands of rows at once takes four times as long.
        """
        with self.telling():
            cursor: Any = self.connection.execute(statement).cursor
            while rows := cursor.fetchmany(_AT_A_TIME):
                yield list(rows)

    def run(self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None) -> int:
        """Do what a statement says, for each of the values if there are several; how many rows it concerned."""
        if isinstance(values, Sequence) and not values:
            return 0
        with self.telling():
            return self.connection.execute(statement, values).rowcount

    def add(self, table: Table, rows: Rows) -> bool:
        """Write new rows, all or none; whether no key of them was taken."""
        with self.telling():
            return self.dialect.insert(self.connection, table, rows)

    def telling(self) -> AbstractContextManager[None]:
        """Let out what goes wrong in a block as one of our errors."""
        return telling(self.connection.dialect.loaded_dbapi.Error)
