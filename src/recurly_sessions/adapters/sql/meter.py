"""How many statements a store sends to its database, and which of them take long."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event


class SqlMeter:
    """What was sent on the connections that it heard; a statement that failed, or timed out, counts too.

    The engine may be a host's, and tell of what other threads send: that is none of ours.
    """

    def __init__(self) -> None:
        self.statements = 0
        self._longest: dict[str, float] = {}
        self._heard: set[Connection] = set()
        self._began: float | None = None

    def slower_than(self, seconds: float) -> Mapping[str, float]:
        """The statements that took longer, each on one line, with the longest that each took."""
        return {statement: taken for statement, taken in self._longest.items() if taken > seconds}

    @contextmanager
    def hearing(self, connection: Connection) -> Iterator[None]:
        """Count what is sent on a connection in a block."""
        known = connection in self._heard
        self._heard.add(connection)
        try:
            yield
        finally:
            if not known:
                self._heard.discard(connection)

    def before(self, connection: Connection, *_: object) -> None:
        """Begin to time a statement."""
        if connection in self._heard:
            self.statements += 1
            self._began = time.perf_counter()

    def after(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        """Time it."""
        self._time(connection, statement)

    def failed(self, context: Any) -> None:  # noqa: ANN401 - SQLAlchemy's ExceptionContext
        """Time one that went wrong."""
        if context.connection is not None and context.statement is not None:
            self._time(context.connection, context.statement)

    def _time(self, connection: Connection, statement: str) -> None:
        if connection in self._heard and self._began is not None:
            taken = time.perf_counter() - self._began
            self._began = None
            line = " ".join(statement.split())
            if not _waits_for_others(line):
                self._longest[line] = max(taken, self._longest.get(line, 0.0))


def _waits_for_others(line: str) -> bool:
    """Whether a statement asks for a lock, so that it takes as long as somebody else has it."""
    return line.startswith("BEGIN") or line.endswith("FOR UPDATE") or "pg_advisory_xact_lock" in line


@contextmanager
def metering(bind: Engine | Connection) -> Iterator[SqlMeter]:
    """A meter to which an engine, or a connection, tells of its statements."""
    meter = SqlMeter()
    listeners = (("before_cursor_execute", meter.before), ("after_cursor_execute", meter.after))
    engine = bind.engine if isinstance(bind, Connection) else bind
    for name, listener in listeners:
        event.listen(bind, name, listener)
    event.listen(engine, "handle_error", meter.failed)
    try:
        yield meter
    finally:
        for name, listener in listeners:
            event.remove(bind, name, listener)
        event.remove(engine, "handle_error", meter.failed)
