"""Rows that nobody could have written: they are told by their id, stop nothing else, and can be written anew."""

import pickle

import attrs
import pytest
from sqlalchemy import text

from recurly_sessions import Assignment, Config, School, Session, Slot, Tutor, apply_plan, plan_sessions
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.errors import SchemaDamagedError, UnreadableError
from recurly_sessions.operations.check import Fault, check_calendar
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.patterns import from_stored
from recurly_sessions.store import SYSTEM_RECIPIENT
from recurly_sessions.testing.store_contract import HOUR, NOW, WEEK, a_course, a_school, all_claimed
from recurly_sessions.values.assignment import round_robin

SQLITE = ["memory", "file"]
TUESDAY = Slot("tue", days="TU", start="18:00", end="19:30")
SCHOOL = a_school(
    a_course(),
    a_course("art", slots=[TUESDAY], members=["max"]),
    a_course("chess", assignments=round_robin("zoe"), members=["lou"]),
    tutors=[Tutor("amina"), Tutor("zoe")],
)
BY_IMPORT = "save the school again, from its file: that writes the row anew; or put back a copy of the database"
BY_HAND = "mend the row in the database, or put back a copy of it"


def spoil(store: SqlStore, statement: str) -> None:
    """Write what nobody would write, into tables that may stand in a schema."""
    tables = store._tables
    with store._link(write=True) as link:
        if tables.metadata.schema is not None:
            link.run(text(f"SET LOCAL search_path TO {tables.metadata.schema}"))
        link.run(text(statement))


def applied(store: SqlStore, school: School = SCHOOL) -> list[Session]:
    store.save(school)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    return store.sessions_of("maths")


GARBAGE = "UPDATE recurly_series SET document = 'garbage' WHERE id = 'maths'"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (GARBAGE, "its text isn't JSON: Expecting value"),
        (
            "UPDATE recurly_series SET document = replace(document, '18:00', '29:00') WHERE id = 'maths'",
            "slots[0].start: must be a time from 00:00 to 23:59, written HH:MM, got '29:00'",
        ),
        (
            "UPDATE recurly_members SET timezone = 'Mars/X' WHERE series_id = 'maths'",
            "Member.timezone must be an IANA timezone like Europe/Paris, got 'Mars/X'; "
            "recurly_sessions.time.zones.zone_names() has them all",
        ),
    ],
)
def test_a_series_that_can_not_be_read_is_told_by_its_id(store: SqlStore, statement: str, why: str) -> None:
    applied(store)
    spoil(store, statement)

    with pytest.raises(UnreadableError) as caught:
        store.school()

    what = f"series maths can't be read: {why} (table recurly_series)"
    assert str(caught.value) == f"{what}; {BY_IMPORT}"
    assert (caught.value.code, caught.value.table, caught.value.series_id) == ("unreadable", "recurly_series", "maths")
    with pytest.raises(UnreadableError, match="series maths can't be read"):
        store.snapshot(now=NOW)


def test_a_series_that_can_not_be_read_is_saved_anew(store: SqlStore) -> None:
    applied(store)
    spoil(store, GARBAGE)

    store.save(SCHOOL)

    assert store.school() == SCHOOL
    assert check_calendar(store, now=NOW) == []


def test_a_tutor_who_can_not_be_read_is_told_by_id_and_saved_anew(store: SqlStore) -> None:
    applied(store)
    spoil(store, "UPDATE recurly_tutors SET document = '[]' WHERE id = 'zoe'")

    with pytest.raises(UnreadableError, match=r"^tutor zoe can't be read: must be a table of Tutor fields, got "):
        store.school()
    store.save(SCHOOL)

    assert store.school() == SCHOOL


@pytest.mark.parametrize("database", SQLITE, indirect=True)
@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("occurs_on = 'rubbish'", "Invalid isoformat string: 'rubbish'"),
        ("starts_at = '1?'", "Invalid isoformat string: '1?+00:00'"),
        ("starts_at = 2", "a value in it is of another kind"),
        (
            "timezone = 'Mars/X'",
            "must be an IANA timezone like Europe/Paris, got 'Mars/X'; "
            "recurly_sessions.time.zones.zone_names() has them all",
        ),
    ],
)
def test_a_session_that_can_not_be_read_is_told_by_its_id(store: SqlStore, what: str, why: str) -> None:
    session = applied(store)[0]
    spoil(store, f"UPDATE recurly_sessions SET {what} WHERE id = '{session.id}'")

    with pytest.raises(UnreadableError) as caught:
        store.sessions_of("maths")

    assert str(caught.value) == f"session {session.id} can't be read: {why} (table recurly_sessions); {BY_HAND}"
    assert (caught.value.series_id, caught.value.session_id) == ("maths", session.id)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM recurly_shared", "the table recurly_shared has lost its row"),
        ("UPDATE recurly_shared SET base = '{'", "its text isn't JSON: "),
    ],
)
def test_what_all_series_share_is_told_and_saved_anew(store: SqlStore, statement: str, why: str) -> None:
    applied(store)
    spoil(store, statement)

    for work in (store.school, lambda: store.snapshot(now=NOW), lambda: maintain(store, now=NOW, switched_on=True)):
        with pytest.raises(UnreadableError) as caught:
            work()
        assert str(caught.value).startswith(f"what all series share can't be read: {why}")
    assert [(each.kind, each.mend) for each in check_calendar(store, now=NOW)] == [("unreadable", "save")]
    store.save(SCHOOL)

    assert store.school() == SCHOOL
    assert check_calendar(store, now=NOW) == []
    assert maintain(store, now=NOW, switched_on=True).failures == ()


def test_a_check_tells_what_can_not_be_read_and_goes_on(store: SqlStore) -> None:
    sessions = applied(store)
    other = store.sessions_of("art")[0]
    spoil(store, GARBAGE)
    spoil(store, f"UPDATE recurly_sessions SET timezone = 'Mars/X' WHERE id = '{other.id}'")
    spoil(store, "DELETE FROM recurly_sessions WHERE id = 'chess/mon/2026-09-14'")

    found = check_calendar(store, now=NOW)

    why = "series maths can't be read: its text isn't JSON: Expecting value (table recurly_series)"
    assert found[0] == Fault(kind="unreadable", series_id="maths", why=why, mend="save")
    assert [(each.kind, each.session_id, each.mend) for each in found[1:]] == [
        ("unreadable", other.id, "restore"),
        ("gap", "chess/mon/2026-09-14", "apply"),
    ]
    assert sessions


def test_the_job_goes_on_with_the_series_that_can_be_read(store: SqlStore) -> None:
    """Those in the same batch, and those that share a tutor with the one that can't be."""
    before = applied(store)
    slots = [attrs.evolve(TUESDAY, start="17:00")]
    store.save(attrs.evolve(SCHOOL, series=[attrs.evolve(each, slots=slots) for each in SCHOOL.series]))
    spoil(store, GARBAGE)

    report = maintain(store, now=NOW, switched_on=True)

    assert [failure.series_id for failure in report.failures] == ["maths"]
    assert report.failures[0].why.startswith("series maths can't be read: its text isn't JSON")
    assert report.visited == 2
    assert {each.local_start.hour for each in store.sessions_of("art")} == {17}
    assert store.sessions_of("maths") == before


def test_a_session_that_can_not_be_read_stops_no_other_series(store: SqlStore) -> None:
    session = applied(store)[0]
    store.save(attrs.evolve(SCHOOL, series=[attrs.evolve(each, subject="new") for each in SCHOOL.series]))
    spoil(store, f"UPDATE recurly_sessions SET timezone = 'Mars/X' WHERE id = '{session.id}'")

    report = maintain(store, now=NOW, switched_on=True)

    assert [failure.series_id for failure in report.failures] == ["maths"]
    assert report.visited == 2


def test_what_a_run_did_and_whom_it_tells_can_be_unreadable(store: SqlStore) -> None:
    applied(store)
    (run,) = store.runs()
    spoil(store, "UPDATE recurly_journal SET made = '?' WHERE series_id = 'maths'")
    spoil(store, "UPDATE recurly_notices SET told = '?' WHERE series_id = 'maths'")

    with pytest.raises(UnreadableError, match=r"^what the run .* did to series maths can't be read: its text isn't"):
        store.entries(run.id)
    with pytest.raises(UnreadableError, match=r"^what .* is told of run .* and series maths can't be read: its text"):
        store.claim(now=NOW, until=NOW)


def test_a_tutor_who_can_not_be_read_stops_only_the_series_that_name_the_tutor(store: SqlStore) -> None:
    """Not those that meet such a series, either; and who goes on with a run when it's mended knows the tutor again."""
    store.save(SCHOOL.with_series(a_course("drama", assignments=round_robin("amina"), members=["lou"])))
    maintain(store, now=NOW, switched_on=True)
    later = [NOW + WEEK + hours * HOUR for hours in range(5)]
    spoil(store, "UPDATE recurly_tutors SET document = '?' || document WHERE id = 'zoe'")

    first = maintain(store, now=later[0], switched_on=True)
    unfinished = maintain(store, now=later[1], switched_on=True, stop=lambda: True)
    spoil(store, "UPDATE recurly_tutors SET document = substr(document, 2) WHERE id = 'zoe'")
    gone_on_with = maintain(store, now=later[2], switched_on=True)
    after_it = maintain(store, now=later[3], switched_on=True)

    assert [(failure.series_id, failure.why.partition(":")[0]) for failure in first.failures] == [
        ("chess", "tutor zoe can't be read")
    ]
    assert (first.visited, first.created, unfinished.run_id, unfinished.visited) == (3, 3, "run-3", 0)
    assert (gone_on_with.run_id, gone_on_with.created, after_it.created) == ("run-3", 0, 1)
    assert [each.tutor_id for each in store.sessions_of("chess")] == ["zoe"] * 3
    assert maintain(store, now=later[4], switched_on=True).visited == 0


def test_who_was_told_by_the_job_is_told_again_where_that_can_not_be_read(store: SqlStore) -> None:
    bad = Assignment("bad", tutor_id="amina", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    store.save(a_school(a_course(assignments=[bad]), a_course("art"), base=Config(unknown={"wekks": "2"})))
    maintain(store, now=NOW, switched_on=True)
    for table in ("visits", "runs"):
        spoil(store, f"UPDATE recurly_{table} SET told = '?'")

    report = maintain(store, now=NOW + HOUR, switched_on=True, full=True)

    assert (report.visited, report.failures) == (2, ())
    assert _told_in(store, report.run_id) == ["bad-pattern", "config-unknown-key"]


def test_what_a_run_of_the_job_counted_can_be_unreadable(store: SqlStore) -> None:
    store.save(SCHOOL)
    for hours in range(2):
        maintain(store, now=NOW + hours * HOUR, switched_on=True)
    spoil(store, "UPDATE recurly_runs SET counts = '[[1]]', told = '{' WHERE number = 1")

    assert maintain(store, now=NOW + 2 * HOUR, switched_on=True).run_id == "run-3"
    assert [dict(run.counts).get("visited") for run in store.job_runs()] == [0, 0, None]


@pytest.mark.parametrize("shared", ["NULL", "'?'", "'[]'", "'school.json'"])
def test_a_run_of_which_nobody_knows_what_all_shared_is_not_gone_on_with(store: SqlStore, shared: str) -> None:
    store.save(SCHOOL)
    maintain(store, now=NOW, switched_on=True, stop=lambda: True)
    spoil(store, f"UPDATE recurly_runs SET school = {shared}")

    report = maintain(store, now=NOW + HOUR, switched_on=True)

    assert (report.run_id, report.resumed, report.visited) == ("run-2", False, 3)
    assert {each.tutor_id for each in store.sessions_of("chess")} == {"zoe"}


def test_where_the_runs_of_the_job_were_deleted_no_number_comes_again(store: SqlStore) -> None:
    store.save(SCHOOL)
    for hours in range(11):
        maintain(store, now=NOW + hours * HOUR, switched_on=True, full=True)
    store.save(SCHOOL.with_series(a_course("art", room_id="red")))
    spoil(store, "DELETE FROM recurly_runs")

    report = maintain(store, now=NOW + 11 * HOUR, switched_on=True, notify=False)

    assert (report.run_id, report.visited, report.created) == ("run-12", 1, 2)
    for table in ("runs", "visits"):
        spoil(store, f"DELETE FROM recurly_{table}")
    assert maintain(store, now=NOW + 12 * HOUR, switched_on=True).run_id == "run-13"


def _told_in(store: SqlStore, run_id: str) -> list[str]:
    """What SYSTEM is told of a run."""
    digests = [each for each in all_claimed(store, now=NOW + WEEK) if each.recipient == SYSTEM_RECIPIENT]
    told = (told.kind for each in digests if each.run_id == run_id for notice in each.notices for told in notice.told)
    return sorted(told)


@pytest.mark.parametrize("database", SQLITE, indirect=True)
def test_an_instant_that_is_none_is_told(store: SqlStore) -> None:
    applied(store)
    spoil(store, "UPDATE recurly_journal SET at = 'rubbish'")

    with pytest.raises(UnreadableError, match=r"^a row can't be read: "):
        store.runs()


def test_an_archived_series_can_be_unreadable(store: SqlStore) -> None:
    store.save(SCHOOL)
    with store.transaction("art") as transaction:
        transaction.archive("art", at=NOW)
    spoil(store, "UPDATE recurly_archive SET document = ''")

    with pytest.raises(UnreadableError, match=r"^archived series art can't be read: "):
        store.archived("art")


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("DROP TABLE recurly_notices", "the table recurly_notices"),
        ("ALTER TABLE recurly_visits DROP COLUMN told", "the column recurly_visits.told"),
        ("DROP INDEX recurly_sessions_by_tutor", "the index recurly_sessions_by_tutor"),
        ("DELETE FROM recurly_shared", "the row of recurly_shared"),
    ],
)
def test_what_is_missing_in_the_tables_is_told_by_name(store: SqlStore, statement: str, missing: str) -> None:
    store.save(SCHOOL)
    store.check()
    spoil(store, statement)

    with pytest.raises(SchemaDamagedError) as caught:
        store.check()

    assert caught.value.missing == (missing,)
    assert caught.value.what == f"the database has lost {missing}"
    assert ("school" in caught.value.hint) == (missing == "the row of recurly_shared")


def test_a_trigger_that_is_missing_is_told_by_name(store: SqlStore) -> None:
    store.save(SCHOOL)
    name = "recurly_sessions_delete_counts"
    spoil(store, f"DROP TRIGGER {name}" + (" ON recurly_sessions" if store._tables.metadata.schema else ""))

    with pytest.raises(SchemaDamagedError, match=f"^the database has lost the trigger {name}; "):
        store.check()


@pytest.mark.parametrize(
    "error",
    [
        UnreadableError("a", "b", table="t", series_id="s", session_id="x"),
        SchemaDamagedError("a", "b", missing=("the table t",)),
    ],
)
def test_an_error_of_a_damaged_database_survives_pickling(error: UnreadableError | SchemaDamagedError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
