"""`run`: the job from the command line."""

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
    typed.ok("undo", "run-1")
    assert stored() == []


def test_a_run_that_is_stopped_by_a_file_is_gone_on_with_once_it_is_gone(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    (folder / "stop").touch()

    stopped = typed("run", "--stop-file", "stop", "--batch", "1")
    (folder / "stop").unlink()
    resumed = typed("run", "--stop-file", "stop", "--batch", "1", "--no-notify", now="2026-10-05T08:10Z")

    assert (stopped.code, stopped.out) == (0, "Run run-1: nothing to do. Series: 2 skipped. Stopped: switched off.\n")
    assert stopped.err == "The rest is for the next time: recurly-sessions run --now 2026-10-05T08:00:00Z\n"
    assert (resumed.code, resumed.err) == (0, "")
    assert resumed.out.startswith("Run run-1: ")
    assert len(stored()) == 4


def test_a_run_that_the_brake_holds_writes_nothing_and_says_so(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    school = SCHOOL.replace('"18:00"', '"17:00"')
    (folder / "school.toml").write_text("[base]\nmax_changes = 1\n\n" + school, encoding="utf-8")
    typed.ok("import", "school.toml")
    before = stored()

    held = typed("run", now="2026-10-05T08:01Z")
    after = stored()
    through = typed("run", "--override-brake", "--pause", "0", "--budget", "60", now="2026-10-05T08:02Z")

    assert held.code == 1
    assert "Stopped: braked." in held.out
    assert held.err == "Nothing was written. Look: recurly-sessions plan --now 2026-10-05T08:01:00Z\n"
    assert (after, through.code) == (before, 0)
    assert stored() != before


def test_the_plan_that_the_brake_holds_is_saved_to_be_applied(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    school = SCHOOL.replace('"18:00"', '"17:00"')
    (folder / "school.toml").write_text("[base]\nmax_changes = 1\n\n" + school, encoding="utf-8")
    typed.ok("import", "school.toml")

    held = typed("run", "--out", "held.json")
    applied = typed("apply", "held.json", "--override-brake", "--yes", "--quiet")

    assert held.err.splitlines()[-1] == (
        "The plan is in held.json. To do it after all: recurly-sessions apply held.json --override-brake "
        "--now 2026-10-05T08:00:00Z"
    )
    assert (applied.code, typed("run").code) == (0, 0)
    assert {each.local_start.hour for each in stored()} == {17}


@pytest.mark.requirement("FR-006")
def test_a_run_over_a_database_elsewhere_has_to_be_switched_on(typed: Terminal) -> None:
    refused = typed("run", "--database", "postgresql://nobody@127.0.0.1:1/school")

    assert refused.code == 1
    assert "wasn't switched on" in refused.err
