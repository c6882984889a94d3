"""The nightly job whose workers are really killed, one at a time or some of many: the calendar is that of a full run.

The default run kills a few of them; `nox -s faults` kills three hundred for each database.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from recurly_sessions import plan_sessions
from tests.faults import nights
from tests.faults.databases import Postgres, Sqlite, opened, told_twice
from tests.faults.nights import LATER, NIGHTS
from tests.faults.workers import POINTS, TURNS, Zygote, points

AT_ONCE: Final = 4  # databases
JOBS: Final = 8  # at once
KILLED: Final = 2  # of them
MOST_RUNS: Final = 6
DONE: Final = ("created", "updated", "cancelled", "reinstated")


@pytest.fixture(scope="module", autouse=True)
def _prepared(databases: Sqlite | Postgres) -> None:
    nights.prepare(databases)


def a_night(url: str, folder: Path, now: str, *, full: bool = False, **more: object) -> dict[str, Any]:
    return {"url": url, "task": "night", "folder": str(folder), "more": {"now": now, "full": full}, **more}


@pytest.mark.requirement("EC-1", "FR-010")
@pytest.mark.parametrize("name", NIGHTS)
def test_a_night_that_is_killed_and_gone_on_with_leaves_what_a_full_one_does(
    databases: Sqlite | Postgres, zygote: Zygote, tmp_path: Path, name: str
) -> None:
    now = NIGHTS[name]
    whole, alone = (databases.copy(f"before {name}", f"{name} {each}") for each in ("whole", "alone"))
    (full,) = zygote.run(a_night(whole, tmp_path, now, full=True))
    (skipping,) = zygote.run(a_night(alone, tmp_path, now))
    expected, left = nights.calendar(whole), nights.visits(nights.as_at_once(alone))

    assert nights.calendar(alone) == expected
    assert _is_worth_it(name, full["said"], skipping["said"])
    where = points(skipping["count"], f"{name} {type(databases).__name__}", POINTS // len(NIGHTS))
    for begin in range(0, len(where), AT_ONCE):
        killed_at = dict(enumerate(where[begin : begin + AT_ONCE]))
        urls = [databases.copy(f"before {name}", f"{name} killed {place}") for place in killed_at]
        killed = zygote.run(*(a_night(urls[each], tmp_path, now, kill_at=point) for each, point in killed_at.items()))
        ends = zygote.run(*(a_night(url, tmp_path, LATER[now]) for url in urls))

        for place, point in killed_at.items():
            found, at = nights.as_at_once(urls[place]), f"killed at point {point} of {skipping['count']}"
            assert (killed[place]["killed"], ends[place]["said"]["stopped"]) == (True, "done"), at
            assert nights.without_visits(found) == expected, at
            assert nights.visits(found) == left, at


def _is_worth_it(name: str, full: dict[str, Any], skipping: dict[str, Any]) -> bool:
    """Whether a night has everything in it."""
    if name == "first":
        return bool(full["created"] > 100 and full["conflicts"] and full["issues"] and full["visited"] > 30)
    return all(full[done] for done in (*DONE, "archived")) and skipping["skipped"] > 5


@pytest.mark.requirement("EC-1", "EC-4")
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", NIGHTS)
def test_after_many_jobs_at_once_some_of_them_killed_while_people_edit_the_next_brings_what_a_full_one_would(
    databases: Postgres, zygote: Zygote, tmp_path: Path, name: str
) -> None:
    now = NIGHTS[name]
    undisturbed = databases.copy(f"before {name}", "alone")
    (alone,) = zygote.run(a_night(undisturbed, tmp_path, now))
    made_again = told_again(undisturbed)
    for turn in range(TURNS // len(NIGHTS)):
        url, chance = databases.copy(f"before {name}", "many"), random.Random(f"{name} {turn}")
        jobs = [a_night(url, tmp_path, now) for _ in range(JOBS)]
        for place, job in enumerate(jobs):  # those to be killed begin first, so that there's something left for them
            point = chance.randrange(1, alone["count"] // JOBS)
            job.update({"kill_at": point, "or_at_end": True} if place < KILLED else {"jitter": 0.3})
        tasks = ("edit sessions", "edit series", "edit series", "edit by sql", "edit what all share")
        people = [
            {"url": url, "task": task, "folder": str(tmp_path), "more": {"seed": chance.randrange(10_000)}}
            for task in tasks
        ]
        ends = zygote.run(*jobs, *people)
        deleted = {each for end in ends for each in (end.get("said") or {}).get("deleted", ())}

        assert [end["killed"] for end in ends] == [place < KILLED for place in range(len(ends))], f"turn {turn}"
        whole = databases.copy("many", "many, whole")
        zygote.run(a_night(whole, tmp_path, LATER[now], full=True))
        zygote.run(a_night(url, tmp_path, LATER[now]))

        assert nights.calendar(url) == nights.calendar(whole), f"turn {turn}"
        assert told_again(url) <= made_again | deleted, f"turn {turn}"
        settle(zygote, a_night(url, tmp_path, LATER[now]))
        before = sessions(url)
        (full,) = zygote.run(a_night(url, tmp_path, LATER[now], full=True))
        assert [full["said"][done] for done in (*DONE, "skipped", "failed")] == [0] * 6, f"turn {turn}"
        assert sessions(url) == before, f"turn {turn}"
        assert left_to_do(url, LATER[now]) == [], f"turn {turn}"


def settle(zygote: Zygote, job: dict[str, Any]) -> None:
    """Run the job until it has nothing to do: those that react to each other may take a run each."""
    for _ in range(MOST_RUNS):
        (end,) = zygote.run(job)
        if not any(end["said"][done] for done in DONE):
            return
    raise AssertionError("the job must come to an end")


def told_again(url: str) -> set[str]:
    """The sessions of which somebody is told the same twice, which only those are that were deleted and made again."""
    return {session_id for _, _, _, session_id, *_ in told_twice(url)}


def sessions(url: str) -> list[tuple[object, ...]]:
    return nights.calendar(url)["recurly_sessions"]


def left_to_do(url: str, now: str) -> list[str]:
    """What a plan of all series would still do, but to those that react: it sees others as before any reaction."""
    with opened(url) as store:
        changes = plan_sessions(store.snapshot(now=now), now=now).changes
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT series_id FROM recurly_visits WHERE school IS NOT NULL"))
        reacting = {series_id for (series_id,) in rows}
    engine.dispose()
    return [change.id for change in changes if change.after.series_id not in reacting]
