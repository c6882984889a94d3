"""`run`: the job from the command line."""

import sqlite3
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import ART, SCHOOL, Terminal, stored


def test_a_run_makes_what_is_due_and_the_next_one_skips_all(typed: Terminal) -> None:
    assert typed.ok("run") == "Run run-1: 4 created. Series: 1 visited.\n"
    assert typed.ok("run", now="2026-10-05T08:01Z") == "Run run-2: nothing to do. Series: 1 skipped.\n"
    assert typed.ok("run", "--full", now="2026-10-05T08:02Z") == "Run run-3: nothing to do. Series: 1 visited.\n"
    assert len(stored()) == 4


def test_a_run_is_told_as_data_and_can_be_undone(typed: Terminal) -> None:
    report = typed("run", "--json").data

    assert (report["run_id"], report["created"], report["failures"]) == ("run-1", 4, [])
    typed.ok("undo", "run-1", "--yes")
    assert stored() == []


def test_a_run_that_is_stopped_by_a_file_is_gone_on_with_once_it_is_gone(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    (folder / "stop").touch()

    stopped = typed("run", "--stop-file", "stop", "--batch", "1")
    (folder / "stop").unlink()
    resumed = typed("run", "--stop-file", "stop", "--batch", "1", "--no-notify", now="2026-10-05T08:10Z")

    assert (stopped.code, stopped.out) == (0, "Run run-1: nothing to do. Stopped by the stop file.\n")
    assert stopped.err == "The rest is for the next time: recurly-sessions run --now 2026-10-05T08:00:00Z\n"
    assert (resumed.code, resumed.err) == (0, "")
    assert resumed.out.startswith("Run run-1: ")
    assert len(stored()) == 4


def test_a_run_that_the_brake_holds_writes_nothing_and_says_so(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    school = SCHOOL.replace('"18:00"', '"17:00"')
    (folder / "school.toml").write_text("base = { max_changes = 1 }\n" + school, encoding="utf-8")
    typed.ok("import", "school.toml")
    before = stored()

    held = typed("run", now="2026-10-05T08:01Z")
    after = stored()
    through = typed("run", "--override-brake", "--pause", "0", "--budget", "60", now="2026-10-05T08:02Z")

    assert held.code == 1
    assert "Stopped: braked." in held.out
    assert "; if it's as it should be, override the brake for one run\n" in held.out
    assert held.err == (
        "Nothing was written. Look: recurly-sessions plan --now 2026-10-05T08:01:00Z\n"
        "To do it after all: recurly-sessions run --override-brake --now 2026-10-05T08:01:00Z\n"
    )
    assert (after, through.code) == (before, 0)
    assert stored() != before


def test_a_series_beyond_its_own_limit_is_left_as_it_was_and_its_plan_is_saved(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    limited = SCHOOL.replace('"18:00"', '"17:00"').replace("\nslots =", "\nconfig = { max_changes = 1 }\nslots =")
    (folder / "school.toml").write_text(limited, encoding="utf-8")
    typed.ok("import", "school.toml")
    before = stored()

    held = typed("run", "--out", "held.json")

    assert (held.code, stored()) == (1, before)
    assert held.err.splitlines()[0].startswith("What is beyond its limit is as it was. Look: recurly-sessions plan")
    typed.ok("apply", "held.json", "--override-brake", "--yes", "--quiet")
    assert stored() != before


def test_an_alert_is_told_to_whoever_started_the_run(typed: Terminal) -> None:
    for hour in range(4):
        with sqlite3.connect("recurly-sessions.db") as connection:
            connection.execute(
                "INSERT INTO recurly_runs (number, now, revision, active, full, attempt, counts, told) "
                f"VALUES ({hour + 1}, '2026-10-0{hour + 1} 02:00:00.000000', 'x', 1, 0, 1, '[]', '[]')"
            )
        connection.close()

    told = typed("run")

    assert told.code == 1
    assert "alert failed-runs: the job failed 4 times, one after the other" in told.out


def test_the_plan_that_the_brake_holds_is_saved_to_be_applied(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    school = SCHOOL.replace('"18:00"', '"17:00"')
    (folder / "school.toml").write_text("base = { max_changes = 1 }\n" + school, encoding="utf-8")
    typed.ok("import", "school.toml")

    held = typed("run", "--out", "held.json")
    applied = typed("apply", "held.json", "--override-brake", "--yes", "--quiet")

    assert held.err.splitlines()[-1] == (
        "The plan is in held.json. To do it after all: recurly-sessions apply held.json --override-brake "
        "--now 2026-10-05T08:00:00Z"
    )
    assert (applied.code, typed("run").code) == (0, 0)
    assert {each.local_start.hour for each in stored()} == {17}


def gauges_in(path: Path) -> dict[str, float]:
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.removeprefix("recurly_sessions_").rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


@pytest.mark.requirement("MET-1", "MET-4", "FR-012")
def test_a_run_is_written_as_metrics(folder: Path, typed: Terminal) -> None:
    assert typed.ok("run", "--metrics", "job.prom") == "Run run-1: 4 created. Series: 1 visited.\n"

    found = gauges_in(folder / "job.prom")
    assert found["run_timestamp_seconds"] == 1_791_187_200
    assert (found["run_finished"], found['run_sessions{change="created"}']) == (1, 4)
    assert found['starting{days="1",origin="GENERATED",status="PENDING"}'] == 1
    assert found["run_duration_seconds"] == found["run_seconds_per_series"] > 0
    assert found["run_statements"] > 0


def test_metrics_of_a_run_that_the_brake_holds_say_so(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    school = SCHOOL.replace('"18:00"', '"17:00"')
    (folder / "school.toml").write_text("base = { max_changes = 1 }\n" + school, encoding="utf-8")
    typed.ok("import", "school.toml")

    held = typed("run", "--metrics", "job.prom")

    found = gauges_in(folder / "job.prom")
    assert (held.code, found['run_alert{code="braked"}'], found["run_finished"]) == (1, 1, 1)


def test_a_run_that_fails_leaves_the_metrics_as_they_were(folder: Path, typed: Terminal) -> None:
    typed.ok("run", "--metrics", "job.prom")
    before = (folder / "job.prom").read_bytes()

    with sqlite3.connect("recurly-sessions.db") as connection:
        connection.execute("DROP TABLE recurly_runs")
    connection.close()
    failed = typed("run", "--metrics", "job.prom", now="2026-10-06T08:00Z")

    assert failed.code == 1
    assert (folder / "job.prom").read_bytes() == before


def test_metrics_that_can_not_be_written_are_told_after_the_report(typed: Terminal) -> None:
    told = typed("run", "--metrics", "nowhere/job.prom")

    assert (told.code, told.out) == (1, "Run run-1: 4 created. Series: 1 visited.\n")
    assert told.err == (
        "error: nowhere/job.prom: No such file or directory\n"
        "hint: see that the file, and the folder in which to write, are there\n"
    )


def test_without_the_package_for_metrics_nothing_is_done_and_the_way_out_is_told(
    typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "recurly_sessions.adapters.prometheus", raising=False)

    told = typed("run", "--metrics", "job.prom")

    assert (told.code, told.out, stored()) == (1, "", [])
    assert told.err == (
        "error: this needs prometheus_client, which isn't installed\n"
        "hint: python -m pip install 'recurly-sessions[metrics]'\n"
    )
    assert typed("run").code == 0


@pytest.mark.requirement("FR-006")
def test_a_run_over_a_database_elsewhere_has_to_be_switched_on(typed: Terminal) -> None:
    refused = typed("run", "--database", "postgresql://nobody@127.0.0.1:1/school")

    assert refused.code == 1
    assert "wasn't switched on" in refused.err


def test_what_went_to_the_archive_is_to_be_taken_out_of_the_file(folder: Path, typed: Terminal) -> None:
    over = ART.replace("2026-10-05", "2026-09-01\nends_on = 2026-10-04")
    (folder / "school.toml").write_text(SCHOOL + over, encoding="utf-8")
    typed.ok("import", "school.toml", now="2026-09-01T08:00Z")

    told, again = typed("run"), typed("run", now="2026-10-06T08:00Z")

    assert told.err == (
        "What went to the archive is to be taken out of your school file, too. "
        "It's listed by: recurly-sessions show --archived --now 2026-10-05T08:00:00Z\n"
    )
    assert again.err == ""


def test_instants_are_written_with_a_z(typed: Terminal) -> None:
    told = typed("run", "--json")

    assert "+00:00" not in told.out
    assert "2026-10-05T08:00:00Z" in told.out
