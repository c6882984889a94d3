"""A folder in which commands are typed, and a small school."""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import pytest

from recurly_sessions import Session
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.cli.start import main

NOW: Final = "2026-10-05T08:00Z"
URL: Final = "sqlite:///recurly-sessions.db"

SCHOOL: Final = """
tutors = [{ id = "amina", name = "Amina", hourly_rate = "30 EUR" }, { id = "luc" }]

[[series]]
id = "maths"
timezone = "Europe/Paris"
starts_on = 2026-10-05
members = ["kim"]
slots = [{ id = "mon", days = "MO", start = "18:00", end = "19:30" }]
assignments = [
  { id = "amina", tutor_id = "amina", pattern = "round_robin" },
  { id = "luc", tutor_id = "luc", pattern = "round_robin" },
]
"""
ART: Final = """
[[series]]
id = "art"
timezone = "Europe/Paris"
starts_on = 2026-10-05
slots = [{ id = "tue", days = "TU", start = "18:00", end = "19:30" }]
"""
# A rule that is followed no further: whatever is asked of it fails.
BROKEN: Final = """
[[series]]
id = "broken"
timezone = "Europe/Paris"
starts_on = 1900-01-01
slots = [{ id = "odd", rrule = "FREQ=DAILY", start = "18:00", end = "19:30" }]
"""
BARE: Final = """
[[series]]
id = "bare"
timezone = "Europe/Paris"
starts_on = 2026-10-05
"""
FOUR: Final = [f"maths/mon/2026-{day}" for day in ("10-05", "10-12", "10-19", "10-26")]


class Typed(NamedTuple):
    """What came of a command."""

    out: str
    err: str
    code: int

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """Types commands, at the same moment all of them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *args: str, now: str | None = NOW) -> Typed:
        """What a command says, whatever it ends with."""
        code = main([*args, *(["--now", now] if now and args[0] not in {"-h", "--help"} else [])])
        captured = self._capsys.readouterr()
        return Typed(captured.out, captured.err, code)

    def ok(self, *args: str, now: str | None = NOW) -> str:
        """What a command says that must end well."""
        typed = self(*args, now=now)
        assert (typed.err, typed.code) == ("", 0), typed.out
        return typed.out


def stored(series_id: str = "maths") -> list[Session]:
    store = SqlStore(URL)
    sessions = store.sessions_of(series_id)
    store.close()
    return sessions


def ids(sessions: Iterable[Session]) -> list[str]:
    return [session.id for session in sessions]
