"""What the job remembers: how it left each series, and its runs; who takes part; a count of writes behind its back.

The journal has what sort of run each was, and in which order they were; a notice, when it was given up.
"""

from __future__ import annotations

import json

from alembic.operations import Operations
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Text, cast, column, select, table

from recurly_sessions.adapters.sql.dialects import Instant, id_type

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations, prefix: str, schema: str | None) -> None:
    """Make the tables, and count every write to sessions with their series, whoever writes."""
    whole = f"{prefix}series" if schema is None else f"{schema}.{prefix}series"
    op.create_table(
        f"{prefix}visits",
        Column("series_id", id_type(), ForeignKey(f"{whole}.id", ondelete="CASCADE"), primary_key=True),
        Column("run_id", id_type(200), nullable=False),
        Column("at", Instant, nullable=False),
        Column("due_at", Instant, nullable=False),
        Column("basis", String(64), nullable=False),
        Column("revision", String(64), nullable=False),
        Column("writes", BigInteger, nullable=False),
        Column("sessions", BigInteger, nullable=False),
        Column("school", String(120)),
        Column("told", Text, nullable=False),
        Column("last_in", id_type(200)),
        schema=schema,
    )
    op.create_table(
        f"{prefix}runs",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("now", Instant, nullable=False),
        Column("revision", String(64), nullable=False),
        Column("school", Text),
        Column("active", Integer, nullable=False),
        Column("full", Boolean, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("outcome", String(16)),
        Column("finished_at", Instant),
        Column("counts", Text, nullable=False),
        Column("told", Text, nullable=False),
        schema=schema,
    )
    kind = Column("kind", id_type(), nullable=False, server_default="apply")
    number = Column("number", BigInteger, nullable=False, server_default="0")
    for added in (number, kind):
        op.add_column(f"{prefix}journal", added, schema=schema)
    op.create_index(f"{prefix}journal_by_number", f"{prefix}journal", ["number"], schema=schema)
    op.create_table(
        f"{prefix}parties",
        Column("series_id", id_type(), ForeignKey(f"{whole}.id", ondelete="CASCADE"), primary_key=True),
        Column("kind", String(8), primary_key=True),
        Column("party_id", id_type(), primary_key=True),
        schema=schema,
    )
    op.create_index(f"{prefix}parties_by_id", f"{prefix}parties", ["party_id", "kind"], schema=schema)
    _fill_parties(op, prefix, schema)
    op.add_column(f"{prefix}notices", Column("given_up_at", Instant), schema=schema)
    if op.get_bind().dialect.name == "postgresql":
        _count_on_postgresql(op, prefix, schema)
    else:
        _count_on_sqlite(op, prefix, schema)


def _fill_parties(op: Operations, prefix: str, schema: str | None) -> None:
    """The tutors, active members and rooms of the series that are there."""
    series = table(f"{prefix}series", column("id"), column("document"), schema=schema)
    members = table(f"{prefix}members", column("series_id"), column("id"), column("active"), schema=schema)
    parties = table(f"{prefix}parties", column("series_id"), column("kind"), column("party_id"), schema=schema)
    found: set[tuple[str, str, str]] = set()
    for series_id, text in op.get_bind().execute(select(series.c.id, series.c.document)):
        document = json.loads(text)
        rooms = {document.get("room_id"), *(slot.get("room_id") for slot in document.get("slots", ()))}
        found.update((series_id, "tutor", each["tutor_id"]) for each in document.get("assignments", ()))
        found.update((series_id, "room", room) for room in rooms if room is not None)
    active = select(members.c.series_id, members.c.id).where(cast(members.c.active, Boolean))
    found.update((series_id, "member", each) for series_id, each in op.get_bind().execute(active))
    names = ("series_id", "kind", "party_id")
    op.bulk_insert(parties, [dict(zip(names, row, strict=True)) for row in sorted(found)])


def _count_on_sqlite(op: Operations, prefix: str, schema: str | None) -> None:
    """Row by row; what a trigger names lies in the schema in which it is."""
    quote = op.get_bind().dialect.identifier_preparer.quote
    series, sessions = quote(f"{prefix}series"), quote(f"{prefix}sessions")
    for event, ids in (("update", "OLD.series_id, NEW.series_id"), ("delete", "OLD.series_id")):
        name = quote(f"{prefix}sessions_{event}_counts")
        where = name if schema is None else f"{quote(schema)}.{name}"
        count = f"UPDATE {series} SET writes = writes + 1 WHERE id IN ({ids})"  # noqa: S608 - names, quoted
        op.execute(f"CREATE TRIGGER {where} AFTER {event.upper()} ON {sessions} FOR EACH ROW BEGIN {count}; END")


def _count_on_postgresql(op: Operations, prefix: str, schema: str | None) -> None:
    """Once a statement, for all series whose sessions it wrote, whatever search_path the writer has."""
    dialect = op.get_bind().dialect
    quote = dialect.identifier_preparer.quote
    schema = schema or dialect.default_schema_name
    where = "" if schema is None else f"{quote(schema)}."
    series, sessions = where + quote(f"{prefix}series"), where + quote(f"{prefix}sessions")
    for event, rows in (("update", ("old", "new")), ("delete", ("old",))):
        name = f"{prefix}sessions_{event}_counts"
        theirs = " UNION ".join(f"SELECT series_id FROM {each}_rows" for each in rows)  # noqa: S608 - two known names
        tables = " ".join(f"{each.upper()} TABLE AS {each}_rows" for each in rows)
        count = f"UPDATE {series} SET writes = writes + 1 WHERE id IN ({theirs})"  # noqa: S608 - names, quoted
        op.execute(
            f"CREATE FUNCTION {where}{quote(name)}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN {count}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {quote(name)} AFTER {event.upper()} ON {sessions} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {where}{quote(name)}()"
        )
