"""The nightly job on clocks that jump back, and on two machines whose timezones aren't of the same release."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import tzdata

from recurly_sessions import Session
from tests.faults import nights
from tests.faults.databases import Postgres, Sqlite, opened, told_twice
from tests.faults.workers import Zygote

BEFORE, TONIGHT, NEXT, AFTER_NEXT = (f"2026-10-{day:02}T02:00Z" for day in (4, 6, 7, 8))


@pytest.fixture(scope="module", autouse=True)
def _prepared(databases: Sqlite | Postgres) -> None:
    nights.prepare(databases)


class Copies:
    """A database that is visited by the job, with a copy that is visited as a whole each time."""

    def __init__(self, databases: Sqlite | Postgres, before: str, folder: Path) -> None:
        self._databases = databases
        self._folder = folder
        self.url = databases.copy(before, "visited")

    def run(self, zygote: Zygote, now: str) -> dict[str, Any]:
        """Run the job, and see that a full run would have left the same."""
        whole = self._databases.copy("visited", "whole")
        full, end = zygote.run(self.worker(now, url=whole, full=True), self.worker(now))

        assert end["said"]["stopped"] == "done"
        assert full["said"]["resumed"] or full["said"]["skipped"] == 0
        assert nights.calendar(self.url) == nights.calendar(whole), now
        return dict(end["said"])

    def worker(self, now: str, *, url: str | None = None, full: bool = False, **more: object) -> dict[str, Any]:
        about = {"now": now, "full": full}
        return {"url": url or self.url, "task": "night", "folder": str(self._folder), "more": about, **more}


# --- a clock that jumps back ----------------------------------------------------------------------------------------


def test_nights_on_a_clock_that_jumps_back_leave_what_full_ones_do(
    databases: Sqlite | Postgres, zygote: Zygote, tmp_path: Path
) -> None:
    copies = Copies(databases, "before second", tmp_path)

    said = [copies.run(zygote, now) for now in (TONIGHT, BEFORE, NEXT)]

    assert [each["now"] for each in said] == [_written(now) for now in (TONIGHT, BEFORE, NEXT)]
    assert said[1]["skipped"] == 0, "no visit is believed that lies in the future"


@pytest.mark.requirement("EC-1")
def test_a_run_that_died_and_was_begun_days_ahead_is_not_gone_on_with(
    databases: Sqlite | Postgres, zygote: Zygote, tmp_path: Path
) -> None:
    (alone,) = zygote.run(Copies(databases, "before second", tmp_path).worker(AFTER_NEXT))
    copies = Copies(databases, "before second", tmp_path)
    (ahead,) = zygote.run(copies.worker(AFTER_NEXT, kill_at=alone["count"] // 2))
    said = [copies.run(zygote, now) for now in (TONIGHT, NEXT)]

    assert ahead["killed"]
    assert [(each["resumed"], each["now"]) for each in said] == [(False, _written(TONIGHT)), (False, _written(NEXT))]


def _written(now: str) -> str:
    return datetime.fromisoformat(now).isoformat()


# --- two machines ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """A machine on which Paris has no summer time, by a later release of tzdata."""
    folder = tmp_path_factory.mktemp("elsewhere")
    copy = shutil.copytree(
        Path(tzdata.__file__).parent, folder / "tzdata", ignore=shutil.ignore_patterns("__pycache__")
    )
    zones = copy / "zoneinfo"
    shutil.copy(zones / "Africa" / "Tunis", zones / "Europe" / "Paris")
    (copy / "__init__.py").write_text('IANA_VERSION = "2099a"\n__version__ = "2099.1"\n', encoding="utf-8")
    process = Zygote(folder)
    yield process
    process.close()


def test_machines_with_other_timezones_take_turns_and_each_time_all_is_as_the_last_one_says(
    databases: Sqlite | Postgres, zygote: Zygote, elsewhere: Zygote, tmp_path: Path
) -> None:
    copies = Copies(databases, "before first", tmp_path)
    turns = (zygote, elsewhere, zygote, elsewhere, elsewhere)

    said = [copies.run(machine, f"2026-10-05T0{hour}:00Z") for hour, machine in enumerate(turns, 1)]

    assert [each["skipped"] for each in said[:4]] == [0, 0, 0, 0], "all are visited whenever the machine is another"
    assert all(each["updated"] > 20 for each in said[1:4]), "lessons in Paris move there and back"
    assert (said[4]["skipped"] > 10, said[4]["updated"]) == (True, 0)
    assert coming(copies.url) == _alone(databases, elsewhere, tmp_path)
    assert told_twice(copies.url) == []


@pytest.mark.requirement("EC-1")
def test_a_run_that_died_on_one_machine_and_was_gone_on_with_on_another_is_put_right_by_the_next(
    databases: Sqlite | Postgres, zygote: Zygote, elsewhere: Zygote, tmp_path: Path
) -> None:
    copies = Copies(databases, "before first", tmp_path)
    (alone,) = zygote.run(copies.worker("2026-10-05T01:00Z"))
    copies = Copies(databases, "before first", tmp_path)
    (killed,) = zygote.run(copies.worker("2026-10-05T01:00Z", kill_at=alone["count"] // 2))
    said = [copies.run(elsewhere, f"2026-10-05T0{hour}:00Z") for hour in (2, 3)]

    assert (killed["killed"], said[0]["resumed"], said[1]["resumed"]) == (True, True, False)
    assert 0 < said[0]["visited"] < alone["said"]["visited"]
    assert said[1]["updated"] > 0
    assert coming(copies.url) == _alone(databases, elsewhere, tmp_path)
    assert told_twice(copies.url) == []


def _alone(databases: Sqlite | Postgres, machine: Zygote, folder: Path) -> list[tuple[object, ...]]:
    """What a machine leaves that alone has run the job, visiting all."""
    url = databases.copy("before first", "alone")
    more = {"now": "2026-10-05T05:00Z", "full": True}
    machine.run({"url": url, "task": "night", "folder": str(folder), "more": more})
    return coming(url)


def coming(url: str) -> list[tuple[object, ...]]:
    """The sessions that take place, but how often and when they were changed."""
    with opened(url) as store:
        return sorted(
            _seen(each)
            for number in range(nights.COUNT)
            for each in store.sessions_of(nights.name(number))
            if each.is_open
        )


def _seen(session: Session) -> tuple[object, ...]:
    return (session.id, session.starts_at, session.ends_at, session.tutor_id, session.price, session.number)
