"""SqlStore: schools and sessions in a database, through SQLAlchemy. Needs the extra `sql`."""

from __future__ import annotations

from recurly_sessions.adapters.sql.store import SqlStore

__all__ = ["SqlStore"]
