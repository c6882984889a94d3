"""`check` and `cancel`: what is broken by hand is found, and the commands that are named mend it."""

import shlex
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from sqlalchemy import create_engine, text

from recurly_sessions import Session
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.testing.store_contract import made_of
from tests.cli.terminal import ART, BROKEN, FOUR, SCHOOL, URL, Terminal, ids, stored


@pytest.fixture
def calendar(typed: Terminal) -> list[Session]:
    """Four sessions, with which nothing is wrong."""
    typed.ok("apply", "--no-notify")
    return stored()


def break_by_hand(*, gone: Session, moved: Session) -> None:
    store = SqlStore(URL)
    later = attrs.evolve(
        moved,
        starts_at=moved.starts_at + timedelta(hours=1),
        ends_at=moved.ends_at + timedelta(hours=1),
        version=moved.version + 1,
    )
    with store.transaction("maths") as transaction:
        transaction.delete([gone])
        transaction.replace([(moved, later)])
    store.close()


def add_by_hand(session: Session) -> None:
    store = SqlStore(URL)
    with store.transaction(session.series_id) as transaction:
        assert not transaction.insert(made_of(session))
    store.close()


@pytest.mark.requirement("MIG-12")
def test_nothing_is_wrong_with_what_was_applied(typed: Terminal, calendar: list[Session]) -> None:
    assert typed.ok("check") == "Nothing is wrong.\n"
    assert typed("check", "--json").data == []


@pytest.mark.requirement("MIG-12")
def test_what_is_broken_is_found_with_the_exact_command_that_mends_it(typed: Terminal, calendar: list[Session]) -> None:
    break_by_hand(gone=calendar[1], moved=calendar[2])

    told = typed("check")

    mend = "recurly-sessions apply --series maths --now 2026-10-05T08:00:00Z"
    assert told.code == 1
    assert told.out == (
        "gaps: 1\n"
        "  maths/mon/2026-10-12 (Mon 12 Oct 2026 18:00): it is due, and isn't there\n"
        f"    mend: {mend}\n"
        "\n"
        "drifted: 1\n"
        "  maths/mon/2026-10-19 (Mon 19 Oct 2026 19:00): it should be otherwise, starts 19:00 → 18:00, ends 20:30 → "
        "19:30: slot mon is at 18:00–19:30 (Europe/Paris)\n"
        f"    mend: {mend}\n"
        "\n"
        "2 faults.\n"
    )
    typed.ok(*shlex.split(mend)[1:], now=None)
    assert typed.ok("check") == "Nothing is wrong.\n"


@pytest.mark.requirement("MIG-12")
def test_every_command_that_is_named_mends_what_it_is_named_for(
    folder: Path, typed: Terminal, calendar: list[Session]
) -> None:
    busy = ART.replace("TU", "MO") + 'assignments = [{ id = "a", tutor_id = "amina", pattern = "round_robin" }]\n'
    lost = busy.replace('"art"', '"lost"')
    (folder / "school.toml").write_text(SCHOOL + busy + lost, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")
    (folder / "school.toml").write_text(SCHOOL + busy, encoding="utf-8")
    typed.ok("import", "school.toml", "--yes")
    break_by_hand(gone=calendar[1], moved=calendar[2])
    add_by_hand(attrs.evolve(calendar[3], id="extra", slot_id=None, occurs_on=None, origin="MANUAL"))

    found: set[str] = set()
    while faults := typed("check", "--json").data:
        found.update(each["fault"]["kind"] for each in faults)
        command = faults[0]["mend"].rpartition("; else: ")[2]
        assert typed(*shlex.split(command)[1:], "--yes", now=None).code == 0

    assert found == {"orphan", "duplicate", "gap", "drift", "clash"}
    assert typed.ok("check") == "Nothing is wrong.\n"


def test_a_clash_is_told_with_what_keeps_the_lesson_and_what_keeps_the_clash(folder: Path, typed: Terminal) -> None:
    once = ART.replace('"TU"', '"MO"').replace("starts_on", "ends_on = 2026-10-11\nstarts_on")
    busy = once + 'assignments = [{ id = "a", tutor_id = "amina", pattern = "round_robin" }]\n'
    (folder / "school.toml").write_text(SCHOOL + busy, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply")

    out = typed("check").out
    kept = SCHOOL.replace("starts_on", 'config = { on_tutor_busy = "ignore" }\nstarts_on')
    (folder / "school.toml").write_text(kept + busy, encoding="utf-8")
    typed.ok("import", "school.toml")

    assert out == (
        "clashes: 1\n"
        "  maths/mon/2026-10-05 (Mon 5 Oct 2026 18:00): Amina is taken by art/tue/2026-10-05 on Mon 2026-10-05 "
        "18:00–19:30\n"
        "    mend: recurly-sessions cancel maths/mon/2026-10-05 --now 2026-10-05T08:00:00Z\n"
        "    or: assign luc, move it\n"
        '    keep: write on_tutor_busy = "ignore" into the config of series maths in your school file, then: '
        "recurly-sessions import FILE --now 2026-10-05T08:00:00Z\n"
        "\n"
        "1 fault.\n"
    )
    assert typed.ok("check") == "Nothing is wrong.\n"


def test_what_can_not_be_planned_is_mended_in_the_school_file(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text(SCHOOL + BROKEN, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed("apply")

    out = typed("check").out

    assert out.startswith("series that can't be planned: 1\n  broken fails: slot odd is left out")
    then = "or leave it if it's right there, then: recurly-sessions import FILE --now 2026-10-05T08:00:00Z"
    assert f"    mend: correct series broken in your school file, {then}\n" in out


def test_the_command_names_the_database_that_was_given(typed: Terminal, calendar: list[Session]) -> None:
    break_by_hand(gone=calendar[1], moved=calendar[2])

    faults = typed("check", "--json", "--database", URL).data

    mend = f"recurly-sessions apply --series maths --database {URL} --now 2026-10-05T08:00:00Z"
    assert [each["mend"] for each in faults] == [mend, mend]


def test_of_many_faults_of_a_kind_some_are_shown_and_all_are_counted(folder: Path, typed: Terminal) -> None:
    (folder / "empty.toml").write_text("series = []\n", encoding="utf-8")
    lines = typed("check", now="2026-10-05T08:00Z").out.splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("gaps: 4", "4 faults.", 8)

    typed.ok("apply", "-w", "150", "-q")
    typed.ok("import", "empty.toml", "--yes")

    lines = typed("check").out.splitlines()
    assert lines[0] == "orphans: 150"
    assert "  … and 50 more; --json lists them all" in lines


def test_sessions_of_a_series_that_is_lost_come_back_with_it_and_need_not_be_called_off(
    folder: Path, typed: Terminal, calendar: list[Session]
) -> None:
    by_hand("DELETE FROM recurly_series WHERE id = 'maths'")
    add_by_hand(attrs.evolve(calendar[3], id="art/tue/2026-10-27", series_id="art", slot_id="tue", tutor_id=None))

    told, data = typed("check").out, typed("check", "--json").data

    now = "--now 2026-10-05T08:00:00Z"
    art = f"if series art should be there, import a file that has it: recurly-sessions import FILE {now}"
    maths = art.replace("art", "maths", 1)
    assert told == (
        "orphans: 5\n"
        "  art/tue/2026-10-27 (Mon 26 Oct 2026 18:00): there's no series art\n"
        f"    mend: {art}\n"
        f"    else: recurly-sessions cancel art/tue/2026-10-27 {now}\n"
        "  maths/mon/2026-10-05 (Mon 5 Oct 2026 18:00): there's no series maths\n"
        "  maths/mon/2026-10-12 (Mon 12 Oct 2026 18:00): there's no series maths\n"
        "  maths/mon/2026-10-19 (Mon 19 Oct 2026 18:00): there's no series maths\n"
        "  maths/mon/2026-10-26 (Mon 26 Oct 2026 18:00): there's no series maths\n"
        f"    mend: {maths}\n"
        f"    else: recurly-sessions cancel SERIES/SLOT/DAY {now}\n"
        "\n"
        "5 faults.\n"
    )
    assert data[0]["mend"] == f"{art}; else: recurly-sessions cancel art/tue/2026-10-27 {now}"
    assert data[1]["mend"] == f"{maths}; else: recurly-sessions cancel {FOUR[0]} {now}"


@pytest.mark.parametrize("changed", ["series_id = 'zz'", "slot_id = 'zz'"])
def test_a_lesson_whose_id_is_taken_comes_when_every_mend_that_is_named_is_done(
    typed: Terminal, calendar: list[Session], changed: str
) -> None:
    by_hand(f"UPDATE recurly_sessions SET {changed} WHERE id = '{FOUR[1]}'")

    told = typed("check").out
    typed.ok("cancel", FOUR[1], "--yes")
    mends = []
    while faults := typed("check", "--json").data:
        mends.append(faults[0]["mend"].partition(" --now")[0])
        typed.ok(*shlex.split(faults[0]["mend"])[1:], "--yes", now=None)

    assert told.startswith(
        "to see to in the school: 1\n"
        f"  id-taken: {FOUR[1]} is due, but a session of something else has that id, so it isn't made; "
        "give that session another id, or the slot and date for which it stands\n"
        f"    mend: recurly-sessions rename {FOUR[1]} --now 2026-10-05T08:00:00Z\n"
    )
    assert mends == [f"recurly-sessions rename {FOUR[1]}", "recurly-sessions apply --series maths"]
    assert calendar[1] in stored()


def test_a_session_is_renamed_and_what_has_its_own_id_is_not(typed: Terminal, calendar: list[Session]) -> None:
    by_hand(f"UPDATE recurly_sessions SET slot_id = 'zz' WHERE id = '{FOUR[1]}'")

    assert typed.ok("rename", FOUR[1]) == (
        f"Renamed: {FOUR[1]} is maths/zz/2026-10-12 now. Next: recurly-sessions check --now 2026-10-05T08:00:00Z\n"
    )
    assert typed("rename", FOUR[0]).err.startswith(
        f"error: rename must be given a session that has the id of a lesson which it isn't, got '{FOUR[0]}'\n"
    )
    assert typed("rename", FOUR[1]).err.startswith(f"error: no session '{FOUR[1]}'\n")


@pytest.fixture
def package(folder: Path, typed: Terminal) -> str:
    """A class with a package of three lessons, of which one was called off by a person; the school file."""
    sold = 'packages = [{ id = "autumn", starts_on = 2026-10-05, ends_on = 2026-12-18, sessions = 3 }]\n'
    school = SCHOOL + sold
    (folder / "school.toml").write_text(school, encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply", "-q")
    typed.ok("cancel", FOUR[1], "--yes")
    return school


def test_a_lesson_of_a_package_that_was_called_off_is_made_up_for_as_check_says(typed: Terminal, package: str) -> None:
    told, data = typed("check").out, typed("check", "--json").data

    now = "--now 2026-10-05T08:00:00Z"
    add = f"recurly-sessions add maths --on 2026-10-26 --start 18:00 --end 19:30 --tutor luc --package autumn {now}"
    assert told == (
        "to see to in the school: 1\n"
        f"  package-lesson-lost: {FOUR[1]} of package autumn was called off by hand; "
        "Monday 2026-10-26 is free for it: add a session there by hand\n"
        f"    mend: {add}\n"
        "    keep: call off that day in your school file, with one session fewer in package autumn, then: "
        f"recurly-sessions import FILE {now}\n"
        "\n"
        "1 fault.\n"
    )
    assert [each["mend"] for each in data] == [add]
    assert typed.ok(*shlex.split(add)[1:], now=None) == (
        "Added: maths/2026-10-26T18:00, on Mon 26 Oct 2026 18:00, by luc, of package autumn.\n"
    )
    assert typed.ok("check") == "Nothing is wrong.\n"
    assert typed.ok("plan").startswith("No changes.")


def test_a_lesson_of_a_package_that_was_called_off_may_stay_off_as_check_says(
    folder: Path, typed: Terminal, package: str
) -> None:
    fewer = package.replace("sessions = 3", "sessions = 2")
    off = 'cancellations = [{ id = "ill", first_day = 2026-10-12, last_day = 2026-10-12 }]\n'
    (folder / "school.toml").write_text(fewer + off, encoding="utf-8")

    typed.ok("import", "school.toml")

    assert typed.ok("plan") == "No changes. 3 sessions are as they should be.\n"
    assert typed.ok("check") == "Nothing is wrong.\n"


def test_a_lost_lesson_for_which_there_is_no_date_is_added_at_any_time(
    folder: Path, typed: Terminal, package: str
) -> None:
    over = package.replace("members", "ends_on = 2026-10-19\nmembers").replace(
        'days = "MO"', ('rrule = "FREQ=WEEKLY;BYDAY=MO;COUNT=3"')
    )
    (folder / "school.toml").write_text(over, encoding="utf-8")
    typed.ok("import", "school.toml")

    add = "recurly-sessions add maths --on DAY --start TIME --end TIME --tutor luc --package autumn"
    assert f"    mend: {add} --now 2026-10-05T08:00:00Z\n" in typed("check").out
    typed.ok("add", "maths", "--on", "2026-10-24", "--start", "23:00", "--end", "1:00")
    assert typed.ok("check") == "Nothing is wrong.\n"


def test_a_session_is_added_beside_those_of_the_slots_and_is_called_off_again(
    typed: Terminal, calendar: list[Session]
) -> None:
    asked = ("add", "maths", "--on", "2026-10-24", "--start", "10:00", "--end", "11:00", "--tutor", "amina")
    name = "maths/2026-10-24T10:00"

    shown = typed.ok(*asked, "--dry-run")
    before = stored()
    added = typed(*asked, "--json").data
    told = typed.ok("deliver")

    assert shown == f"Would add: {name}, on Sat 24 Oct 2026 10:00, by amina.\n"
    assert before == calendar
    assert (added["id"], added["origin"], added["price"], added["starts_at"]) == (
        name, "MANUAL", "30.00 EUR", "2026-10-24T08:00:00Z",
    )  # fmt: skip
    assert "Sat 2026-10-24 10:00–11:00 Europe/Paris  maths" in told
    assert typed(*asked).err.startswith(f"error: {name} begins then already\n")
    typed.ok("cancel", name, "--yes")
    assert typed.ok(*asked) == f"Added: {name} (2), on Sat 24 Oct 2026 10:00, by amina.\n"


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"maths": "math"}, "error: no series 'math'; there is maths\nhint: did you mean maths?\n"),
        ({"amina": "ann"}, "error: no tutor 'ann'; there is amina, luc, ben\n"),
        ({"2026-10-24": "2026-10-04"}, "error: Sun 4 Oct 2026 10:00 has passed\nhint: add a session to come\n"),
        ({"2026-10-24": "soon"}, "--on"),
        ({"10:00": "24:00"}, "--start"),
        ({"none": "none"}, "error: no package 'none'"),
    ],
)
def test_what_is_no_session_to_come_is_not_added(
    folder: Path, typed: Terminal, calendar: list[Session], changed: dict[str, str], refusal: str
) -> None:
    (folder / "school.toml").write_text(
        SCHOOL.replace('{ id = "luc" }', '{ id = "luc" }, { id = "ben" }'), encoding="utf-8"
    )
    typed.ok("import", "school.toml")
    asked = ["add", "maths", "--on", "2026-10-24", "--start", "10:00", "--end", "11:00", "--tutor", "amina"]
    asked += ["--package", "none"] if "none" in changed else []

    told = typed(*(changed.get(word, word) for word in asked))

    assert refusal in told.err
    assert stored() == calendar


def test_a_lesson_that_nobody_teaches_is_found_where_turns_are_not_given_by_hand(folder: Path, typed: Terminal) -> None:
    odd = 'assignments = [{ id = "a", tutor_id = "amina", pattern = { kind = "weekly", weeks = [1, 3, 4], cycle = 4 } }'
    (folder / "school.toml").write_text(SCHOOL.partition("assignments")[0] + odd + "]\n", encoding="utf-8")
    typed.ok("import", "school.toml")
    typed.ok("apply", "-q")

    told = typed("check")
    by_hand = odd + ', { id = "b", tutor_id = "luc", pattern = "manual" }]\n'
    (folder / "school.toml").write_text(SCHOOL.partition("assignments")[0] + by_hand, encoding="utf-8")
    typed.ok("import", "school.toml")

    assert (told.code, told.out) == (
        1,
        "without a tutor: 1\n"
        "  maths/mon/2026-10-12 (Mon 12 Oct 2026 18:00): nobody teaches it; its roster is Amina\n"
        "    mend: let somebody of series maths have that turn in your school file, or say "
        'pattern = "manual" there if turns are given by hand, then: '
        "recurly-sessions import FILE --now 2026-10-05T08:00:00Z\n"
        "\n"
        "1 fault.\n",
    )
    assert typed.ok("check") == "Nothing is wrong.\n"


def test_a_session_is_called_off_and_stays_off(typed: Terminal, calendar: list[Session]) -> None:
    assert typed.ok("cancel", FOUR[1], "--reason", "ill", "--yes") == "Called off: maths/mon/2026-10-12.\n"

    assert typed.ok("plan") == "No changes. 4 sessions are as they should be.\n"
    assert typed.ok("check") == "Nothing is wrong.\n"
    assert "Cancelled:\n  Mon 2026-10-12 18:00–19:30 Europe/Paris  maths (ill)" in typed.ok("deliver")


def test_what_calling_off_would_do_is_shown_and_that_is_what_it_does(typed: Terminal, calendar: list[Session]) -> None:
    shown = typed.ok("cancel", FOUR[1], "--reason", "ill", "--dry-run")
    as_data = typed("cancel", FOUR[1], "--reason", "ill", "-d", "--json").data

    assert shown == "Would call off: maths/mon/2026-10-12, on Mon 12 Oct 2026 18:00, by luc.\n"
    assert stored() == calendar
    assert typed("cancel", FOUR[1], "--reason", "ill", "--yes", "--json").data == as_data
    assert typed("cancel", FOUR[1], "--dry-run").code == 1


def test_a_session_that_is_off_is_not_called_off_again(typed: Terminal, calendar: list[Session]) -> None:
    typed.ok("cancel", FOUR[1], "-y")

    told = typed("cancel", FOUR[1], "-y")

    assert told.code == 1
    assert told.err.startswith("error: cancel must be given a session to come")
    assert ids(stored()) == FOUR


def test_a_session_is_not_called_off_where_nobody_can_be_asked(typed: Terminal, calendar: list[Session]) -> None:
    told, as_json = typed("cancel", FOUR[1]), typed("cancel", FOUR[1], "--json")

    assert (told.code, told.err) == (
        1,
        f"error: there's nobody to be asked: Call off {FOUR[1]}?\nhint: give --yes if that is right\n",
    )
    assert as_json.code == 1
    assert stored() == calendar


def by_hand(statement: str) -> None:
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_tutor_who_is_lost_is_told_and_no_plan_is_offered_that_takes_them_off(
    folder: Path, typed: Terminal, calendar: list[Session]
) -> None:
    by_hand("DELETE FROM recurly_tutors WHERE id = 'luc'")

    told, data = typed("check"), typed("check", "--json").data

    mend = (
        "correct series maths in your school file, or leave it if it's right there, then: "
        "recurly-sessions import FILE --now 2026-10-05T08:00:00Z"
    )
    assert told.out.startswith(
        "to see to in the school: 1\n"
        "  maths no-tutor-profile: luc (luc) has no tutor profile, so they can't be proposed; "
        "add the tutor or end the assignment\n"
        f"    mend: {mend}\n"
        "\n"
        "drifted: 2\n"
    )
    assert {each["mend"] for each in data} == {mend}
    typed.ok("import", "school.toml")
    assert typed.ok("check") == "Nothing is wrong.\n"
    assert stored() == calendar


def test_a_rule_that_is_none_is_told_once(folder: Path, typed: Terminal) -> None:
    (folder / "school.toml").write_text("base = { weeks_aheda = 3 }\n" + SCHOOL + ART, encoding="utf-8")
    typed("import", "school.toml")
    typed.ok("apply", "-q")

    told = typed("check")

    then = "recurly-sessions import FILE --now 2026-10-05T08:00:00Z"
    assert told.out == (
        "to see to in the school: 1\n"
        "  config-unknown-key: the base config says weeks_aheda = 3, which is no rule; did you mean weeks_ahead?\n"
        f"    mend: correct that in your school file, or leave it if it's right there, then: {then}\n"
        "\n"
        "1 fault.\n"
    )


def test_what_can_not_be_read_stops_no_check_and_an_import_writes_it_anew(
    folder: Path, typed: Terminal, calendar: list[Session]
) -> None:
    (folder / "school.toml").write_text(SCHOOL + ART, encoding="utf-8")
    typed.ok("import", "school.toml")
    by_hand("UPDATE recurly_series SET document = 'garbage' WHERE id = 'maths'")

    plan, told = typed("plan"), typed("check")

    what = "series maths can't be read: its text isn't JSON: Expecting value (table recurly_series)"
    assert (plan.code, plan.err) == (
        1, f"left out: {what}\nAll of it, and what mends it: recurly-sessions check --now 2026-10-05T08:00:00Z\n"
    )  # fmt: skip
    assert told.out.startswith(
        "rows that can't be read: 1\n"
        f"  {what}\n"
        "    mend: recurly-sessions import FILE --now 2026-10-05T08:00:00Z\n"
        "\n"
        "gaps: 4\n  art/tue/2026-10-06 "
    )
    assert typed.ok("import", "school.toml", now=None) == (
        "written anew, since it can't be read: maths\nImported: 2 series. Next: recurly-sessions plan\n"
    )
    typed.ok("apply")
    assert typed.ok("check") == "Nothing is wrong.\n"
    assert stored() == calendar


def test_what_can_not_be_read_is_told_in_the_words_of_the_command_line(typed: Terminal) -> None:
    by_hand("UPDATE recurly_series SET document = replace(document, 'Europe/Paris', 'Mars/X')")

    what = (
        "series maths can't be read: timezone: must be an IANA timezone like Europe/Paris, got 'Mars/X'; "
        "for example America/New_York or UTC (table recurly_series)"
    )
    assert typed("plan").err.startswith(f"left out: {what}\n")
    assert typed("check").out.startswith(f"rows that can't be read: 1\n  {what}\n")
    assert typed("check", "--json").data[0]["fault"]["why"] == what
    assert typed("run").out.endswith(
        f"{what}; import the school file again: that writes the row anew; or put back a copy of the database\n"
    )


def test_a_session_that_can_not_be_read_is_told_and_is_not_missing(typed: Terminal, calendar: list[Session]) -> None:
    by_hand(f"UPDATE recurly_sessions SET occurs_on = 'rubbish' WHERE id = '{FOUR[1]}'")

    assert typed("check").out == (
        "rows that can't be read: 1\n"
        f"  session {FOUR[1]} can't be read: Invalid isoformat string: 'rubbish' (table recurly_sessions)\n"
        "    mend: correct the row in the database, or put back a copy of it\n"
        "\n"
        "1 fault.\n"
    )


def test_what_all_series_share_is_written_anew(folder: Path, typed: Terminal, calendar: list[Session]) -> None:
    by_hand("DELETE FROM recurly_shared")

    for args in (["plan"], ["apply"], ["run"], ["show"], ["export"]):
        err = typed(*args).err
        assert err.startswith("error: what all series share can't be read: the table recurly_shared has lost its row\n")
    assert typed("check").code == 1
    typed.ok("import", "school.toml")
    assert typed.ok("check") == "Nothing is wrong.\n"
