"""`import` and `export`: a school into a database and out of it."""

import sqlite3
from pathlib import Path

import pytest

from recurly_sessions import School
from tests.cli.terminal import ART, FOUR, SCHOOL, Terminal, ids, stored


def test_a_school_comes_out_as_it_went_in(folder: Path, typed: Terminal) -> None:
    school = School.from_toml(SCHOOL)

    assert School.from_toml(typed.ok("export")) == school
    assert School.from_json(typed.ok("export", "--json")) == school
    assert typed.ok("export", "out.toml") == "Wrote out.toml.\n"
    assert typed.ok("export", "out.json") == "Wrote out.json.\n"
    assert School.from_toml(folder / "out.toml") == School.from_json(folder / "out.json") == school
    typed.ok("import", "out.json")
    assert School.from_toml(typed.ok("export")) == school


def test_a_file_is_of_the_kind_that_its_name_says_and_what_was_written_is_told_as_json(
    folder: Path, typed: Terminal
) -> None:
    told = typed("export", "out.toml", "--json")

    assert told.data == {"wrote": "out.toml"}
    assert School.from_toml(folder / "out.toml") == School.from_toml(SCHOOL)


def test_a_school_is_written_to_the_output_where_that_is_said(folder: Path, typed: Terminal) -> None:
    assert typed.ok("export", "-") == typed.ok("export")
    assert typed.ok("export", "-", "--json") == typed.ok("export", "--json")
    assert not (folder / "-").exists()


def test_a_file_with_something_else_is_written_over_only_if_that_is_said(folder: Path, typed: Terminal) -> None:
    theirs = f"# The school of Mrs Lee\n{SCHOOL}"
    (folder / "school.toml").write_text(theirs, encoding="utf-8")

    told = typed("export", "school.toml")

    assert (told.code, told.err) == (
        1,
        "error: there's nobody to be asked: Write over school.toml?\nhint: give --yes if that is right\n",
    )
    assert (folder / "school.toml").read_text(encoding="utf-8") == theirs
    typed.ok("export", "school.toml", "--yes")
    typed.ok("export", "school.toml")
    assert School.from_toml(folder / "school.toml") == School.from_toml(SCHOOL)


def test_an_import_says_what_changes(folder: Path, typed: Terminal) -> None:
    (folder / "more.toml").write_text(SCHOOL.replace('"18:00"', '"17:00"') + ART, encoding="utf-8")

    assert typed.ok("import", "more.toml", now=None) == (
        "new: art\nchanged: maths\nImported: 2 series. Next: recurly-sessions plan\n"
    )
    assert typed.ok("import", "more.toml", now=None) == "Nothing changes: 2 series. Next: recurly-sessions plan\n"
    (folder / "rules.toml").write_text("base = { weeks_ahead = 2 }\n" + SCHOOL, encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")
    assert typed.ok("import", "rules.toml").startswith("changed: what all series share\n")


def test_a_dry_run_of_an_import_changes_nothing(folder: Path, typed: Terminal) -> None:
    (folder / "more.toml").write_text(SCHOOL + ART, encoding="utf-8")

    assert typed.ok("import", "more.toml", "--dry-run") == "new: art\nWould import: 2 series.\n"
    assert School.from_toml(typed.ok("export")) == School.from_toml(SCHOOL)


def test_series_go_only_if_that_is_said_and_their_sessions_stay(folder: Path, typed: Terminal) -> None:
    typed.ok("apply")
    (folder / "art.toml").write_text(ART, encoding="utf-8")

    told = typed("import", "art.toml")
    kept = typed.ok("export")
    typed.ok("import", "art.toml", "--yes")

    assert (told.code, told.err) == (
        1,
        "error: the file doesn't have the series maths, which would be gone\n"
        "hint: give --yes if that is right, or --keep to keep them\n",
    )
    assert School.from_toml(kept) == School.from_toml(SCHOOL)
    assert [series.id for series in School.from_toml(typed.ok("export")).series] == ["art"]
    assert ids(stored()) == FOUR


def test_series_that_a_file_does_not_have_can_be_kept(folder: Path, typed: Terminal) -> None:
    (folder / "art.toml").write_text(ART, encoding="utf-8")

    typed.ok("import", "art.toml", "--keep")

    assert [series.id for series in School.from_toml(typed.ok("export")).series] == ["art", "maths"]


def test_a_school_is_read_from_the_input(
    folder: Path, bare: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name, text in (("a", SCHOOL), ("b", School.from_toml(SCHOOL).to_json())):
        path = tmp_path_factory.mktemp("input") / name
        path.write_text(text, encoding="utf-8")
        with path.open(encoding="utf-8") as stream:
            monkeypatch.setattr("sys.stdin", stream)
            assert "Plan: 4 to create." in bare.ok("plan", "-")


def test_everything_that_is_wrong_with_a_file_is_told(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL.replace("Paris", "Pari").replace("18:00", "25:00"), encoding="utf-8")

    told = bare("import", "school.toml")

    assert told.code == 1
    assert told.err == (
        "error: school.toml has 2 problems:\n"
        "  line 6, series[0].timezone: must be an IANA timezone like Europe/Paris, got 'Europe/Pari'; "
        "did you mean 'Europe/Paris'?\n"
        "  line 9, series[0].slots[0].start: must be a time from 00:00 to 23:59, written HH:MM, got '25:00'\n"
        "hint: mend the file; `recurly-sessions init -` shows one with every kind of entry, each explained\n"
    )
    assert [each.name for each in folder.iterdir()] == ["school.toml"]


def test_a_file_that_is_not_there_is_a_mistake_of_the_command(bare: Terminal) -> None:
    told = bare("import", "nowhere.toml")

    assert told.code == 2
    assert "File 'nowhere.toml' does not exist. `recurly-sessions init nowhere.toml` writes one." in told.err


CHESS = """
[[series]]
id = "chess"
timezone = "Europe/Paris"
starts_on = 2026-09-01
ends_on = 2026-10-06
slots = [{ id = "mon", days = "MO", start = "16:00", end = "17:00" }]
"""


def test_what_is_hardly_ever_meant_is_warned_of(folder: Path, bare: Terminal) -> None:
    odd = SCHOOL.replace(', { id = "luc" }', "").replace("members", 'branch_id = "nix"\nmembers')
    wrong = 'branch_id = "nix"\nconfig = { weeks_aheda = 3 }\n'
    (folder / "school.toml").write_text("base = { currncy = 'EUR' }\n" + odd + ART + wrong, encoding="utf-8")

    told = bare("import", "school.toml")

    assert told.code == 0
    assert told.err == (
        "warning: there's no tutor luc, whom maths names\n"
        "warning: there's no branch nix, which maths, art name\n"
        "warning: the base config says currncy = EUR, which is no rule; did you mean currency?\n"
        "warning: series art: the series config says weeks_aheda = 3, which is no rule; did you mean weeks_ahead?\n"
    )
    assert bare("import", "school.toml", "--json").data["warnings"] == [
        line.removeprefix("warning: ") for line in told.err.splitlines()
    ]


def test_a_branch_with_rules_or_closures_is_known(folder: Path, typed: Terminal) -> None:
    closed = 'closures = [{ id = "a", first_day = 2026-12-24, last_day = 2026-12-26, branch_id = "south" }]\n'
    branches = "branches = { north = { weeks_ahead = 2 } }\n"
    series = [
        SCHOOL.replace("members", 'branch_id = "north"\nmembers'),
        ART.replace("slots", 'branch_id = "south"\nslots'),
    ]
    (folder / "school.toml").write_text(closed + branches + "".join(series), encoding="utf-8")

    typed.ok("import", "school.toml")


def test_a_dry_run_tells_by_its_exit_code_whether_anything_would_change(folder: Path, typed: Terminal) -> None:
    asked = ("import", "school.toml", "--dry-run", "--detailed-exitcode")
    same = typed(*asked)
    (folder / "school.toml").write_text("base = { weeks_ahead = 2 }\n" + SCHOOL, encoding="utf-8")
    changed = typed(*asked)
    live = typed("import", "school.toml", "--detailed-exitcode")

    assert (same.code, changed.code, live.code) == (0, 3, 0)


def test_what_was_not_written_is_not_told_as_done(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    connection = sqlite3.connect("recurly-sessions.db")
    connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON recurly_series BEGIN SELECT RAISE(ABORT, 'no more room'); END"
    )
    connection.close()

    told = typed("import", "school.toml")

    assert (told.code, told.out) == (1, "")
    assert "no more room" in told.err


def test_a_dry_run_of_a_first_import_makes_no_database(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL, encoding="utf-8")

    assert bare.ok("import", "school.toml", "--dry-run") == "new: maths\nWould import: 1 series.\n"
    assert [each.name for each in folder.iterdir()] == ["school.toml"]


def test_a_dry_run_of_an_import_into_a_database_of_something_else_makes_no_tables(folder: Path, bare: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL, encoding="utf-8")
    with sqlite3.connect("app.db") as connection:
        connection.execute("CREATE TABLE invoices (id TEXT)")
    connection.close()

    assert bare.ok("import", "school.toml", "--dry-run", "--database", "app.db") == (
        "new: maths\nWould import: 1 series.\n"
    )
    assert bare("db", "current", "--database", "app.db").err.startswith("error: the database has no tables")


def test_a_series_in_the_archive_stays_there_unless_it_has_a_last_day_to_come(folder: Path, typed: Terminal) -> None:
    later = "2026-10-08T08:00Z"
    (folder / "school.toml").write_text(SCHOOL + CHESS, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")
    typed.ok("end", "chess", now=later)

    out = typed.ok("import", "school.toml", now=later)
    after = School.from_toml(typed.ok("export"))
    longer = CHESS.replace("2026-10-06", "2026-11-06")
    (folder / "school.toml").write_text(SCHOOL + longer, encoding="utf-8")
    again = typed.ok("import", "school.toml", now=later)

    assert out == (
        "left in the archive: chess\n"
        "  take them out of the file, or give them a last day to come\n"
        f"Nothing changes: 1 series. Next: recurly-sessions plan --now {later[:-1]}:00Z\n"
    )
    assert [each.id for each in after.series] == ["maths"]
    assert again.startswith("new: chess\nImported: 2 series.")


def test_series_that_can_not_be_read_are_not_kept_and_do_not_go_unasked(folder: Path, typed: Terminal) -> None:
    (folder / "art.toml").write_text(ART, encoding="utf-8")
    with sqlite3.connect("recurly-sessions.db") as connection:
        connection.execute("UPDATE recurly_series SET document = '?'")
    connection.close()

    gone, kept = typed("import", "art.toml"), typed("import", "art.toml", "--keep")

    assert gone.err.startswith("error: the file doesn't have the series maths, which would be gone\n")
    assert kept.err == (
        "error: maths can't be kept, since they can't be read\n"
        "hint: put back a copy of the database, or import a file that has them\n"
    )
