"""The tables' revision: which the database has, whether that is the code's, and the way there, by Alembic.

Alembic's command line isn't used, nor its modules `op` and `context`: so a host may bring our tables up to date inside
a migration of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, String, Table, column, func, inspect, select, table, text
from sqlalchemy.schema import CreateSchema

from recurly_sessions.adapters.sql.dialects import dialect_of
from recurly_sessions.adapters.sql.failures import BY_IMPORT, telling
from recurly_sessions.adapters.sql.tables import Tables
from recurly_sessions.errors import InvalidValueError, SchemaDamagedError, SchemaVersionError

SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x72656375726C79  # "recurly": whoever upgrades holds it, so that two don't


_BY_COPY: Final = "put back a copy of the database; what is lost isn't made again by itself"


def _names_of(table: Table) -> set[str]:
    return {str(index.name) for index in table.indexes}


@lru_cache(maxsize=8)
def _scripts_in(folder: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


class Schema:
    """The revisions of the tables of one store."""

    def __init__(self, tables: Tables, scripts: Path = SCRIPTS) -> None:
        self._tables = tables
        self._scripts = _scripts_in(scripts)

    @property
    def wanted(self) -> str:
        """The revision that the code is written for."""
        head = self._scripts.get_current_head()
        assert head is not None, "the package has its migrations with it"
        return head

    def current(self, connection: Connection) -> str | None:
        """The revision that the database has, or None where it has none of the tables."""
        schema = self._tables.metadata.schema
        with telling():
            inspector = inspect(connection)
            # Not by Alembic, which logs whenever it's asked.
            if inspector.has_table(self._tables.version_table, schema=schema):
                version = table(self._tables.version_table, column("version_num", String()), schema=schema)
                if found := connection.scalar(select(version.c.version_num)):
                    return str(found)
            return "unknown" if inspector.has_table(self._tables.sessions.name, schema=schema) else None

    def check(self, connection: Connection) -> None:
        """Refuse a database whose tables aren't those that the code is written for, or lack something."""
        self.refuse_unless_wanted(self.current(connection))
        with telling():
            missing = tuple(self._missing(connection))
        if missing:
            hint = BY_IMPORT if missing == (self._shared_row,) else _BY_COPY
            raise SchemaDamagedError(f"the database has lost {', '.join(missing)}", hint, missing=missing)

    @property
    def _shared_row(self) -> str:
        return f"the row of {self._tables.shared.name}"

    def _missing(self, connection: Connection) -> Iterator[str]:
        """What the database lacks of what the code needs, by name."""
        inspector, schema = inspect(connection), self._tables.metadata.schema
        there = set(inspector.get_table_names(schema=schema))
        for wanted in self._tables.metadata.sorted_tables:
            if wanted.name not in there:
                yield f"the table {wanted.name}"
                continue
            columns = {each["name"] for each in inspector.get_columns(wanted.name, schema=schema)}
            yield from (f"the column {wanted.name}.{each.name}" for each in wanted.columns if each.name not in columns)
            indexes = {each["name"] for each in inspector.get_indexes(wanted.name, schema=schema)}
            yield from (f"the index {name}" for name in sorted(_names_of(wanted) - indexes))
        sessions, shared = self._tables.sessions, self._tables.shared
        if sessions.name in there:
            triggers = dialect_of(connection.dialect.name).triggers(connection, sessions)
            yield from (f"the trigger {name}" for name in self._tables.triggers if name not in triggers)
        if shared.name in there and not connection.scalar(select(func.count()).select_from(shared)):
            yield self._shared_row

    def refuse_unless_wanted(self, found: str | None) -> None:
        """Refuse a revision that isn't the one that the code is written for."""
        if found != self.wanted:
            raise self._refusal(found)

    def upgrade(self, connection: Connection) -> None:
        """Bring the tables up to date, from whatever revision they have; those that are newer are refused."""
        with telling():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = self.current(connection)
        if found == self.wanted:
            return
        steps = self._steps(found)
        with telling():
            schema = self._tables.metadata.schema
            if schema is not None and not inspect(connection).has_schema(schema):
                if connection.dialect.name == "sqlite":
                    rule = "must be the name of a database that is attached to the connection"
                    raise InvalidValueError("SqlStore: schema", rule, schema, "leave it out on SQLite")
                connection.execute(CreateSchema(schema))
            context = self._context(connection, steps)
            context.run_migrations(op=Operations(context), prefix=self._tables.prefix, schema=schema)

    def _steps(self, found: str | None) -> list[RevisionStep]:
        """The revisions that are missing, the first one first."""
        try:
            missing: list[Script] = [*self._scripts.iterate_revisions("head", found or "base")]
        except (CommandError, RevisionError) as error:
            raise self._refusal(found) from error
        revisions = self._scripts.revision_map
        return [MigrationStep.upgrade_from_script(revisions, script) for script in reversed(missing)]

    def _context(self, connection: Connection, steps: list[RevisionStep] | None = None) -> MigrationContext:
        return MigrationContext.configure(
            connection,
            opts={
                "version_table": self._tables.version_table,
                "version_table_schema": self._tables.metadata.schema,
                "fn": lambda _heads, _context: steps or [],
            },
        )

    def _refusal(self, found: str | None) -> SchemaVersionError:
        names = f"{self._tables.prefix}*"
        wanted = self.wanted
        if found is None:
            what, hint = f"the database has no tables {names}", "create them with SqlStore(…).upgrade()"
        elif any(script.revision == found for script in self._scripts.walk_revisions()):
            what = f"the tables {names} are of revision {found}, and this release needs {wanted}"
            hint = "make a copy of the database, then bring it up to date with SqlStore(…).upgrade()"
        else:
            what = f"the tables {names} are of revision {found}, which this release ({wanted}) does not know"
            hint = "they were made by a newer release: install that one; upgrade() only goes forward"
        return SchemaVersionError(what, hint, found=found, wanted=wanted)
