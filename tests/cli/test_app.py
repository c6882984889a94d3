"""The whole: help, errors, JSON, colors, and what it ends with."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from recurly_sessions.cli import errors
from recurly_sessions.cli.app import commands
from recurly_sessions.cli.desk import Desk
from recurly_sessions.cli.options import at_desk
from tests.cli.terminal import SCHOOL, Terminal


def test_help_lists_every_command(bare: Terminal) -> None:
    told = bare("--help", now=None)

    assert (told.code, told.err) == (0, "")
    for name in commands.commands:
        assert f"\n  {name} " in told.out


def every_command() -> list[list[str]]:
    return [[name] for name in commands.commands] + [["db", name] for name in ("upgrade", "current", "check")]


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_says_what_it_does(command: list[str], flag: str) -> None:
    result = CliRunner().invoke(commands, [*command, flag], prog_name="recurly-sessions")

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: recurly-sessions {' '.join(command)}")
    assert len(result.output.partition("Options:")[0].splitlines()[2]) > 20


def test_an_option_that_is_none_is_refused(bare: Terminal) -> None:
    told = bare("plan", "--nope")

    assert told.code == 2
    assert "No such option" in told.err


def test_an_instant_that_is_none_is_refused(bare: Terminal) -> None:
    told = bare("plan", "--now", "2026-10-05T08:00", now=None)

    assert told.code == 2
    assert "Invalid value for '--now'" in told.err


def test_errors_are_json_where_answers_are(bare: Terminal) -> None:
    told = bare("plan", "--json")

    error = json.loads(told.err)
    assert (told.out, told.code, error["error"]) == ("", 1, "refused")
    assert error["message"] == "there is no database recurly-sessions.db"
    assert error["hint"].startswith("import a school first")


@pytest.mark.parametrize(
    "command",
    [
        "init new.toml", "import school.toml", "import school.toml --dry-run", "plan", "plan school.toml",
        "plan --summary", "plan --conflicts", "plan --out plan.json", "plan --html plan.html", "apply --dry-run",
        "apply", "run", "show", "show maths", "show --all", "show --html show.html", "explain maths/mon/2026-10-19",
        "next maths", "check", "cancel maths/mon/2026-10-12 --yes", "runs", "runs last", "undo last --yes",
        "release maths", "release --all", "deliver", "migrate --dry-run", "migrate", "export", "export new.toml",
        "prune --dry-run", "prune", "db upgrade", "db current", "db check",
    ],
)  # fmt: skip
def test_every_command_answers_with_one_document_of_json(typed: Terminal, command: str) -> None:
    typed.ok("apply", "-w", "2")

    told = typed(*command.split(), "--json")

    assert told.data is not None


def test_a_command_that_can_not_be_understood_is_json_where_answers_are(bare: Terminal) -> None:
    told = bare("plan", "--json", "--nope")

    error = json.loads(told.err)
    assert (told.out, told.code, error["error"]) == ("", 2, "usage")
    assert error["message"].startswith("No such option")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me@db.example/x", "plan --database postgresql://me@db.example/x"),
        ("postgresql://me:secret@db.example/x", "plan  # with the database in RECURLY_SESSIONS_DATABASE"),
    ],
)
def test_a_command_to_be_typed_next_has_no_password_in_it(url: str, words: str) -> None:
    @click.command()
    @at_desk()
    def next_one(desk: Desk) -> None:
        click.echo(desk.command("plan"))

    assert CliRunner().invoke(next_one, ["--database", url]).output == f"recurly-sessions {words}\n"


@pytest.mark.parametrize("words", ["RECURLY_SESSIONS_ENABLE=1", "NO_COLOR", "_RECURLY_SESSIONS_COMPLETE=bash_source"])
def test_help_names_the_variables_and_the_completion(bare: Terminal, words: str) -> None:
    assert words in bare.ok("--help", now=None)


def test_a_traceback_is_shown_only_to_who_asks_for_it(folder: Path, bare: Terminal) -> None:
    (folder / "plan.json").write_text("{}", encoding="utf-8")

    plain, debug = bare("apply", "plan.json"), bare("apply", "plan.json", "--debug")

    assert plain.err == (
        "error: the plan can't be read: it doesn't say that it is a recurly-sessions plan\n"
        "hint: make a new one with `recurly-sessions plan --out PLAN.json`\n"
    )
    assert "Traceback" in debug.err


def test_what_the_library_calls_things_is_told_in_the_words_of_the_command_line() -> None:
    package = Path(errors.__file__).parents[1]
    library = "".join(
        path.read_text(encoding="utf-8") for path in package.rglob("*.py") if path.parent.name not in {"cli", "testing"}
    )

    assert [phrase for phrase in errors.PHRASES if phrase not in library] == []
    for place in errors.PLACES:
        assert f'"{place}"' in library or f'"{place}: ' in library or "Window." in place


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (
            ["plan", "--now", "2026-10-05"],
            "'--now': must say its timezone, got '2026-10-05'; for example",
        ),
        (
            ["plan", "--window", "2026-10-12..2026-10-01"],
            "--window: must not end before the first day (2026",
        ),
        (
            ["plan", "--window", "2026-10-12..2026-10-13", "--timezone", "Mars/X"],
            "like Europe/Paris, got 'Mars/X'",
        ),
        (["show", "--week", "monday"], "'--week': must be a date like 2026-09-07, got 'monday'\n"),
        (
            ["end", "maths"],
            "error: series maths isn't over\nhint: it has no",
        ),
        (
            ["cancel", "maths/mon/2026-10-05", "--yes"],
            "error: cancel must be given a session to come, got",
        ),
        (
            ["plan", "--database", "mysql://me@localhost/x"],
            "error: this program does not know the database 'mysql'",
        ),
        (["undo", "nope", "--yes"], "error: no run 'nope'\nhint: `recurly-sessions runs` lists them\n"),
    ],
)
def test_a_refusal_names_what_was_typed_and_the_way_out(typed: Terminal, command: list[str], error: str) -> None:
    typed.ok("apply")
    late = [] if "--now" in command else ["--now", "2026-10-06T08:00Z"]

    told = typed(*command, *late, now=None)

    assert told.code
    assert error in told.err


def test_a_plan_and_a_school_that_were_mixed_up_are_told_apart(folder: Path, typed: Terminal) -> None:
    typed.ok("plan", "--out", "plan.json")

    assert typed("import", "plan.json", now=None).err == (
        "error: plan.json is a saved plan, and not a school\nhint: to apply it: recurly-sessions apply plan.json\n"
    )
    assert typed("apply", "school.toml", now=None).err == (
        "error: school.toml is a school, and not a saved plan\n"
        "hint: recurly-sessions import school.toml; then: recurly-sessions apply\n"
    )


def test_a_file_in_another_encoding_is_told_with_its_line(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_bytes(SCHOOL.replace("Amina", "Zoé").encode("cp1252"))

    assert bare("plan", "school.toml").err.startswith(
        "error: school.toml has 1 problem:\n  line 2: not UTF-8 text; save the file as UTF-8\nhint: "
    )
    (folder / "plan.json").write_bytes("\n\né".encode("cp1252"))
    assert bare("apply", "plan.json").err == "error: line 3 isn't UTF-8 text\nhint: save the file as UTF-8\n"


def test_a_pipe_gets_plain_text(typed: Terminal) -> None:
    assert "\x1b" not in typed.ok("plan") + typed.ok("apply") + typed.ok("show") + typed.ok("runs")


def test_a_file_that_can_not_be_written_is_one_clear_line(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL, encoding="utf-8")

    told = bare("plan", "school.toml", "--html", "nowhere/plan.html")

    assert told.code == 1
    assert told.err == (
        "error: nowhere/plan.html: No such file or directory\n"
        "hint: see that the file, and the folder in which to write, are there\n"
    )


def test_a_command_is_typed_at_the_real_time_unless_now_is_said(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL.replace("2026-10-05", "2020-01-06"), encoding="utf-8")

    assert "Plan: 4 to create." in bare.ok("plan", "school.toml", now=None)


def test_completion_is_there_for_shells(bare: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(
        commands,
        prog_name="recurly-sessions",
        env={"_RECURLY_SESSIONS_COMPLETE": "bash_source"},
    )

    assert "_RECURLY_SESSIONS_COMPLETE=bash_complete" in result.output
