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
        "run           at                    kind   series  did        by\n"
        f"{later[:12]}  2026-10-05 09:00 UTC  apply  1       4 created  system  undone\n"
        f"{applied[:12]}  2026-10-05 08:00 UTC  apply  1       4 created  system  stands\n"
    )
    listed = typed("runs", "--json").data
    assert [run["run_id"] for run in listed] == [later, applied]
    assert listed[1] == {
        "run_id": applied,
        "kind": "apply",
        "at": "2026-10-05T08:00:00Z",
        "series": 1,
        "standing": 1,
        "created": 4,
        "updated": 0,
        "cancelled": 0,
        "reinstated": 0,
        "actor": "system",
    }
    assert [run["run_id"] for run in typed("runs", "--json", "--limit", "1").data] == [later]


def test_what_a_run_did_is_listed_session_by_session(folder: Path, typed: Terminal, applied: str) -> None:
    (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', '"17:00"'), encoding="utf-8")
    typed.ok("import", "school.toml")
    later = typed("apply", "-w", "1", "--json", now="2026-10-05T09:00Z").data["run_id"]
    typed.ok("cancel", FOUR[3], "--reason", "ill", "--yes", now="2026-10-05T10:00Z")

    assert typed.ok("runs", applied[:12]).splitlines()[:2] == [
        f"Run {applied[:12]} (apply) of 2026-10-05 08:00 UTC by system: 4 created; it stands.",
        "  created  maths/mon/2026-10-05  Mon 5 Oct 2026 18:00",
    ]
    assert (
        "  updated  maths/mon/2026-10-19  Mon 19 Oct 2026 17:00: starts 18:00 → 17:00, price 45.00 EUR → 75.00 EUR\n"
        in typed.ok("runs", later)
    )
    assert typed.ok("runs", "last").endswith("  cancelled  maths/mon/2026-10-26  Mon 26 Oct 2026 17:00: ill\n")
    told = typed("runs", "last", "--json").data
    assert (told["cancelled"], told["changes"]) == (
        1,
        [{"kind": "cancelled", "session_id": FOUR[3], "what": "Mon 26 Oct 2026 17:00: ill"}],
    )


def test_a_run_says_which_command_it_was_and_who_has_undone_it(typed: Terminal) -> None:
    typed.ok("migrate", "--weeks", "1")
    typed.ok("run", now="2026-10-05T09:00Z")
    typed.ok("cancel", FOUR[3], "--yes", now="2026-10-05T10:00Z")
    typed.ok("undo", "last", "--yes", now="2026-10-05T11:00Z")

    assert [line.split()[4] for line in typed.ok("runs").splitlines()[1:]] == ["cancel", "job", "migrate"]
    assert [run["kind"] for run in typed("runs", "--json").data] == ["cancel", "job", "migrate"]
    cancelled = typed("runs", "--json").data[0]["run_id"]
    assert typed.ok("runs", cancelled).splitlines()[0] == (
        f"Run {cancelled[:12]} (cancel) of 2026-10-05 10:00 UTC by system: 1 cancelled; "
        "it was undone on 2026-10-05 11:00 UTC by system."
    )


def test_of_runs_of_the_same_moment_the_last_is_that_which_was_written_last(folder: Path, typed: Terminal) -> None:
    for hour in (17, 16, 15, 14):
        (folder / "school.toml").write_text(SCHOOL.replace('"18:00"', f'"{hour}:00"'), encoding="utf-8")
        typed.ok("import", "school.toml")
        run_id = typed("apply", "--json").data["run_id"]

        assert typed("runs", "last", "--json").data["run_id"] == run_id


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
    assert typed("undo", "last", "--yes").err == (
        "error: no run stands, so there is no last one\nhint: `recurly-sessions runs` lists all of them\n"
    )
    assert typed("undo", "", "--yes").err == (
        "error: a run's id has at least one character\nhint: `recurly-sessions runs` lists them\n"
    )


def test_what_undoing_would_do_is_listed_and_that_is_what_it_does(folder: Path, typed: Terminal, applied: str) -> None:
    typed.ok("deliver", "--limit", "1")
    before = stored()

    shown = typed.ok("undo", applied, "--dry-run")
    as_data = typed("undo", applied, "-d", "--json").data

    assert shown == ("Would undo: 4 cancelled. 1 series held.\n" + "".join(f"  cancelled  {each}\n" for each in FOUR))
    assert stored() == before
    assert typed("undo", applied, "--yes", "--json").data == as_data
    assert ids(each for each in stored() if not each.is_open) == [each["session_id"] for each in as_data["sessions"]]


def test_what_could_not_be_undone_is_refused_by_a_dry_run_too(typed: Terminal, applied: str) -> None:
    told = typed("undo", applied, "--dry-run", now="2026-10-06T08:00Z")

    assert (told.code, told.out) == (
        1,
        "Would undo: nothing. 1 series refused.\n  maths: maths/mon/2026-10-05 has started\n",
    )


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
    assert typed("release", "chess").err.startswith("error: no series 'chess'; there is maths\nhint: ")


def test_several_series_are_released_at_once_and_those_that_are_not_held_are_named(
    folder: Path, typed: Terminal
) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")
    typed.ok("undo", "last", "--yes")

    assert typed("release").code == typed("release", "art", "--all").code == 2
    assert typed.ok("release", "art") == "Released: art.\n"
    assert typed.ok("release", "art", "maths") == "Released: maths.\nNot held: art.\n"
    assert typed("release", "art", "--json").data == {"released": [], "not_held": ["art"]}
    assert typed.ok("release", "--all") == "No series is held.\n"


def test_what_happens_to_very_many_series_is_told_in_few_lines(folder: Path, typed: Terminal) -> None:
    series = [ART.replace('"art"', f'"s{number:03}"') for number in range(30)]
    (folder / "school.toml").write_text("\n".join(series), encoding="utf-8")
    imported = typed.ok("import", "school.toml", "--yes", now=None)
    typed.ok("apply")
    undone = typed.ok("undo", "last", "--yes", now="2026-10-05T08:00Z").splitlines()

    assert imported.startswith(f"new: {', '.join(f's{number:03}' for number in range(20))} … and 10 more\n")
    assert len(undone) == 22
    assert undone[21] == (
        "… and 10 more. When all may be planned again: recurly-sessions release --all --now 2026-10-05T08:00:00Z"
    )
    assert typed.ok("release", "--all").endswith(", s019 … and 10 more.\n")
    (folder / "bad.toml").write_text("\n".join(series).replace("Paris", "Pari"), encoding="utf-8")
    assert typed("import", "bad.toml").err.splitlines()[20:22] == [
        "  line 137, series[19].timezone: must be an IANA timezone like Europe/Paris, got 'Europe/Pari'; "
        "did you mean 'Europe/Paris'?",
        "  … and 10 more",
    ]


def test_a_run_is_named_by_its_whole_id_even_if_others_begin_so(typed: Terminal) -> None:
    for minute in range(10):
        typed.ok("run", now=f"2026-10-05T08:{minute:02}Z")
        typed.ok("undo", "last", "--yes")
        typed.ok("release", "maths")

    assert typed.ok("runs", "run-1").startswith("Run run-1 (job) of 2026-10-05 08:00 UTC by system: ")


def test_messages_are_written_out_once(typed: Terminal, applied: str) -> None:
    first, second = typed.ok("deliver", "--limit", "10"), typed.ok("deliver")

    assert first.startswith("to member kim (kim):\nNew:\n  Mon 2026-10-05 18:00–19:30 Europe/Paris  maths\n")
    assert "\n\nto tutor amina (Amina):\nYou teach:\n" in first
    assert first.endswith("Delivered: 3 messages.\n")
    assert second == "Delivered: 0 messages.\n"


def test_messages_are_written_as_json_where_answers_are(typed: Terminal, applied: str) -> None:
    told, again = typed("deliver", "--json", "--limit", "2"), typed("deliver", "--json")

    messages = [*told.data["messages"], *again.data["messages"]]
    counts = {"arrived": 2, "put_off": 0, "given_up": 0, "errors": [], "waiting": 1, "later": 0}
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
