"""`show`, `explain`, `next` and `end`: what is asked about a school."""

import sqlite3
from pathlib import Path

import pytest

from recurly_sessions import plan_sessions
from recurly_sessions.adapters.sql import SqlStore
from tests.cli.terminal import ART, FOUR, NOW, SCHOOL, URL, Terminal, Typed, ids, stored

WEEK = "Mon 5 Oct 2026\n  18:00–19:30  Europe/Paris  maths/mon/2026-10-05  Amina\n"


def ids_of(typed: Typed) -> list[str]:
    return [each["id"] for each in typed.data]


def test_the_week_of_now_is_shown(typed: Terminal) -> None:
    typed.ok("apply")

    assert typed.ok("show") == WEEK
    assert typed.ok("show", "maths", "--week", "2026-10-11") == WEEK
    assert typed.ok("show", now="2026-10-06T08:00Z") == WEEK


def test_all_of_a_series_is_shown_with_what_happened_to_it(typed: Terminal) -> None:
    typed.ok("apply")
    typed.ok("cancel", "maths/mon/2026-10-12", "--reason", "ill", "--yes")

    lines = typed.ok("show", "maths").splitlines()

    assert len(lines) == 8
    assert lines[3] == "  18:00–19:30  Europe/Paris  maths/mon/2026-10-12  luc  off: ill"
    assert [each["id"] for each in typed("show", "--all", "--json").data] == ids(stored())


def test_all_sessions_and_those_of_a_week_are_not_asked_together(typed: Terminal) -> None:
    assert typed("show", "--all", "--week", "2026-10-05").code == 2


def test_a_week_without_sessions_says_what_to_do(typed: Terminal) -> None:
    assert typed.ok("show") == (
        "No sessions in the week of Mon 5 Oct 2026. `recurly-sessions plan` shows what should be there.\n"
    )


def test_a_series_that_nobody_knows_is_refused(typed: Terminal) -> None:
    assert typed("show", "chess").err.startswith("error: no series 'chess'; there is maths\n")


def test_a_day_that_is_none_is_refused(typed: Terminal) -> None:
    assert typed("show", "--week", "monday").code == 2


def test_the_calendar_of_one_person_is_shown(folder: Path, typed: Terminal) -> None:
    busy = ART + 'members = ["kim", { id = "lea", active = false }]\n'
    (folder / "school.toml").write_text(SCHOOL + busy + ART.replace('"art"', '"chess"'), encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")

    of_kim = "Tue 6 Oct 2026\n  18:00–19:30  Europe/Paris  art/tue/2026-10-06  no tutor\n"
    assert typed.ok("show", "--member", "kim") == WEEK + of_kim
    assert typed.ok("show", "art", "--member", "kim", "--week", "2026-10-05") == of_kim
    assert typed.ok("show", "--tutor", "amina") == WEEK
    assert ids_of(typed("show", "--tutor", "luc", "--all", "--json")) == [FOUR[1], FOUR[3]]
    assert ids_of(typed("show", "maths", "--tutor", "luc", "--json")) == [FOUR[1], FOUR[3]]
    nobody = "No sessions of lea in the week of Mon 5 Oct 2026. `recurly-sessions plan` shows what should be there.\n"
    assert typed.ok("show", "--member", "lea") == nobody
    assert typed.ok("show", "maths", "--member", "lea").startswith("No sessions of lea. ")
    typed.ok("show", "--tutor", "amina", "--html", "amina.html")
    page = (folder / "amina.html").read_text(encoding="utf-8")
    assert ("<title>Calendar of Amina</title>" in page, "1 session." in page) == (True, True)


def test_the_calendar_of_one_person_has_what_is_in_the_archive(folder: Path, typed: Terminal) -> None:
    over = SCHOOL.replace("members", "ends_on = 2026-10-06\nmembers")
    (folder / "school.toml").write_text(over, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")
    typed.ok("end", "maths", now="2026-10-07T08:00Z")
    (folder / "school.toml").write_text(ART, encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")

    for person in (("--member", "kim"), ("--tutor", "amina")):
        assert ids_of(typed("show", "--all", *person, "--json")) == FOUR[:1]


@pytest.mark.parametrize(("kind", "meant", "known"), [("tutor", "amina", "amina, luc"), ("member", "kim", "kim")])
def test_a_person_whom_nobody_knows_is_refused_with_the_one_that_may_be_meant(
    typed: Terminal, kind: str, meant: str, known: str
) -> None:
    assert typed("show", f"--{kind}", f"{meant}a").err == (
        f"error: no {kind} '{meant}a'; there is {known}\nhint: did you mean {meant}?\n"
    )
    assert typed("show", f"--{kind}", "zzz").err.startswith(f"error: no {kind} 'zzz'; there is {known}\nhint: `recurly")


def test_the_calendar_of_two_people_is_not_asked_for_together(typed: Terminal) -> None:
    assert typed("show", "--tutor", "amina", "--member", "kim").code == 2


def test_the_calendar_is_written_as_a_page(folder: Path, typed: Terminal) -> None:
    typed.ok("apply")

    assert typed.ok("show", "--html", "calendar.html") == "Wrote calendar.html.\n"
    assert typed("show", "--html", "calendar.html", "--json").data == {"wrote": "calendar.html", "sessions": 1}
    page = (folder / "calendar.html").read_text(encoding="utf-8")
    assert "1 session." in page
    assert "Amina" in page


def test_a_session_is_explained_from_the_database_or_from_a_file(typed: Terminal) -> None:
    stories = [typed.ok("explain", "maths/mon/2026-10-26", *file) for file in ([], ["school.toml"])]

    assert stories[0] == stories[1]
    assert stories[0].startswith("maths/mon/2026-10-26: Mon 2026-10-26 18:00–19:30 Europe/Paris, PENDING, luc\n")
    assert "luc's turn in the rotation Amina, luc" in stories[0]
    told = typed("explain", "maths/mon/2026-10-26", "--json").data
    assert told["story"] == stories[0].splitlines()


@pytest.mark.parametrize("command", [["explain"], ["explain", "--file"], ["cancel", "--yes"]], ids=" ".join)
@pytest.mark.parametrize(
    ("session_id", "hint"),
    [
        ("chess", "a session is named SERIES/SLOT/DAY, and there's no series 'chess'; `recurly"),
        ("mathss/mon/2026-10-05", "did you mean maths?\n"),
        ("maths/mno/2026-10-05", "did you mean mon?\n"),
        ("maths/q/2026-10-05", "a session is named SERIES/SLOT/DAY, and the slots of maths are: mon\n"),
        ("maths", "a session is named SERIES/SLOT/DAY, like maths/mon/2026-10-05\n"),
        ("maths/mon/soon", "`recurly-sessions show maths` lists those that are there\n"),
    ],
)
def test_a_session_that_nobody_knows_is_refused_with_the_one_that_may_be_meant(
    typed: Terminal, command: list[str], session_id: str, hint: str
) -> None:
    words, file = ([command[0]], ["school.toml"]) if "--file" in command else (command, [])

    told = typed(words[0], session_id, *words[1:], *file)

    assert (told.out, told.code) == ("", 1)
    assert told.err.startswith(f"error: no session '{session_id}'\nhint: {hint}")


def test_a_date_that_is_none_of_a_sessions_is_told_as_the_one_that_is_meant(typed: Terminal) -> None:
    typed.ok("apply")

    assert typed("cancel", "maths/mon/2026-10-191", "--yes").err == (
        "error: no session 'maths/mon/2026-10-191'\nhint: did you mean maths/mon/2026-10-19?\n"
    )


@pytest.mark.parametrize("command", [["show"], ["next"], ["plan", "--series"], ["end"], ["release"]], ids=" ".join)
def test_a_series_that_nobody_knows_is_told_as_the_one_that_is_meant(typed: Terminal, command: list[str]) -> None:
    assert typed(*command, "mathss").err == "error: no series 'mathss'; there is maths\nhint: did you mean maths?\n"


@pytest.mark.parametrize(
    "command",
    ["show maths", "show maths --week 2026-10-12", "next maths", f"explain {FOUR[0]}", "plan --series maths"],
)
def test_what_is_asked_of_one_series_reads_no_other(folder: Path, typed: Terminal, command: str) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")
    before = typed.ok(*command.split())
    with sqlite3.connect("recurly-sessions.db") as connection:
        connection.execute("UPDATE recurly_series SET document = 'rubbish' WHERE id = 'art'")
    connection.close()

    assert typed.ok(*command.split()) == before


def test_a_plan_of_one_series_knows_who_is_busy_in_another_and_limits_that_count_all(
    folder: Path, typed: Terminal
) -> None:
    busy = ART.replace("TU", "MO") + 'assignments = [{ id = "a", tutor_id = "amina", pattern = "round_robin" }]\n'
    for rules in ("", "base = { max_changes = 0.5 }\n", 'base = { on_tutor_busy = "skip" }\n'):
        (folder / "school.toml").write_text(rules + SCHOOL + busy, encoding="utf-8")
        typed.ok("import", "school.toml")
        typed.ok("apply", "--override-brake")
        (folder / "school.toml").write_text(rules + SCHOOL.replace('"18:00"', '"18:30"') + busy, encoding="utf-8")
        typed.ok("import", "school.toml")
        store = SqlStore(URL)
        whole = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])
        store.close()

        assert "Amina is taken by art/" in str(whole)
        assert typed.ok("plan", "--series", "maths") == f"{whole}\n"


def test_who_is_next_is_said_for_a_slot_and_for_all(folder: Path, typed: Terminal) -> None:
    expected = (
        "slot  next            who    why\nmon   Mon 5 Oct 2026  Amina  Amina's turn in the rotation Amina, luc\n"
    )

    assert typed.ok("next", "maths") == expected
    assert typed.ok("next", "maths", "mon", "--file", "school.toml") == expected
    assert typed("next", "maths", "--json").data == [
        {
            "slot_id": "mon",
            "occurs_on": "2026-10-05",
            "tutor_id": "amina",
            "assignment_id": "amina",
            "pattern": "round_robin",
            "why": "Amina's turn in the rotation Amina, luc",
        }
    ]


def test_a_slot_that_has_no_date_any_more_says_so(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL.replace("members", "ends_on = 2026-10-06\nmembers"), encoding="utf-8")

    assert "no date in ten years" in typed.ok("next", "maths", "--file", "school.toml", now="2026-10-07T08:00Z")


def test_a_series_that_is_over_is_archived_and_its_sessions_stay(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL.replace("members", "ends_on = 2026-10-06\nmembers"), encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")

    early = typed("end", "maths")
    would = typed.ok("end", "maths", "--dry-run", now="2026-10-07T08:00Z")
    out = typed.ok("end", "maths", now="2026-10-07T08:00Z")

    assert early.code == 1
    assert "it lasts until 2026-10-06, and it is 2026-10-05" in early.err
    assert would == "Would end: maths, which lasted until 2026-10-06. Its sessions stay: 1.\n"
    assert out == (
        "Ended: maths, which lasted until 2026-10-06. Its sessions stay: 1.\n"
        "Take it out of your school file, too; an import leaves it in the archive.\n"
    )
    assert "maths/mon/2026-10-05" in typed.ok("show", "maths")
    assert "maths/mon/2026-10-05" in typed.ok("show", "--all")
    assert ids(stored()) == ["maths/mon/2026-10-05"]
    assert typed("end", "maths").err.startswith("error: no series 'maths'\n")


def test_the_archive_is_listed(folder: Path, typed: Terminal) -> None:
    over = ART.replace("2026-10-05", "2026-09-01\nends_on = 2026-10-04")
    (folder / "school.toml").write_text(SCHOOL + over, encoding="utf-8")
    typed.ok("import", "school.toml", now="2026-09-01T08:00Z")
    assert typed.ok("show", "--archived") == "The archive is empty.\n"
    typed.ok("end", "art")

    assert typed.ok("show", "--archived") == "series  last day    sessions\nart     2026-10-04  0\n"
    assert typed("show", "--archived", "--json").data == [{"id": "art", "ends_on": "2026-10-04", "sessions": 0}]
    assert typed.ok("show", "art").startswith("No sessions.")


def test_what_people_wrote_steers_no_terminal(folder: Path, typed: Terminal) -> None:
    evil = SCHOOL.replace('name = "Amina"', 'name = "A\\u001b[2Jmina"')
    (folder / "school.toml").write_text(evil + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")

    assert "\x1b" not in typed.ok("show") + typed.ok("next", "maths") + typed.ok("plan")
