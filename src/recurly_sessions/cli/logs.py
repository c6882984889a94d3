"""Where a command's log goes: a file with a line of JSON for each event, or the error output in words."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TextIO

_LIBRARY: Final = logging.getLogger("recurly_sessions")


class JsonLines(logging.Formatter):
    """A line of JSON for each record: when, how bad, what in words, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


class Words(logging.StreamHandler[TextIO]):
    """Writes to the error output as it is at that moment: a bar that is shown there goes on below."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.setStream(sys.stderr)
        super().emit(record)


@contextmanager
def logging_to(path: str | None, *, verbose: bool) -> Iterator[None]:
    """Log to a file, and to the error output, for as long as a command runs."""
    handlers: list[logging.Handler] = []
    if path is not None:
        handlers.append(logging.FileHandler(path, encoding="utf-8"))
        handlers[-1].setFormatter(JsonLines())
    if verbose:
        handlers.append(Words())
        handlers[-1].setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        handlers[-1].setLevel(logging.INFO)
    level, propagates = _LIBRARY.level, _LIBRARY.propagate
    for handler in handlers:
        _LIBRARY.addHandler(handler)
    _LIBRARY.setLevel(logging.DEBUG if handlers else logging.ERROR + 1)
    _LIBRARY.propagate = False
    try:
        yield
    finally:
        _LIBRARY.setLevel(level)
        _LIBRARY.propagate = propagates
        for handler in handlers:
            _LIBRARY.removeHandler(handler)
            handler.close()
