"""`plan`, `apply` and `migrate`: what is shown is what is done."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text

from recurly_sessions import Plan
from tests.cli.terminal import ART, BARE, BROKEN, FOUR, SCHOOL, URL, Terminal, ids, stored

PLAN = """\
  + create

maths · Europe/Paris
  + Mon  5 Oct 2026  18:00–19:30  mon  Amina  45.00 EUR  # Amina's turn [1]
  + Mon 12 Oct 2026  18:00–19:30  mon  luc     0.00 EUR  # luc's turn [1]
  + Mon 19 Oct 2026  18:00–19:30  mon  Amina  45.00 EUR  # Amina's turn [1]
  ── clocks go back 1 h on Sun 25 Oct 2026 (UTC+2 → UTC+1) ──
  + Mon 26 Oct 2026  18:00–19:30  mon  luc     0.00 EUR  # luc's turn [1]
  [1] in the rotation Amina, luc

Plan: 4 to create.
"""


def test_a_plan_of_a_file_needs_no_database(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL, encoding="utf-8")

    assert bare.ok("plan", "school.toml") == PLAN
    assert [each.name for each in folder.iterdir()] == ["school.toml"]


def test_a_plan_of_the_database_knows_what_is_there(typed: Terminal) -> None:
    assert typed.ok("plan") == PLAN
    typed.ok("apply")
    assert typed.ok("plan") == "No changes. 4 sessions are as they should be.\n"


def test_a_plan_is_of_so_many_weeks_or_of_a_window_or_of_some_series(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")

    assert "Plan: 4 to create." in typed.ok("plan", "-w", "2")
    assert "Plan: 2 to create." in typed.ok("plan", "--window", "2026-10-12..2026-10-18")
    assert "Plan: 1 to create." in typed.ok("plan", "--window", "2026-10-12T00:00Z..2026-10-13T00:00Z")
    assert "Plan: 1 to create." in typed.ok("plan", "-w", "1", "--series", "art")


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("2026-10-12", "must be like 2026-09-07..2026-10-04"),
        ("2026-10-12..soon", "must be a date"),
        ("2026-10-12T08:00Z..2026-10-12T08:00Z", "must not end where it begins"),
        ("2026-10-12..2026-10-01", "must not end before the first day (2026-10-12), got '2026-10-01'"),
    ],
)
def test_a_window_that_is_none_is_refused(typed: Terminal, window: str, words: str) -> None:
    told = typed("plan", "--window", window)

    assert (told.out, told.code) == ("", 2)
    assert words in told.err


def test_the_days_of_a_window_begin_where_each_series_takes_place_or_where_that_is_said(
    folder: Path, typed: Terminal
) -> None:
    early = ART.replace("Europe/Paris", "Asia/Tokyo").replace('"TU"', '"MO"')
    early = early.replace('"18:00"', '"06:00"').replace('"19:30"', '"07:00"')
    (folder / "school.toml").write_text(SCHOOL + early, encoding="utf-8")
    typed.ok("import", "school.toml")

    own = typed("plan", "--window", "2026-10-12..2026-10-12", "--json").data
    in_paris = typed("plan", "--window", "2026-10-12..2026-10-12", "--timezone", "Europe/Paris", "--json").data

    assert [each["after"]["id"] for each in own["changes"]] == ["art/tue/2026-10-12", "maths/mon/2026-10-12"]
    assert [each["after"]["id"] for each in in_paris["changes"]] == ["maths/mon/2026-10-12"]
    assert own["window"] == ["2026-10-12", "2026-10-12"]
    typed.ok("plan", "--window", "2026-10-12..2026-10-12", "--out", "plan.json")
    assert typed.ok("apply", "plan.json", "--quiet").startswith("Applied: 2 created.\n")


def test_weeks_and_a_window_are_not_said_together(typed: Terminal) -> None:
    assert typed("plan", "-w", "1", "--window", "2026-10-12..2026-10-18").code == 2


def test_a_plan_is_written_as_json_and_as_a_page(folder: Path, typed: Terminal) -> None:
    written = typed.ok("plan", "--json")
    out = typed.ok("plan", "--html", "plan.html", "--out", "plan.json")

    assert Plan.from_json(written) == Plan.from_json((folder / "plan.json").read_text(encoding="utf-8"))
    assert (folder / "plan.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert out.endswith(
        "Wrote plan.html.\nWrote plan.json.\nApply it: recurly-sessions apply plan.json --now 2026-10-05T08:00:00Z\n"
    )


def test_changes_that_are_pending_can_be_told_by_the_exit_code(typed: Terminal) -> None:
    assert typed("plan", "--detailed-exitcode").code == 3
    assert typed("apply", "--dry-run", "--detailed-exitcode").code == 3
    assert typed("migrate", "-d", "--detailed-exitcode").code == 3
    typed.ok("apply")
    assert typed("plan", "--detailed-exitcode").code == 0
    assert typed("apply", "--detailed-exitcode").code == 0


def test_a_file_is_planned_against_the_database_that_is_named(
    folder: Path, typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed.ok("apply")
    (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', '"17:00"') + ART, encoding="utf-8")

    alone = typed.ok("plan", "school.toml")
    by_option = typed.ok("plan", "school.toml", "--database", "recurly-sessions.db")
    monkeypatch.setenv("RECURLY_SESSIONS_DATABASE", URL)
    by_variable = typed.ok("plan", "school.toml")

    assert "Plan: 8 to create." in alone
    assert "Plan: 4 to create, 4 to move." in by_option
    assert by_variable == by_option
    assert "18:00" in typed.ok("explain", FOUR[1])
    assert "it is at 18:00" not in typed.ok("explain", FOUR[1], "school.toml")
    monkeypatch.delenv("RECURLY_SESSIONS_DATABASE")
    typed.ok("import", "school.toml")
    assert typed.ok("plan") == by_option


def test_a_file_is_planned_by_itself_where_the_named_database_is_not_there(folder: Path, typed: Terminal) -> None:
    told = typed("plan", "school.toml", "--database", "none.db")

    assert (told.out, told.code) == (PLAN, 0)
    assert told.err == "there is no database none.db: planned as if nothing were stored\n"
    assert not (folder / "none.db").exists()


def test_a_file_that_changes_a_held_series_is_planned_as_if_it_was_released(folder: Path, typed: Terminal) -> None:
    typed.ok("apply")
    typed.ok("undo", "last", "--yes")
    same = typed.ok("plan", "school.toml", "--database", URL)
    (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', '"17:00"'), encoding="utf-8")

    assert "maths  held" in same
    assert "Plan: 4 to create." in typed.ok("plan", "school.toml", "--database", URL)


def test_a_package_that_a_file_brings_is_planned_with_the_lessons_that_were_held(folder: Path, typed: Terminal) -> None:
    later = "2026-10-22T08:00Z"
    typed.ok("apply", "-q")
    package = 'packages = [{ id = "five", starts_on = 2026-10-05, ends_on = 2026-12-31, sessions = 5 }]\n'
    (folder / "school.toml").write_text(SCHOOL.replace("members", package + "members"), encoding="utf-8")

    before = typed.ok("plan", "school.toml", "--database", URL, now=later)
    typed.ok("import", "school.toml")

    assert before == typed.ok("plan", now=later)
    assert "1 to create" in before


def test_what_can_not_be_planned_is_told_by_the_exit_code(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + BROKEN, encoding="utf-8")
    typed.ok("import", "school.toml")

    for args in (["plan"], ["plan", "school.toml"], ["apply", "--dry-run"], ["apply"], ["plan"]):
        for more in ([], ["--detailed-exitcode"], ["--json"]):
            assert typed(*args, *more).code == 1, args
    assert ids(stored()) == FOUR


def test_conflicts_are_shown_by_themselves(folder: Path, typed: Terminal) -> None:
    assert typed.ok("plan", "--conflicts") == "No conflicts.\n"
    busy = ART.replace("TU", "MO") + 'assignments = [{ id = "a", tutor_id = "amina", pattern = "round_robin" }]\n'
    (folder / "school.toml").write_text(SCHOOL + busy, encoding="utf-8")

    out = typed.ok("plan", "school.toml", "--conflicts", "-w", "1")

    assert "Amina" in out
    assert "Plan:" not in out
    (row,) = typed("plan", "school.toml", "--conflicts", "-w", "1", "--json").data
    assert (row["session_id"], row["starts_at"]) == ("maths/mon/2026-10-05", "2026-10-05T16:00:00Z")


def test_a_plan_is_summed_up(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + BROKEN, encoding="utf-8")
    typed.ok("import", "school.toml")

    for flag in ("--summary", "-q"):
        first, second = typed("plan", flag).out.splitlines()
        assert first == "Plan: 4 to create. 1 issue."
        assert second.startswith("  ! broken  slot-failed  slot odd is left out, and its sessions stay as they are: ")
    told = typed("plan", "--summary", "--json").data
    assert [issue["code"] for issue in told.pop("issues")] == ["slot-failed"]
    assert told == {"creates": 4, "updates": 0, "cancels": 0, "reinstates": 0, "unchanged": 0, "conflicts": 0}


def test_a_summary_names_some_of_very_many_issues(folder: Path, bare: Terminal) -> None:
    series = [BROKEN.replace('"broken"', f'"b{number:03}"') for number in range(25)]
    (folder / "school.toml").write_text("\n".join(series), encoding="utf-8")

    lines = bare("plan", "school.toml", "--summary").out.splitlines()

    assert (lines[0], len(lines), lines[-1]) == ("No changes. 25 issues.", 22, "  … and 5 more")


# apply


def test_a_plan_is_made_and_applied(typed: Terminal) -> None:
    out = typed.ok("apply")

    assert out.startswith(PLAN + "\nApplied: 4 created.\nRun ")
    assert ids(stored()) == FOUR


def test_of_a_very_long_plan_that_is_applied_the_beginning_is_shown(folder: Path, typed: Terminal) -> None:
    series = [ART.replace('"art"', f'"s{number:03}"') for number in range(60)]
    (folder / "school.toml").write_text("\n".join(series), encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")

    whole = typed.ok("apply", "-w", "12", "--dry-run").splitlines()
    shown = typed.ok("apply", "-w", "12").splitlines()

    assert shown[:400] == whole[:400]
    assert shown[400:404] == [
        f"… and {len(whole) - 400:,} more lines; with --dry-run all of them are shown",
        "",
        whole[-1],
        "",
    ]
    assert shown[404] == "Applied: 720 created."


def test_a_dry_run_of_apply_changes_nothing(typed: Terminal) -> None:
    assert typed.ok("apply", "--dry-run") == PLAN
    assert stored() == []


def test_a_saved_plan_is_applied_and_not_twice(typed: Terminal) -> None:
    typed.ok("plan", "--out", "plan.json", "-w", "1")

    first, second = (typed.ok("apply", "plan.json", "--quiet") for _ in range(2))

    assert first.startswith("Applied: 1 created.\n")
    assert second == "Applied: nothing to do. 1 series had it already.\n"


def test_a_saved_plan_says_itself_what_it_plans(typed: Terminal) -> None:
    typed.ok("plan", "--out", "plan.json")

    assert typed("apply", "plan.json", "-w", "1").code == 2


def test_a_series_that_has_changed_since_a_plan_was_saved_is_refused(folder: Path, typed: Terminal) -> None:
    typed.ok("plan", "--out", "plan.json")
    (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', '"17:00"'), encoding="utf-8")
    typed.ok("import", "school.toml")

    told = typed("apply", "plan.json", "--quiet")

    assert told.code == 1
    assert told.out.startswith("Applied: nothing to do. 1 series refused.\n  maths: slot mon: ")
    assert told.err == "Plan again, and look: recurly-sessions plan --now 2026-10-05T08:00:00Z\n"


def interrupt_second(sign: str) -> None:
    """Interrupt what is done at the second statement that begins so."""
    begun: list[str] = []

    def interrupt(*args: object) -> None:
        statement = str(args[2])
        if statement.startswith(sign):
            begun.append(statement)
        if len(begun) == 2:
            event.remove(Engine, "before_cursor_execute", interrupt)
            raise KeyboardInterrupt

    event.listen(Engine, "before_cursor_execute", interrupt)


@pytest.fixture
def large(folder: Path, typed: Terminal) -> Terminal:
    """A terminal where more series were imported than are written at once."""
    series = [ART.replace('"art"', f'"s{number:03}"') for number in range(201)]
    (folder / "school.toml").write_text("\n".join(series), encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")
    return typed


def test_what_was_done_before_an_interruption_is_told(large: Terminal) -> None:
    interrupt_second("BEGIN IMMEDIATE")
    told = large("apply", "-w", "1", "--quiet")
    run_id = large("runs", "--json").data[0]["run_id"]

    assert told.code == 130
    assert told.err == (
        "Written so far: 200 series. The same command goes on; "
        f"to take it back: recurly-sessions undo {run_id[:12]} --now 2026-10-05T08:00:00Z\n"
        "\nerror: interrupted\nhint: what was finished stays, and isn't done twice: run the same command again\n"
    )


def test_what_was_done_before_an_interruption_is_json_where_answers_are(large: Terminal) -> None:
    interrupt_second("BEGIN IMMEDIATE")
    told = large("apply", "-w", "1", "--json")
    run_id = large("runs", "--json").data[0]["run_id"]

    assert (told.code, told.out) == (130, "")
    assert json.loads(told.err) == {
        "error": "interrupted",
        "message": "interrupted",
        "hint": "what was finished stays, and isn't done twice: run the same command again",
        "run_id": run_id,
        "series": 200,
        "undo": f"recurly-sessions undo {run_id[:12]} --now 2026-10-05T08:00:00Z",
    }


def test_a_run_that_is_interrupted_tells_what_was_done(folder: Path, large: Terminal) -> None:
    interrupt_second("DELETE FROM recurly_visits")
    told = large("run", "--log", "run.log")
    ended = json.loads((folder / "run.log").read_text(encoding="utf-8").splitlines()[-1])

    assert (told.code, ended["error"]) == (130, "interrupted")
    assert told.err.startswith(
        "Written so far: 100 series. The same command goes on; "
        "to take it back: recurly-sessions undo run-1 --now 2026-10-05T08:00:00Z\n"
    )
    assert large.ok("run").startswith("Run run-1: ")
    assert large.ok("plan", "-q") == "No changes. 804 sessions are as they should be.\n"


def test_a_run_that_had_too_little_time_before_tells_what_was_done_when_it_is_interrupted(large: Terminal) -> None:
    assert "Stopped: budget." in large("run", "--batch", "50", "--budget", "0.001").out

    interrupt_second("DELETE FROM recurly_visits")
    told = large("run", "--batch", "50")

    assert told.code == 130
    assert told.err.startswith("Written so far: 100 series. ")


def test_a_run_that_is_interrupted_before_it_wrote_anything_tells_nothing(folder: Path, typed: Terminal) -> None:
    typed.ok("run")
    typed.ok("import", "school.toml")
    interrupt_second("SELECT")
    told = typed("run", now="2026-10-05T09:00Z")

    assert (told.code, "Written so far" in told.err) == (130, False)


def test_what_was_applied_is_told_as_json(typed: Terminal) -> None:
    applied = typed("apply", "--json").data

    assert (applied["created"], applied["series"], len(applied["run_id"])) == (4, ["maths"], 64)


def test_a_run_that_wrote_nothing_has_no_id_to_be_undone_by(typed: Terminal) -> None:
    typed.ok("plan", "--out", "plan.json")
    first, again = typed("apply", "plan.json", "--json").data, typed("apply", "plan.json", "--json").data
    nothing = typed("apply", "--json").data

    assert again["run_id"] == first["run_id"]
    assert (again["already"], nothing["run_id"]) == (["maths"], None)


def test_a_plan_that_does_too_much_needs_to_be_let(folder: Path, typed: Terminal) -> None:
    typed.ok("apply")
    braked = "base = { max_changes = 1 }\n" + SCHOOL.replace('"18:00"', '"17:00"')
    (folder / "school.toml").write_text(braked, encoding="utf-8")
    typed.ok("import", "school.toml")

    told = typed("apply", "--quiet")

    assert told.code == 1
    assert told.err == (
        "error: nothing was applied: 4 of 4 sessions would be cancelled or moved, more than max_changes = 1 of the "
        "base config; look at the plan, then override the brake\n"
        "hint: look at the plan with `recurly-sessions plan`; then, if that is right, apply it with --override-brake\n"
    )
    assert "Applied: 4 updated." in typed.ok("apply", "--override-brake")


def test_nobody_is_told_if_nobody_shall_be(typed: Terminal) -> None:
    typed.ok("apply", "--no-notify")

    assert typed.ok("deliver") == "Delivered: 0 messages.\n"


# migrate


@pytest.mark.requirement("MIG-1")
def test_a_dry_run_changes_nothing_and_shows_exactly_what_the_live_run_does(typed: Terminal) -> None:
    dry = [typed.ok("migrate", flag) for flag in ("--dry-run", "-d")]
    planned = Plan.from_json(typed.ok("migrate", "-d", "--json"))
    assert stored() == []

    live = typed.ok("migrate")

    shown = dry[0].partition("\n\nprocessed")[0]
    assert dry[0] == dry[1]
    assert shown == PLAN.rstrip()
    assert live.startswith(f"{shown}\n\nApplied: 4 created.\n")
    assert stored() == [change.after for change in planned.changes]


@pytest.mark.requirement("MIG-2")
def test_the_number_of_weeks_is_four_unless_it_is_said(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text("base = { weeks_ahead = 9 }\n" + SCHOOL, encoding="utf-8")
    typed.ok("import", "school.toml")

    assert "4 to create" in typed.ok("migrate", "-d")
    assert "2 to create" in typed.ok("migrate", "-d", "-w", "2")
    assert "6 to create" in typed.ok("migrate", "-d", "--weeks", "6")


@pytest.mark.requirement("MIG-3")
def test_help_says_what_it_does_and_what_to_do(bare: Terminal) -> None:
    long, short = bare("migrate", "--help", now=None), bare("migrate", "-h", now=None)

    assert (long, long.code, long.err) == (short, 0, "")
    for words in ("--dry-run", "--weeks", "--no-notify", "No connection:", "Nothing generated:", "Errors of a series:"):
        assert words in long.out


@pytest.mark.requirement("MIG-4", "MIG-7", "MIG-9")
def test_active_series_with_slots_are_found_and_one_that_fails_stops_no_other(folder: Path, typed: Terminal) -> None:
    ended = ART.replace("slots", 'status = "ENDED"\nslots')
    (folder / "school.toml").write_text(SCHOOL + BROKEN + BARE + ended, encoding="utf-8")
    typed.ok("import", "school.toml")

    told = typed("migrate")

    assert told.code == 1
    assert ids(stored()) == FOUR
    assert stored("art") == []
    assert told.out.partition("\n\nprocessed")[2].splitlines()[:5] == [
        "       2 series",
        "skipped         1 series without active slots",
        "generated       4 sessions",
        "preserved       0 sessions that were there",
        "errors          1",
    ]
    assert "  broken: slot odd is left out" in told.out


@pytest.mark.requirement("MIG-11")
def test_what_to_do_is_said_about_errors_and_where_nothing_is_generated(folder: Path, typed: Terminal) -> None:
    assert "nothing to generate" not in typed.ok("migrate")
    assert typed.ok("migrate").endswith(
        "nothing to generate: either nothing is missing in these weeks, or no series is ACTIVE with an active slot and "
        "auto_generate, or they are held; see: recurly-sessions check --now 2026-10-05T08:00:00Z\n"
    )
    (folder / "school.toml").write_text(SCHOOL + BROKEN, encoding="utf-8")
    typed.ok("import", "school.toml")
    assert typed("migrate").out.endswith(
        "mend broken in the school file, import that, then: "
        "recurly-sessions migrate --series broken --now 2026-10-05T08:00:00Z\n"
    )


@pytest.mark.requirement("MIG-5", "P37")
def test_what_is_there_stays_as_it_is(folder: Path, typed: Terminal) -> None:
    typed.ok("apply")
    before = stored()
    (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', '"17:00"') + ART, encoding="utf-8")
    typed.ok("import", "school.toml")

    out = typed.ok("migrate")

    assert stored() == before
    assert "preserved       4 sessions that were there" in out
    assert len(stored("art")) == 4


@pytest.mark.requirement("MIG-6")
def test_assignments_are_applied(typed: Terminal) -> None:
    typed.ok("migrate")

    assert [session.tutor_id for session in stored()] == ["amina", "luc", "amina", "luc"]


@pytest.mark.requirement("MIG-8", "LOG-1", "LOG-2")
def test_everything_is_logged(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + BROKEN, encoding="utf-8")
    typed.ok("import", "school.toml")

    typed("migrate", "--log", "run.log")

    lines = [json.loads(line) for line in (folder / "run.log").read_text(encoding="utf-8").splitlines()]
    made = {each["session_id"]: each["why"] for each in lines if each["event"] == "change"}
    assert list(made) == FOUR
    assert made[FOUR[0]] == "Amina's turn in the rotation Amina, luc"
    assert [each["series_id"] for each in lines if each["level"] == "WARNING"] == ["broken"]
    assert [each["created"] for each in lines if each["event"] == "applied"] == [4]


@pytest.mark.requirement("LOG-5", "FR-005")
def test_what_stops_a_command_is_logged_with_what_to_do(folder: Path, bare: Terminal) -> None:
    bare("migrate", "--log", "run.log")

    (line,) = (json.loads(line) for line in (folder / "run.log").read_text(encoding="utf-8").splitlines())
    assert (line["level"], line["event"], line["error"]) == ("ERROR", "stopped", "refused")
    assert line["at"].endswith("Z")
    assert line["todo"].startswith("import a school first: recurly-sessions import school.toml")


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("check", 1), ("show", 0)])
def test_a_log_has_a_line_of_every_command_with_what_it_ended_with(
    folder: Path, typed: Terminal, command: str, code: int
) -> None:
    typed(command, "--log", "run.log")

    last = json.loads((folder / "run.log").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["event"], last["command"], last["exit_code"]) == ("ended", command, code)


def test_a_command_that_can_not_be_understood_is_in_its_log(folder: Path, typed: Terminal) -> None:
    typed("plan", "--window", "soon", "--log", "run.log")

    (line,) = (json.loads(line) for line in (folder / "run.log").read_text(encoding="utf-8").splitlines())
    assert (line["event"], line["todo"]) == ("stopped", "see the command's --help")


def test_a_log_is_shown_in_words(typed: Terminal) -> None:
    told = typed("apply", "--quiet", "-v")

    assert "INFO maths: 4 to create\n" in told.err
    assert "INFO Applied: 4 created.\n" in told.err


def test_a_summary_is_told_as_json(typed: Terminal) -> None:
    told, again = typed("migrate", "--json").data, typed("migrate", "--json").data

    assert told == {
        "run_id": typed("runs", "--json").data[0]["run_id"],
        "processed": 1,
        "skipped": 0,
        "generated": 4,
        "preserved": 0,
        "errors": [],
    }
    assert again["run_id"] is None
    assert typed.ok("undo", told["run_id"], "--yes").startswith("Undone: 4 removed.")


def test_a_draft_that_is_named_becomes_active(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL.replace("members", 'status = "DRAFT"\nmembers'), encoding="utf-8")
    typed.ok("import", "school.toml")

    assert typed.ok("plan") == "No changes.\n"
    assert "Applied: 4 created. Now active: maths." in typed.ok("apply", "--series", "maths", "-q")


def by_hand(statement: str) -> None:
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "UPDATE recurly_series SET document = 'garbage' WHERE id = 'maths'",
            "series maths can't be read: its text isn't JSON: Expecting value (table recurly_series)",
        ),
        (
            f"UPDATE recurly_sessions SET occurs_on = 'rubbish' WHERE id = '{FOUR[1]}'",
            f"session {FOUR[1]} can't be read: Invalid isoformat string: 'rubbish' (table recurly_sessions)",
        ),
    ],
    ids=["series", "session"],
)
def test_a_series_that_can_not_be_read_stops_no_other_and_is_named(
    folder: Path, typed: Terminal, statement: str, what: str
) -> None:
    typed.ok("apply", "-q")
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    by_hand(statement)

    planned = [typed("plan", "--summary"), typed("plan", "--conflicts"), typed("migrate", "--dry-run")]
    shown, applied = typed("apply", "-d", "--detailed-exitcode"), typed("apply", "--quiet")
    named = typed("plan", "--series", "maths")

    left_out = f"left out: {what}\nAll of it, and what mends it: recurly-sessions check --now 2026-10-05T08:00:00Z\n"
    assert [(each.code, each.err) for each in (*planned, shown, applied)] == [(1, left_out)] * 5
    assert [each.out.splitlines()[0] for each in planned] == ["Plan: 4 to create.", "No conflicts.", "  + create"]
    assert applied.out.startswith("Applied: 4 created.\n")
    assert (named.code, named.err.splitlines()[0]) == (1, f"error: {what}")
    assert ids(stored("art")) == [f"art/tue/2026-10-{day}" for day in ("06", "13", "20", "27")]
    assert typed.ok("plan", "--series", "art").startswith("No changes.")
    assert typed.ok("migrate", "--series", "art").splitlines()[0] == "No changes. 4 sessions are as they should be."


def test_of_many_rows_that_can_not_be_read_some_are_named(typed: Terminal) -> None:
    typed.ok("apply", "-q", "-w", "22")
    by_hand("UPDATE recurly_sessions SET timezone = 'rubbish'")

    told = typed("plan")

    assert (told.code, told.out) == (1, "No changes.\n")
    assert told.err.splitlines()[20:] == [
        "… and 2 more",
        "All of it, and what mends it: recurly-sessions check --now 2026-10-05T08:00:00Z",
    ]


def test_a_tutor_who_can_not_be_read_is_taken_off_nothing(typed: Terminal) -> None:
    typed.ok("apply", "-q")
    by_hand("UPDATE recurly_tutors SET document = 'garbage' WHERE id = 'luc'")

    told = typed("apply")

    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("error: tutor luc can't be read: its text isn't JSON")
