"""`runs`, `undo`, `release` and `deliver`: what was done, taken back, and told."""

from pathlib import Path

import pytest

from tests.cli.terminal import ART, FOUR, SCHOOL, Terminal, ids, stored


@pytest.fixture
def applied(typed: Terminal) -> str:
    """The id of a run, after which four sessions are there."""
    run_id = typed("apply", "--json").data["run_id"]
    assert isinstance(run_id, str)
    return run_id


def test_runs_are_listed_with_whether_they_stand(folder: Path, typed: Terminal, applied: str) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    later = typed("apply", "--json", now="2026-10-05T09:00Z").data["run_id"]
    typed.ok("undo", later, "--yes")

    assert typed.ok("runs") == (
        "run           at                    series\n"
        f"{later[:12]}  2026-10-05 09:00 UTC  1       undone\n"
        f"{applied[:12]}  2026-10-05 08:00 UTC  1       stands\n"
    )
    assert [run["id"] for run in typed("runs", "--json").data] == [later, applied]
    assert [run["id"] for run in typed("runs", "--json", "--limit", "1").data] == [later]


def test_before_the_first_run_there_are_none(typed: Terminal) -> None:
    assert typed.ok("runs") == "No runs yet.\n"


@pytest.mark.requirement("ROLL-3")
@pytest.mark.parametrize("length", [1, 12, 64])
def test_a_run_is_undone_by_the_beginning_of_its_id(typed: Terminal, applied: str, length: int) -> None:
    out = typed.ok("undo", applied[:length], "--yes")

    assert out == (
        "Undone: 4 removed. 1 series held.\n"
        "When maths may be planned again: recurly-sessions release maths --now 2026-10-05T08:00:00Z\n"
    )
    assert stored() == []


def test_the_last_run_that_stands_is_undone_by_that_word(typed: Terminal, applied: str) -> None:
    typed.ok("undo", "last", "--yes")

    assert stored() == []
    assert typed("undo", "last", "--yes").err == "error: no run 'last'\nhint: `recurly-sessions runs` lists them\n"


def test_a_beginning_of_several_runs_is_refused(folder: Path, typed: Terminal, applied: str) -> None:
    ids_of_runs = [applied]
    for hour in range(9, 26):
        (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', f'"17:{hour:02}"'), encoding="utf-8")
        typed.ok("import", "school.toml")
        ids_of_runs.append(typed("apply", "--json").data["run_id"])
    twice = next(each[0] for each in ids_of_runs if sum(other[0] == each[0] for other in ids_of_runs) > 1)

    told = typed("undo", twice, "--yes")

    assert told.code == 1
    assert told.err.startswith(f"error: several runs begin with '{twice}': {twice}")


def test_a_run_is_not_undone_where_nobody_can_be_asked(typed: Terminal, applied: str) -> None:
    told, as_json = typed("undo", "last"), typed("undo", "last", "--json")

    assert (told.code, told.err) == (
        1,
        f"error: there's nobody to be asked: Undo run {applied[:12]} of 2026-10-05 08:00 UTC?\n"
        "hint: give --yes if that is right\n",
    )
    assert as_json.code == 1
    assert ids(stored()) == FOUR


@pytest.mark.requirement("ROLL-3")
def test_what_can_not_be_undone_is_refused_with_the_reason(typed: Terminal, applied: str) -> None:
    told = typed("undo", applied, "--yes", now="2026-10-06T08:00Z")

    assert told.code == 1
    assert told.out == "Undone: nothing. 1 series refused.\n  maths: maths/mon/2026-10-05 has started\n"
    assert ids(stored()) == FOUR


def test_a_series_is_held_until_it_is_released(typed: Terminal, applied: str) -> None:
    typed.ok("undo", applied, "--yes")
    assert "maths  held" in typed.ok("plan")

    assert typed.ok("release", "maths") == "Released: maths.\n"
    assert "Plan: 4 to create." in typed.ok("plan")


def test_a_series_that_nobody_knows_can_not_be_released(typed: Terminal) -> None:
    assert typed("release", "chess").err.startswith("error: no series 'chess'\nhint: ")


def test_messages_are_written_out_once(typed: Terminal, applied: str) -> None:
    first, second = typed.ok("deliver", "--limit", "10"), typed.ok("deliver")

    assert first.startswith("to member kim (kim):\nNew:\n  Mon 2026-10-05 18:00–19:30 Europe/Paris  maths\n")
    assert "to tutor amina (Amina):\nYou teach:\n" in first
    assert first.endswith("Delivered: 3 messages.\n")
    assert second == "Delivered: 0 messages.\n"


def test_messages_are_written_as_json_where_answers_are(typed: Terminal, applied: str) -> None:
    told, again = typed("deliver", "--json", "--limit", "2"), typed("deliver", "--json")

    messages = [*told.data["messages"], *again.data["messages"]]
    counts = {"arrived": 2, "put_off": 0, "given_up": 0, "errors": [], "waiting": 1}
    assert (told.err, {name: told.data[name] for name in counts}) == ("", counts)
    assert again.data["waiting"] == 0
    assert [tuple(each["recipient"].values()) for each in messages] == [
        ("member", "kim"),
        ("tutor", "amina"),
        ("tutor", "luc"),
    ]
    assert messages[1]["name"] == "Amina"
    assert messages[0]["text"].startswith("New:\n  Mon 2026-10-05 18:00–19:30 Europe/Paris  maths\n")
    assert [each["session_id"] for each in messages[0]["lines"]] == FOUR
    assert typed("deliver", "--json").data == {"messages": [], **counts, "arrived": 0, "waiting": 0}


def test_how_many_messages_wait_is_told(typed: Terminal, applied: str) -> None:
    assert typed.ok("deliver", "--limit", "1").endswith("Delivered: 1 messages. 2 wait: run it again.\n")
    assert typed.ok("deliver", "--limit", "1").endswith("Delivered: 1 messages. 1 waits: run it again.\n")
