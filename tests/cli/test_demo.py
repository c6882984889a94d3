"""`demo`: a whole story in an empty folder, by commands that anybody can type."""

import re
from datetime import UTC
from pathlib import Path

import pytest

from recurly_sessions import School, SessionStatus
from tests.cli.terminal import Terminal, stored


def test_the_demo_tells_its_story_and_leaves_a_calendar(
    folder: Path, bare: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECURLY_SESSIONS_DATABASE", "postgresql://nobody@localhost:1/elsewhere")

    out = bare.ok("demo", now=None)

    assert {each.name for each in folder.iterdir()} == {"school.toml", "recurly-sessions.db", "calendar.html"}
    for words in (
        "Plan: 8 to create.",
        "Applied: 21 created.",
        "No changes. 21 sessions are as they should be.",
        "── clocks go back 1 h on Sun 25 Oct 2026 (UTC+2 → UTC+1) ──",
        "Applied: 2 updated.",
        "Applied: 1 cancelled.",
        "Undone: 1 restored. 1 series held.",
        "What to try next",
    ):
        assert words in out
    assert School.from_toml(folder / "school.toml").one("english").cancellations
    assert "<!doctype html>" in (folder / "calendar.html").read_text(encoding="utf-8")
    assert {each.status for each in stored("english")} == {SessionStatus.PENDING}
    starts = [each.starts_at.astimezone(UTC).hour for each in stored("maths")]
    assert starts == [16, 16, 18, 18]  # 18:00 in summer time, 19:00 in winter time


def test_what_the_demo_says_to_try_next_works(folder: Path, bare: Terminal) -> None:
    out = bare.ok("demo", now=None)
    tried = re.findall(r"^\$ recurly-sessions (.*)$", out.partition("What to try next")[2], re.MULTILINE)

    assert len(tried) == 5
    for command in tried:
        assert bare(*command.split(), now=None).code == 0


def test_the_demo_begins_nothing_where_writing_is_switched_off(
    folder: Path, bare: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECURLY_SESSIONS_ENABLE", "0")

    told = bare("demo", "dd", now=None)

    assert (told.out, told.code) == ("", 1)
    assert told.err.startswith("error: writing is switched off by RECURLY_SESSIONS_ENABLE=0\n")
    assert list(folder.iterdir()) == []


def test_the_demo_says_in_which_folder_something_is_there_already(folder: Path, bare: Terminal) -> None:
    (folder / "dd").mkdir()
    (folder / "dd/school.toml").touch()

    told = bare("demo", "dd", now=None)

    assert told.err.startswith("error: dd/school.toml is there already, and the demo would write over it\n")


def test_the_demo_makes_a_folder_if_it_is_told_of_one(folder: Path, bare: Terminal) -> None:
    out = bare.ok("demo", "a/school", now=None)

    assert {each.name for each in folder.iterdir()} == {"a"}
    assert {each.name for each in (folder / "a/school").iterdir()} == {
        "school.toml",
        "recurly-sessions.db",
        "calendar.html",
    }
    assert "What to try next, in the folder a/school:" in out


@pytest.mark.parametrize("name", ["school.toml", "recurly-sessions.db", "calendar.html"])
def test_the_demo_writes_over_nothing(folder: Path, bare: Terminal, name: str) -> None:
    (folder / name).write_text("mine", encoding="utf-8")

    told = bare("demo", now=None)

    assert told.code == 1
    assert told.err == (
        f"error: {name} is there already, and the demo would write over it\n"
        "hint: let it make another folder: recurly-sessions demo my-school\n"
    )
    assert (folder / name).read_text(encoding="utf-8") == "mine"
