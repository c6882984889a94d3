"""Workers that are really killed, at any point of what they say to a database: the end is that of an undisturbed run.

The default run kills a few of them; `nox -s faults` kills at least three hundred for each task and database.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recurly_sessions import Plan, plan_sessions
from tests.faults import story
from tests.faults.databases import TRIED, Dump, Postgres, Sqlite, dump, opened, told_twice
from tests.faults.workers import TURNS, Zygote, points


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
    databases.copy("before apply second", "before maintain")
    databases.copy("before apply second", "before deliver")
    with opened(databases.copy("before apply second", "before undo")) as store:
        story.work(store, "deliver", plans)
        story.work(store, "apply second", plans)
    (plans / "sent.jsonl").unlink()
    return plans


def _save(plan: Plan, path: Path) -> None:
    path.write_text(plan.to_json(), encoding="utf-8")


@pytest.mark.requirement("EC-1", "FR-010")
@pytest.mark.parametrize("task", ["apply first", "apply second", "plan and apply", "maintain", "undo", "deliver"])
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
    """What has to be the same; whoever plans again after some series were done makes a run with another name.

    Of the job's runs, how many there are: one that was killed when all was done is followed by one that does nothing.
    """
    if task == "maintain":
        return {name: rows for name, rows in found.items() if not name.endswith("_runs")}
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


@pytest.mark.parametrize("task", ["apply second", "maintain"])
def test_many_workers_at_once_some_of_them_killed_leave_what_one_does(
    databases: Sqlite | Postgres, folder: Path, zygote: Zygote, tmp_path: Path, task: str
) -> None:
    def workers(name: str, count: int, **more: object) -> list[dict[str, Any]]:
        url = databases.copy("before apply second", f"many {task} {name}")
        shutil.copytree(folder, tmp_path / name)
        one = {"url": url, "task": task, "folder": str(tmp_path / name), "jitter": 0.02, **more}
        return [dict(one) for _ in range(count)]

    (alone,) = workers("alone", 1)
    (end,) = zygote.run(alone)
    expected = _content(dump(alone["url"]), task)
    for turn in range(TURNS):
        many = workers(f"turn {turn}", 8)
        for worker in many[:3]:
            worker["kill_at"] = random.Random(f"{turn} {worker}").randrange(1, end["count"])
        zygote.run(*many)
        zygote.run(many[0] | {"kill_at": None})

        assert _content(dump(many[0]["url"]), task) == expected, f"turn {turn}"


@pytest.mark.requirement("EC-4")
@pytest.mark.parametrize("tasks", [["apply second", "plan and apply", "edit"], ["maintain", "maintain", "edit"]])
def test_people_edit_while_many_workers_apply_and_some_are_killed(
    databases: Sqlite | Postgres, folder: Path, zygote: Zygote, tmp_path: Path, tasks: list[str]
) -> None:

    def a_worker(name: str, task: str) -> dict[str, Any]:
        return {"url": databases.url(name), "task": task, "folder": str(folder), "jitter": 0.02}

    def finish(name: str) -> list[tuple[object, ...]]:
        for task in tasks:
            (end,) = zygote.run(a_worker(name, task))
            counts[task] = end["count"]
        return _as_they_stand(databases.url(name))

    counts: dict[str, int] = {}
    databases.copy("before apply second", "edited alone")
    expected = finish("edited alone")
    assert sum("bring book" in str(row) for row in expected) > 20
    for turn in range(TURNS):
        name = f"edited {turn}"
        databases.copy("before apply second", name)
        many = [a_worker(name, task) for task in [*tasks, *tasks, "edit", tasks[0]]]
        for worker in many[:3]:
            worker["kill_at"] = random.Random(f"{turn} {worker}").randrange(1, counts[worker["task"]])
        zygote.run(*many)

        assert finish(name) == expected, f"turn {turn}"
        assert told_twice(databases.url(name)) == []


def _as_they_stand(url: str) -> list[tuple[object, ...]]:
    """All sessions, but how often and when they were changed, which hangs on who came first."""
    return dump(url, without=TRIED | {"version", "updated_at"})["recurly_sessions"]
