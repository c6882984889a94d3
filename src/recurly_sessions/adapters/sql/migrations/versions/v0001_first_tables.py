"""The first tables."""

from __future__ import annotations

from typing import Final

from alembic.operations import Operations
from sqlalchemy import (
    DATE,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    column,
    false,
    table,
    text,
)

from recurly_sessions.adapters.sql.dialects import Instant, id_type

revision = "0001"
down_revision = None

_STATUSES: Final = "'PENDING', 'CONFIRMED', 'COMPLETED', 'NO_SHOW_STUDENT', 'NO_SHOW_TUTOR', 'CANCELLED', 'RESCHEDULED'"


def upgrade(op: Operations, prefix: str, schema: str | None) -> None:
    """Make the tables, and the one row of what all series share."""
    for make in (
        _shared,
        _series,
        _members,
        _packages,
        _tutors,
        _availability,
        _sessions,
        _journal,
        _notices,
        _archive,
    ):
        make(op, prefix, schema)
    shared = table(
        f"{prefix}shared",
        *map(column, ("id", "revision", "base", "branches", "closures", "tutors_tracked")),
        schema=schema,
    )
    op.execute(
        shared.insert().values(id=1, revision=1, base="{}", branches="{}", closures="[]", tutors_tracked=false())
    )


def _shared(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}shared",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("revision", BigInteger, nullable=False),
        Column("base", Text, nullable=False),
        Column("branches", Text, nullable=False),
        Column("closures", Text, nullable=False),
        Column("tutors_tracked", Boolean, nullable=False),
        CheckConstraint("id = 1", name=f"{prefix}shared_one_row"),
        schema=schema,
    )


def _series(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}series",
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("status", String(16), nullable=False),
        Column("branch_id", id_type()),
        Column("room_id", id_type()),
        Column("revision", BigInteger, nullable=False),
        Column("writes", BigInteger, nullable=False),
        Column("held_by", id_type(200)),
        Column("document", Text, nullable=False),
        Column("members_tracked", Boolean, nullable=False),
        schema=schema,
    )


def _members(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}members",
        Column("series_id", id_type(), _belongs_to(f"{prefix}series", schema), primary_key=True),
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("name", Text, nullable=False),
        Column("timezone", String(64)),
        Column("active", Boolean, nullable=False),
        Index(f"{prefix}members_by_id", "id"),
        schema=schema,
    )


def _packages(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}packages",
        Column("series_id", id_type(), _belongs_to(f"{prefix}series", schema), primary_key=True),
        Column("id", id_type(), primary_key=True),
        Column("starts_on", DATE, nullable=False),
        Column("ends_on", DATE, nullable=False),
        Index(f"{prefix}packages_by_end", "ends_on"),
        schema=schema,
    )


def _tutors(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}tutors",
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("document", Text, nullable=False),
        Column("availability_tracked", Boolean, nullable=False),
        schema=schema,
    )


def _availability(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}availability",
        Column("tutor_id", id_type(), _belongs_to(f"{prefix}tutors", schema), primary_key=True),
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("weekday", SmallInteger),
        Column("date", DATE),
        Column("starts", String(5), nullable=False),
        Column("ends", String(5), nullable=False),
        Column("mode", String(8), nullable=False),
        Column("active", Boolean, nullable=False),
        CheckConstraint("(weekday IS NULL) <> (date IS NULL)", name=f"{prefix}availability_weekday_or_date"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name=f"{prefix}availability_weekday_known"),
        CheckConstraint("mode IN ('add', 'replace', 'block')", name=f"{prefix}availability_mode_known"),
        CheckConstraint("date IS NOT NULL OR mode = 'add'", name=f"{prefix}availability_weekly_adds"),
        CheckConstraint("ends = '00:00' OR ends > starts", name=f"{prefix}availability_ends_later"),
        schema=schema,
    )


def _sessions(op: Operations, prefix: str, schema: str | None) -> None:
    name = f"{prefix}sessions"
    op.create_table(
        name,
        Column("id", id_type(200), primary_key=True),
        Column("series_id", id_type(), nullable=False),
        Column("slot_id", id_type()),
        Column("occurs_on", DATE),
        Column("timezone", String(64), nullable=False),
        Column("starts_at", Instant, nullable=False),
        Column("ends_at", Instant, nullable=False),
        Column("tutor_id", id_type()),
        Column("status", String(16), nullable=False),
        Column("price_minor", BigInteger),
        Column("price_currency", String(3)),
        Column("origin", String(16), nullable=False),
        Column("cancellation_reason", Text),
        Column("cause_id", Text),
        Column("meeting_url", Text),
        Column("room_id", id_type()),
        Column("package_id", id_type()),
        Column("number", BigInteger),
        Column("notes", Text, nullable=False),
        Column("pinned", Text, nullable=False),
        Column("original_starts_at", Instant),
        Column("version", Integer, nullable=False),
        Column("updated_by", id_type()),
        Column("updated_at", Instant),
        UniqueConstraint("series_id", "slot_id", "occurs_on", name=f"{name}_one_each"),
        CheckConstraint(f"status IN ({_STATUSES})", name=f"{name}_status_known"),
        CheckConstraint("origin IN ('GENERATED', 'MANUAL')", name=f"{name}_origin_known"),
        CheckConstraint("ends_at > starts_at", name=f"{name}_ends_later"),
        CheckConstraint("(slot_id IS NULL) = (occurs_on IS NULL)", name=f"{name}_promised"),
        CheckConstraint("(price_minor IS NULL) = (price_currency IS NULL)", name=f"{name}_price_whole"),
        Index(f"{name}_by_series", "series_id", "starts_at"),
        Index(f"{name}_by_end", "ends_at"),
        Index(f"{name}_by_tutor", "tutor_id", "ends_at"),
        Index(
            f"{name}_by_room",
            "room_id",
            "ends_at",
            sqlite_where=text("room_id IS NOT NULL"),
            postgresql_where=text("room_id IS NOT NULL"),
        ),
        Index(
            f"{name}_early",
            "occurs_on",
            sqlite_where=text("ends_at < occurs_on"),
            postgresql_where=text("timezone('UTC'::text, ends_at) < occurs_on"),
        ),
        schema=schema,
    )


def _journal(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}journal",
        Column("run_id", id_type(200), primary_key=True),
        Column("series_id", id_type(), primary_key=True),
        Column("nth", Integer, primary_key=True, autoincrement=False),
        Column("at", Instant, nullable=False),
        Column("actor_id", id_type(), nullable=False),
        Column("actor_role", String(16), nullable=False),
        Column("made", Text),
        Column("changed", Text, nullable=False),
        Column("activated", Boolean, nullable=False),
        Column("undone_at", Instant),
        Column("undone_by", id_type(200)),
        schema=schema,
    )


def _notices(op: Operations, prefix: str, schema: str | None) -> None:
    name = f"{prefix}notices"
    keyed = text('"key" IS NOT NULL')
    due, sqlite_due = text("delivered_at IS NULL AND NOT given_up"), text("delivered_at IS NULL AND given_up = 0")
    op.create_table(
        name,
        Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("run_id", id_type(200), nullable=False),
        Column("series_id", id_type(), nullable=False),
        Column("nth", Integer, nullable=False),
        Column("role", String(16), nullable=False),
        Column("recipient_id", id_type(), nullable=False),
        Column("told", Text, nullable=False),
        Column("key", String(64)),
        Column("attempts", Integer, nullable=False),
        Column("delivered_at", Instant),
        Column("due_at", Instant),
        Column("claimed_until", Instant),
        Column("given_up", Boolean, nullable=False),
        UniqueConstraint("run_id", "series_id", "nth", "role", "recipient_id", name=f"{name}_one_each"),
        Index(f"{name}_due", "place", sqlite_where=sqlite_due, postgresql_where=due),
        Index(f"{name}_by_recipient", "recipient_id", "run_id", sqlite_where=sqlite_due, postgresql_where=due),
        Index(f"{name}_by_key", "key", sqlite_where=keyed, postgresql_where=keyed),
        schema=schema,
    )


def _archive(op: Operations, prefix: str, schema: str | None) -> None:
    op.create_table(
        f"{prefix}archive",
        Column("series_id", id_type(), primary_key=True),
        Column("document", Text, nullable=False),
        Column("members", Text),
        Column("archived_at", Instant, nullable=False),
        schema=schema,
    )


def _belongs_to(table_name: str, schema: str | None) -> ForeignKey:
    whole = table_name if schema is None else f"{schema}.{table_name}"
    return ForeignKey(f"{whole}.id", ondelete="CASCADE")
