"""How many statements a database was sent, and which of them took long."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

_BEGAN: Final = "recurly_sessions.meter"


class SqlMeter:
    """What was sent while it listened; one that failed, or timed out, counts too."""

    def __init__(self) -> None:
        self.statements = 0
        self._longest: dict[str, float] = {}

    def slower_than(self, seconds: float) -> Mapping[str, float]:
        """The statements that took longer, with the longest that each took."""
        return {statement: taken for statement, taken in self._longest.items() if taken > seconds}

    def before(self, connection: Connection, *_: object) -> None:
        """Begin to time a statement."""
        self.statements += 1
        connection.info[_BEGAN] = time.perf_counter()

    def after(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        """Time it."""
        self._time(connection, statement)

    def failed(self, context: Any) -> None:  # noqa: ANN401 - SQLAlchemy's ExceptionContext
        """Time one that went wrong."""
        if context.connection is not None and context.statement is not None:
            self._time(context.connection, context.statement)

    def _time(self, connection: Connection, statement: str) -> None:
        began = connection.info.pop(_BEGAN, None)
        if began is not None:
            taken = time.perf_counter() - began
            self._longest[statement] = max(taken, self._longest.get(statement, 0.0))


@contextmanager
def metering(bind: Engine | Connection) -> Iterator[SqlMeter]:
    """Listen to what is sent through an engine or a connection."""
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
