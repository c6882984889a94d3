"""Workers that are really killed, at any point of what they say to a database: the end is that of an undisturbed run.

The default run kills a few of them; `nox -s faults` kills at least three hundred for each task and database.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from recurly_sessions import Plan, plan_sessions
from recurly_sessions.adapters.sql import SqlStore
from tests.faults import story
from tests.stores.postgres import a_postgres

POINTS: Final = int(os.environ.get("FAULT_POINTS", "8"))  # for each task and database
# What tells how often and when something was tried, which is what a killed worker changes, and a number that counts
# what was rolled back too.
_TRIED: Final = {"attempts", "claimed_until", "delivered_at"}
_COUNTED: Final = "recurly_notices.place"

Dump = dict[str, list[tuple[object, ...]]]


class Zygote:
    """The process that forks workers."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.zygote"]
        root = Path(__file__).parent.parent.parent
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=root
        )

    def run(self, *workers: dict[str, Any]) -> list[dict[str, Any]]:
        """Let some workers run at once, and say how each ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(workers) + "\n")
        self._process.stdin.flush()
        ends = json.loads(self._process.stdout.readline())
        errors = [end["error"] for end in ends if end.get("error")]
        assert not errors, errors[0]
        return list(ends)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    process = Zygote()
    yield process
    process.close()


class Sqlite:
    """Databases that are files, copied as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"

    def copy(self, name: str, other: str) -> str:
        for end in ("-wal", "-shm"):
            (self._folder / f"{other}.db{end}").unlink(missing_ok=True)
        shutil.copy(self._folder / f"{name}.db", self._folder / f"{other}.db")
        return self.new(other)


class Postgres:
    """Databases of one server, copied by it."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")

    def new(self, name: str) -> str:
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        return self._of(name)

    def copy(self, name: str, other: str) -> str:
        self._say(
            f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            f'CREATE DATABASE "{other}" TEMPLATE "{name}"',
        )
        return self._of(other)

    def _say(self, *statements: str) -> None:
        with self._engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def close(self) -> None:
        self._engine.dispose()

    def _of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqlite | Postgres]:
    if request.param == "sqlite":
        yield Sqlite(tmp_path_factory.mktemp("databases"))
    else:
        with a_postgres(tmp_path_factory.mktemp("server")) as url:
            server = Postgres(url)
            yield server
            server.close()


@pytest.fixture(scope="module")
def folder(databases: Sqlite | Postgres, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases before each task, and the plans that are applied to them."""
    plans = tmp_path_factory.mktemp("plans")
    with opened(databases.new("before apply first")) as store:
        store.save(story.school())
        _save(story.first_plan(store), plans / "first.json")
    with opened(databases.copy("before apply first", "before apply second")) as store:
        story.work(store, "apply first", plans)
        store.save(story.edited(store.school()))
        plan = plan_sessions(store.snapshot(now=story.LATER), now=story.LATER)
        _save(plan, plans / "second.json")
        assert {change.kind.value for change in plan.changes} >= {"CREATE", "UPDATE", "CANCEL"}
    databases.copy("before apply second", "before plan and apply")
    databases.copy("before apply second", "before deliver")
    with opened(databases.copy("before apply second", "before undo")) as store:
        story.work(store, "deliver", plans)
        story.work(store, "apply second", plans)
    (plans / "sent.jsonl").unlink()
    return plans


class opened:  # noqa: N801 - reads as what it does
    """A store that is closed at the end."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url)

    def __enter__(self) -> SqlStore:
        return SqlStore(self._engine)

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()


def _save(plan: Plan, path: Path) -> None:
    path.write_text(plan.to_json(), encoding="utf-8")


def dump(url: str) -> Dump:
    """Everything that a database holds, but how often something was tried."""
    engine = sa.create_engine(url)
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        found = {
            table.name: sorted(connection.execute(sa.select(*_telling(table))).all(), key=repr)
            for table in tables.tables.values()
        }
    engine.dispose()
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


def _telling(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns of a table that say what it holds."""
    return [each for each in table.columns if each.name not in _TRIED and f"{table.name}.{each.name}" != _COUNTED]


def points(count: int, seed: str) -> list[int]:
    """Where to kill: everywhere if that's not too often, else at the beginning, the end, and some points between."""
    if count <= POINTS:
        return list(range(1, count + 1))
    between = random.Random(seed).sample(range(2, count), POINTS - 2)
    return [1, *sorted(between), count]


@pytest.mark.requirement("EC-1")
@pytest.mark.parametrize("task", ["apply first", "apply second", "plan and apply", "undo", "deliver"])
def test_a_worker_that_is_killed_and_started_again_leaves_what_an_undisturbed_one_does(
    databases: Sqlite | Postgres, folder: Path, zygote: Zygote, tmp_path: Path, task: str
) -> None:
    def a_run(name: str) -> Callable[..., dict[str, Any]]:
        work, url = tmp_path / name, databases.copy(f"before {task}", f"{task} {name}")
        shutil.copytree(folder, work)

        def run(what: str, **more: object) -> dict[str, Any]:
            (end,) = zygote.run({"url": url, "task": what, "folder": str(work), **more})
            return {**end, "url": url, "sent": work / "sent.jsonl"}

        return run

    undisturbed = a_run("undisturbed")(task)
    expected = dump(undisturbed["url"])
    for point in points(undisturbed["count"], f"{task} {databases}"):
        run = a_run("killed")
        killed = run(task, kill_at=point)
        end = run("deliver again" if task == "deliver" else task)

        assert killed["killed"], f"at point {point} of {undisturbed['count']}"
        assert _content(dump(end["url"]), task) == _content(expected, task), f"killed at point {point}"
        assert _sent(end["sent"]) == _sent(undisturbed["sent"]), f"killed at point {point}"
        shutil.rmtree(tmp_path / "killed")


def _content(found: Dump, task: str) -> Dump:
    """What has to be the same; whoever plans again after some series were done makes a run with another name."""
    if task != "plan and apply":
        return found
    return {name: rows for name, rows in found.items() if name.endswith(("_sessions", "_series"))}


def _sent(path: Path) -> dict[str, str]:
    """What was sent, by key; a repeat has to say the same."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    sent: dict[str, str] = {}
    for line in lines:
        key = json.loads(line)[0]
        assert sent.setdefault(key, line) == line, "a repeat says the same"
    assert all(count <= 2 for count in Counter(lines).values()), "one worker was killed, so nothing is sent three times"
    return sent


def test_many_workers_at_once_some_of_them_killed_leave_what_one_does(
    databases: Sqlite | Postgres, folder: Path, zygote: Zygote, tmp_path: Path
) -> None:
    def workers(name: str, count: int, **more: object) -> list[dict[str, Any]]:
        url = databases.copy("before apply second", f"many {name}")
        shutil.copytree(folder, tmp_path / name)
        one = {"url": url, "task": "apply second", "folder": str(tmp_path / name), "jitter": 0.02, **more}
        return [dict(one) for _ in range(count)]

    (alone,) = workers("alone", 1)
    (end,) = zygote.run(alone)
    expected = dump(alone["url"])
    for turn in range(max(2, POINTS // 10)):
        many = workers(f"turn {turn}", 8)
        for worker in many[:3]:
            worker["kill_at"] = random.Random(f"{turn} {worker}").randrange(1, end["count"])
        zygote.run(*many)
        zygote.run(many[0] | {"kill_at": None})

        assert dump(many[0]["url"]) == expected, f"turn {turn}"
