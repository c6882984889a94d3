"""A prefix and a schema to the tables, with their constraints and the indexes that reads need."""

from __future__ import annotations

from functools import lru_cache

import attrs
from sqlalchemy import (
    DATE,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from recurly_sessions.adapters.sql.dialects import EARLY_ON_POSTGRESQL, EARLY_ON_SQLITE, Instant, id_type
from recurly_sessions.values.people import MODES
from recurly_sessions.values.session import Origin, SessionStatus


@attrs.frozen(kw_only=True)
class Tables:
    """The tables of one store."""

    metadata: MetaData
    prefix: str
    shared: Table
    series: Table
    members: Table
    packages: Table
    parties: Table
    tutors: Table
    availability: Table
    sessions: Table
    journal: Table
    notices: Table
    archive: Table
    visits: Table
    runs: Table

    @property
    def version_table(self) -> str:
        """The name of the table in which Alembic keeps which revision the others have."""
        return f"{self.prefix}alembic_version"

    @property
    def triggers(self) -> tuple[str, ...]:
        """The names of the triggers on sessions, which count the writes of whoever doesn't."""
        return tuple(f"{self.sessions.name}_{event}_counts" for event in ("update", "delete"))


@lru_cache(maxsize=64)
def tables_of(prefix: str, schema: str | None) -> Tables:
    """The tables whose names begin with a prefix, in a schema or the default one.

    They are made once, so that SQLAlchemy knows its statements again in every store of a process.
    """
    metadata = MetaData(schema=schema)
    return Tables(
        metadata=metadata,
        prefix=prefix,
        shared=_shared(metadata, prefix),
        series=_series(metadata, prefix),
        members=_members(metadata, prefix),
        packages=_packages(metadata, prefix),
        parties=_parties(metadata, prefix),
        tutors=_tutors(metadata, prefix),
        availability=_availability(metadata, prefix),
        sessions=_sessions(metadata, prefix),
        journal=_journal(metadata, prefix),
        notices=_notices(metadata, prefix),
        archive=_archive(metadata, prefix),
        visits=_visits(metadata, prefix),
        runs=_runs(metadata, prefix),
    )


def _shared(metadata: MetaData, prefix: str) -> Table:
    """One row: what all series share."""
    return Table(
        f"{prefix}shared",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("revision", BigInteger, nullable=False),
        Column("base", Text, nullable=False),
        Column("branches", Text, nullable=False),
        Column("closures", Text, nullable=False),
        Column("tutors_tracked", Boolean, nullable=False),
        CheckConstraint("id = 1", name=f"{prefix}shared_one_row"),
    )


def _series(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}series",
        metadata,
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("status", String(16), nullable=False),
        Column("branch_id", id_type()),
        Column("room_id", id_type()),
        Column("revision", BigInteger, nullable=False),  # of what is declared
        Column("writes", BigInteger, nullable=False),  # of its sessions
        Column("held_by", id_type(200)),
        Column("document", Text, nullable=False),
        Column("members_tracked", Boolean, nullable=False),
    )


def _members(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}members",
        metadata,
        Column("series_id", id_type(), _belongs_to(metadata, f"{prefix}series"), primary_key=True),
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("name", Text, nullable=False),
        Column("timezone", String(64)),
        Column("active", Boolean, nullable=False),
        Index(f"{prefix}members_by_id", "id"),
    )


def _packages(metadata: MetaData, prefix: str) -> Table:
    """The days of each package, to find the sessions that matter for its sake; the rest stands in the series."""
    return Table(
        f"{prefix}packages",
        metadata,
        Column("series_id", id_type(), _belongs_to(metadata, f"{prefix}series"), primary_key=True),
        Column("id", id_type(), primary_key=True),
        Column("starts_on", DATE, nullable=False),
        Column("ends_on", DATE, nullable=False),
        Index(f"{prefix}packages_by_end", "ends_on"),
    )


def _parties(metadata: MetaData, prefix: str) -> Table:
    """The tutors, active members and rooms that each series names, to find those that have some in common."""
    return Table(
        f"{prefix}parties",
        metadata,
        Column("series_id", id_type(), _belongs_to(metadata, f"{prefix}series"), primary_key=True),
        Column("kind", String(8), primary_key=True),
        Column("party_id", id_type(), primary_key=True),
        Index(f"{prefix}parties_by_id", "party_id", "kind"),
    )


def _tutors(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}tutors",
        metadata,
        Column("id", id_type(), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("document", Text, nullable=False),
        Column("availability_tracked", Boolean, nullable=False),
    )


def _availability(metadata: MetaData, prefix: str) -> Table:
    modes = ", ".join(f"'{mode}'" for mode in MODES)
    return Table(
        f"{prefix}availability",
        metadata,
        Column("tutor_id", id_type(), _belongs_to(metadata, f"{prefix}tutors"), primary_key=True),
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
        CheckConstraint(f"mode IN ({modes})", name=f"{prefix}availability_mode_known"),
        CheckConstraint("date IS NOT NULL OR mode = 'add'", name=f"{prefix}availability_weekly_adds"),
        CheckConstraint("ends = '00:00' OR ends > starts", name=f"{prefix}availability_ends_later"),
    )


def _sessions(metadata: MetaData, prefix: str) -> Table:
    """Sessions, which stay when their series is gone; the columns are the fields of Session in their order."""
    name = f"{prefix}sessions"
    statuses = ", ".join(f"'{status}'" for status in SessionStatus)
    origins = ", ".join(f"'{origin}'" for origin in Origin)
    return Table(
        name,
        metadata,
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
        CheckConstraint(f"status IN ({statuses})", name=f"{name}_status_known"),
        CheckConstraint(f"origin IN ({origins})", name=f"{name}_origin_known"),
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
            sqlite_where=text(EARLY_ON_SQLITE),
            postgresql_where=text(EARLY_ON_POSTGRESQL),
        ),
    )


def _journal(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}journal",
        metadata,
        Column("run_id", id_type(200), primary_key=True),
        Column("series_id", id_type(), primary_key=True),
        Column("nth", Integer, primary_key=True, autoincrement=False),
        Column("number", BigInteger, nullable=False, server_default="0"),  # in the order in which they were written
        Column("kind", id_type(), nullable=False, server_default="apply"),
        Column("at", Instant, nullable=False),
        Column("actor_id", id_type(), nullable=False),
        Column("actor_role", String(16), nullable=False),
        Column("made", Text),
        Column("changed", Text, nullable=False),
        Column("activated", Boolean, nullable=False),
        Column("undone_at", Instant),
        Column("undone_by", id_type(200)),
        Index(f"{prefix}journal_by_number", "number"),
    )


def _notices(metadata: MetaData, prefix: str) -> Table:
    """What people are to be told; `key` is that of the digest in which a notice was first claimed."""
    name = f"{prefix}notices"
    keyed = text('"key" IS NOT NULL')
    due, sqlite_due = text("delivered_at IS NULL AND NOT given_up"), text("delivered_at IS NULL AND given_up = 0")
    return Table(
        name,
        metadata,
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
        Column("given_up_at", Instant),  # none where an older release gave it up
        UniqueConstraint("run_id", "series_id", "nth", "role", "recipient_id", name=f"{name}_one_each"),
        Index(f"{name}_due", "place", sqlite_where=sqlite_due, postgresql_where=due),
        Index(f"{name}_by_recipient", "recipient_id", "run_id", sqlite_where=sqlite_due, postgresql_where=due),
        Index(f"{name}_by_key", "key", sqlite_where=keyed, postgresql_where=keyed),
    )


def _archive(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}archive",
        metadata,
        Column("series_id", id_type(), primary_key=True),
        Column("document", Text, nullable=False),
        Column("members", Text),
        Column("archived_at", Instant, nullable=False),
    )


def _visits(metadata: MetaData, prefix: str) -> Table:
    """How the job left each series; `writes` and `sessions` as they were then."""
    return Table(
        f"{prefix}visits",
        metadata,
        Column("series_id", id_type(), _belongs_to(metadata, f"{prefix}series"), primary_key=True),
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
    )


def _runs(metadata: MetaData, prefix: str) -> Table:
    """The runs of the job; `school` is what all series shared, until a run is finished."""
    return Table(
        f"{prefix}runs",
        metadata,
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
    )


def _belongs_to(metadata: MetaData, table: str) -> ForeignKey:
    whole = table if metadata.schema is None else f"{metadata.schema}.{table}"
    return ForeignKey(f"{whole}.id", ondelete="CASCADE")
