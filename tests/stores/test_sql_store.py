"""What is special to a store in a database: its schema, connections, statements, constraints and failures."""

import asyncio
import logging
import pickle
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, create_mock_engine, event, insert, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session as OrmSession

from recurly_sessions import (
    Availability,
    Closure,
    Config,
    Member,
    Money,
    Package,
    School,
    Series,
    Session,
    Slot,
    Tutor,
    Window,
    round_robin,
)
from recurly_sessions.adapters.sql import SqlStore
from recurly_sessions.adapters.sql import rows as mapping
from recurly_sessions.adapters.sql.dialects import Sqlite
from recurly_sessions.adapters.sql.schema import SCRIPTS, Schema
from recurly_sessions.errors import (
    InvalidValueError,
    SchemaVersionError,
    StoreError,
    StoreUnavailableError,
    UnknownNameError,
)
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import Entry, Notice, Recipient, Told, can_matter
from recurly_sessions.testing import schools
from recurly_sessions.testing.store_contract import a_round, an_entry, visit
from recurly_sessions.values.actor import SYSTEM
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.money import money_of
from recurly_sessions.values.session import PINNABLE, Origin, SessionStatus
from tests.stores.conftest import Database

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
Open = Callable[[Database], SqlStore]


def a_series(series_id: str = "maths", **changes: Any) -> Series:
    said: dict[str, Any] = {
        "timezone": "Europe/Paris",
        "starts_on": "2026-09-07",
        "slots": [Slot("mon", days="MO", start="18:00", end="19:30")],
        "assignments": round_robin("amina", "luc"),
    }
    return Series(series_id, **said | changes)


def a_school(*series: Series) -> School:
    hours = [
        Availability("mondays", start="9:00", end="24:00", weekday="MO"),
        Availability("dentist", start="9:00", end="11:00", date="2026-05-04", mode="block", active=False),
    ]
    return School(
        series or [a_series()],
        tutors=[Tutor("amina", hourly_rate="30 EUR", availability=hours), Tutor("luc", availability=())],
        closures=[Closure("autumn", "2026-10-17", "2026-11-01")],
        base=Config(weeks_ahead=6, unknown={"wekks": "3"}),
        branches={"north": Config(max_changes=0.2)},
    )


def made(count: int, series_id: str = "maths", *, first: date = date(2026, 9, 7)) -> Made:
    days = [first + timedelta(days=7 * number) for number in range(count)]
    starts = [datetime(day.year, day.month, day.day, 16, tzinfo=UTC) for day in days]
    return Made(
        columns={
            "id": [f"{series_id}/mon/{day}" for day in days],
            "slot_id": ["mon"] * count,
            "occurs_on": days,
            "starts_at": starts,
            "ends_at": [start + timedelta(minutes=90) for start in starts],
            "tutor_id": ["amina"] * count,
            "price": [Money("45.00", "EUR")] * count,
        },
        constants={
            "series_id": series_id,
            "timezone": "Europe/Paris",
            "status": SessionStatus.PENDING,
            "origin": Origin.GENERATED,
        },
        decisions=[Decision("amina", "a1", "round_robin", f"turn {number % 2}") for number in range(count)],
    )


def sessions_made(made: Made) -> list[Session]:
    return [change.after for change in made.changes()]


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def see(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", see)
    yield seen
    event.remove(engine, "before_cursor_execute", see)


# Schools and sessions, exactly


def test_a_school_comes_back_as_it_was(store: SqlStore) -> None:
    school = a_school(
        a_series("b", members=[Member("ben", name="Ben", timezone="Asia/Tokyo", active=False), "ann"]),
        a_series("a", members=()),
        a_series("c", packages=[Package("p", starts_on="2026-09-07", ends_on="2026-10-31", sessions=8)]),
    )

    store.save(school)

    assert store.school() == school
    assert store.series_ids() == ["a", "b", "c"]


def test_saving_again_changes_nothing_and_a_change_of_order_only_the_order(store: SqlStore) -> None:
    school = a_school(a_series("a"), a_series("b"))
    store.save(school)
    before = store.snapshot(now=NOW).revision

    store.save(school)
    again = store.snapshot(now=NOW).revision
    turned = attrs.evolve(school, series=school.series[::-1], tutors=(school.tutors or ())[::-1])
    store.save(turned)

    assert (again, store.snapshot(now=NOW).revision) == (before, before)
    assert store.school() == turned


@pytest.mark.parametrize(
    "change",
    [
        lambda school: attrs.evolve(school, base=Config()),
        lambda school: attrs.evolve(school, branches={}),
        lambda school: attrs.evolve(school, closures=()),
        lambda school: attrs.evolve(school, tutors=None),
        lambda school: attrs.evolve(school, tutors=(school.tutors or ())[:1]),
        lambda school: attrs.evolve(school, tutors=[attrs.evolve(each, availability=None) for each in school.tutors]),
        lambda school: school.with_series(a_series(subject="maths")),
        lambda school: school.with_series(a_series(members=["ben"])),
        lambda school: school.with_series(a_series(members=())),
        lambda school: school.with_series(a_series("another")),
        lambda school: attrs.evolve(school, series=()),
    ],
    ids=map(str, range(11)),
)
def test_whatever_is_changed_is_kept_and_raises_the_revision(
    store: SqlStore, change: Callable[[School], School]
) -> None:
    store.save(a_school())
    before = store.snapshot(now=NOW).revision
    changed = change(a_school())

    store.save(changed)

    assert store.school() == changed
    assert store.snapshot(now=NOW).revision != before


def test_a_series_that_was_gone_and_comes_back_is_not_taken_for_what_it_was(store: SqlStore) -> None:
    store.save(a_school())
    before = store.snapshot(now=NOW).revision

    store.save(attrs.evolve(a_school(), series=()))
    store.save(a_school())

    assert store.snapshot(now=NOW).revision != before


TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
IDS = st.text(
    st.characters(min_codepoint=33, exclude_categories=["C", "Z"], exclude_characters="/"), min_size=1, max_size=9
)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def any_session(draw: st.DrawFn, session_id: str) -> Session:
    starts_at = draw(INSTANTS)
    occurs_on = draw(st.none() | st.dates())
    return Session(
        session_id,
        series_id=draw(IDS),
        slot_id=None if occurs_on is None else draw(IDS),
        occurs_on=occurs_on,
        timezone=draw(st.sampled_from(["Europe/Paris", "UTC"])),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(microseconds=draw(st.integers(1, 10**12))),
        tutor_id=draw(st.none() | IDS),
        status=draw(st.sampled_from(SessionStatus)),
        price=draw(st.none() | st.builds(money_of, st.integers(-(10**9), 10**12), st.sampled_from(["EUR", "JPY"]))),
        origin=draw(st.sampled_from(Origin)),
        cancellation_reason=draw(st.none() | TYPED),
        cause_id=draw(st.none() | TYPED),
        meeting_url=draw(st.none() | TYPED),
        room_id=draw(st.none() | IDS),
        package_id=draw(st.none() | IDS),
        number=draw(st.none() | st.integers(1, 10_000)),
        notes=draw(TYPED),
        pinned=draw(st.sets(st.sampled_from(PINNABLE))),
        original_starts_at=draw(st.none() | INSTANTS),
        version=draw(st.integers(0, 2**31 - 1)),
        updated_by=draw(st.none() | IDS),
        updated_at=draw(st.none() | INSTANTS),
    )


def made_of(sessions: list[Session]) -> Made:
    names = [field.name for field in attrs.fields(Session)]
    columns = {name: [getattr(each, name) for each in sessions] for name in names}
    return Made(columns=columns, constants={}, decisions=[Decision(None)] * len(sessions))


@given(st.data())
def test_any_session_comes_back_as_it_was(data: st.DataObject) -> None:
    sessions = [data.draw(any_session(f"s{number}")) for number in range(data.draw(st.integers(1, 4)))]

    assert mapping.sessions_from(mapping.rows_of(sessions, Sqlite()), Sqlite()) == sessions
    assert mapping.changed_from_text(mapping.changed_to_text([(sessions[0], sessions[-1])])) == (
        (sessions[0], sessions[-1]),
    )


@given(schools())
def test_any_school_comes_back_as_it_was(school: School) -> None:
    store = SqlStore("sqlite://")

    store.save(school)

    assert store.school() == school
    store.close()


def test_sessions_of_every_shape_come_back_from_each_database(store: SqlStore) -> None:
    before: list[str] = []

    @given(any_session("s"))
    def check(session: Session) -> None:
        with store.transaction(session.series_id, *before) as transaction:
            old = transaction.sessions(["s"])
            transaction.delete(list(old.values()))
            before[:] = [session.series_id]
            assert transaction.insert(made_of([session])) == frozenset()
            assert transaction.sessions(["s"]) == {"s": session}

    check()


@pytest.mark.parametrize(
    "typed",
    ["'; DROP TABLE recurly_sessions; --", '"quoted" \\ %s :name ?', "👩‍🏫 été 学校 \u202e", " \t\n", "x" * 10_000],
)
def test_what_people_type_is_stored_exactly(store: SqlStore, typed: str) -> None:
    store.save(a_school(a_series(subject=typed, members=[Member("ben", name=typed)])))
    with store.transaction("maths") as transaction:
        (session,) = sessions_made(made(1))
        noted = attrs.evolve(session, notes=typed, cancellation_reason=typed, version=2)
        transaction.insert(made(1))
        transaction.replace([(session, noted)])

    assert store.school().series[0].subject == typed
    assert store.school().series[0].members == (Member("ben", name=typed),)
    assert store.sessions_of("maths") == [noted]


def test_ids_differ_by_case_and_are_walked_in_the_order_of_their_characters(store: SqlStore) -> None:
    ids = ["B", "a", "b", "Ä", "é", "z-1", "z1"]
    store.save(a_school(*(a_series(each) for each in ids)))

    assert store.series_ids() == sorted(ids)
    assert store.series_ids(after="a", limit=2) == ["b", "z-1"]


# Writing


@pytest.mark.requirement("EH-1")
@pytest.mark.parametrize("count", [3, 400])
def test_sessions_that_are_there_already_are_found_and_left_as_they_are(store: SqlStore, count: int) -> None:
    store.save(a_school())
    sessions = sessions_made(made(count))
    by_identity = attrs.evolve(sessions[1], id="mine")
    with store.transaction("maths") as transaction:
        assert transaction.insert(made_of([sessions[0], by_identity])) == frozenset()

    with store.transaction("maths") as transaction:
        assert transaction.insert(made(count)) == {sessions[0].id, sessions[1].id}

    expected = [sessions[0], by_identity, *sessions[2:]]
    assert store.sessions_of("maths") == expected


def test_sessions_that_somebody_changed_meanwhile_are_not_written_nor_removed(store: SqlStore) -> None:
    first, second = sessions_made(made(2))
    with store.transaction("maths") as transaction:
        transaction.insert(made(2))
        assert transaction.replace([(first, attrs.evolve(first, version=2))]) == frozenset()

        assert transaction.replace(
            [(first, attrs.evolve(first, version=2, notes="lost")), (second, attrs.evolve(second, version=2))]
        ) == {first.id}
        assert transaction.delete([first, attrs.evolve(second, version=2)]) == {first.id}

    assert store.sessions_of("maths") == [attrs.evolve(first, version=2)]


def test_a_transaction_that_fails_leaves_nothing(store: SqlStore) -> None:
    store.save(a_school())

    def fail() -> None:
        with store.transaction("maths") as transaction:
            transaction.insert(made(3))
            transaction.save_series(a_series(subject="lost"))
            raise LookupError("on the way")

    with pytest.raises(LookupError):
        fail()

    assert (store.sessions_of("maths"), store.school()) == ([], a_school())


def test_writing_sessions_raises_the_revision_of_their_series_alone(store: SqlStore) -> None:
    store.save(a_school(a_series("a"), a_series("b")))
    a, b = (store.snapshot([each], now=NOW).revision for each in "ab")

    with store.transaction("a") as transaction:
        transaction.insert(made(1, "a"))

    assert store.snapshot(["a"], now=NOW).revision != a
    assert store.snapshot(["b"], now=NOW).revision == b


def test_a_journal_entry_comes_back_as_it_was_and_can_be_undone(store: SqlStore) -> None:
    before = sessions_made(made(2))
    changed = tuple((each, attrs.evolve(each, version=2, pinned=["notes"])) for each in before)
    entry = Entry(run_id="run", series_id="maths", at=NOW, actor=SYSTEM, changed=changed, activated=True)
    with store.transaction("maths") as transaction:
        transaction.record(entry)
        transaction.record(attrs.evolve(entry, undone_at=NOW, undone_by="undo"))
        transaction.record(attrs.evolve(entry, nth=2, made=made(3)))

    first, second = store.entries("run")

    assert first == attrs.evolve(entry, undone_at=NOW, undone_by="undo")
    assert second.made is not None
    assert list(second.made.parts()) == list(made(3).parts())
    assert second == attrs.evolve(entry, nth=2, made=second.made)


def test_a_digest_has_one_key_however_often_it_is_delivered_and_what_is_told_later_is_another(store: SqlStore) -> None:
    later, latest = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    to = Recipient("TUTOR", "amina")
    notices = [
        Notice(run_id="run", series_id=each, recipient=to, told=(Told("made", "x", 1),)) for each in ("b", "a", "c")
    ]
    with store.transaction("a", "b") as transaction:
        transaction.tell(notices[:2])
        transaction.tell(notices[:1])
    (first,) = store.claim(now=NOW, until=later)
    with store.transaction("c") as transaction:
        transaction.tell(notices[2:])
        assert (transaction.told("b"), transaction.told("c")) == ([notices[0]], [])

    (other,) = store.claim(now=NOW, until=later)
    again, other_again = store.claim(now=later, until=latest)

    assert (first.notices, first.attempt, other.notices) == ((notices[1], notices[0]), 1, (notices[2],))
    assert (again, other_again.key) == (attrs.evolve(first, attempt=2), other.key)

    store.delivered(again, at=later)
    store.give_up(other_again, at=later)

    assert store.claim(now=latest, until=latest) == []


def test_what_was_never_tried_can_be_taken_back(store: SqlStore) -> None:
    notices = [
        Notice(run_id=run, series_id="a", recipient=Recipient("STUDENT", "ben"), told=()) for run in ("one", "two")
    ]
    with store.transaction("a") as transaction:
        transaction.tell(notices)
    (claimed,) = store.claim(now=NOW, until=NOW + timedelta(hours=1), limit=1)
    with store.transaction("a") as transaction:
        transaction.take_back(an_entry("one", "a"))
        transaction.take_back(an_entry("two", "a"))

    assert claimed.run_id == "one"
    assert [each.run_id for each in store.claim(now=NOW + timedelta(days=1), until=NOW)] == ["one"]


def test_a_series_is_held_until_it_is_changed(store: SqlStore) -> None:
    store.save(a_school(a_series("a"), a_series("b")))
    with store.transaction("a", "c", "gone") as transaction:
        transaction.hold("a", run_id="run")
        assert {each: it.held_by for each, it in transaction.standing("a", "gone").items()} == {"a": "run"}
        transaction.save_series(a_series("a"))
        transaction.save_series(a_series("c"))
    held = store.snapshot(now=NOW).held
    with store.transaction("a") as transaction:
        transaction.save_series(a_series("a", subject="maths"))

    assert (held, store.snapshot(now=NOW).held) == (("a",), ())
    assert store.school().series == (a_series("a", subject="maths"), a_series("b"), a_series("c"))


@pytest.mark.parametrize("members", [None, (), ["ben", Member("ann", active=False)]], ids=str)
def test_an_archived_series_leaves_its_sessions(store: SqlStore, members: Any) -> None:
    series = a_series(members=members)
    store.save(a_school(series))
    with store.transaction("maths") as transaction:
        transaction.insert(made(2))
        transaction.archive("maths", at=NOW)

        with pytest.raises(UnknownNameError, match="no series 'maths'"):
            transaction.archive("maths", at=NOW)

    assert (store.series_ids(), store.archived("maths")) == ([], series)
    assert store.sessions_of("maths") == sessions_made(made(2))
    with pytest.raises(UnknownNameError, match="no archived series 'gone'"):
        store.archived("gone")


# Snapshots


def test_a_snapshot_has_just_the_sessions_that_can_matter(store: SqlStore) -> None:
    packages = [
        Package("old", starts_on="2026-01-05", ends_on="2026-03-01", sessions=8),
        Package("live", starts_on="2026-06-01", ends_on="2026-09-30", sessions=8),
    ]
    school = a_school(a_series("a", packages=packages), a_series("b"))
    store.save(school)
    ones = [
        session
        for series_id in ("a", "b", "gone")
        for session in sessions_made(made(60, series_id, first=date(2026, 1, 5)))
    ]
    early = attrs.evolve(
        ones[-1], id="early", slot_id="x", starts_at=NOW - timedelta(days=30), ends_at=NOW - timedelta(days=29)
    )
    by_name = attrs.evolve(ones[0], id="by-name", slot_id=None, occurs_on=None, package_id="live")
    ones += [early, by_name]
    with store.transaction("a", "b", "gone") as transaction:
        transaction.insert(made_of(ones))

    snapshot = store.snapshot(now=NOW)

    series = {each.id: each for each in school.series}
    expected = [each for each in ones if can_matter(each, series.get(each.series_id), NOW)]
    assert len(expected) < len(ones)
    assert snapshot.sessions == tuple(sorted(expected, key=lambda each: each.id))
    assert snapshot.school == school


def test_a_snapshot_of_some_series_has_what_shares_a_tutor_a_member_or_a_room(store: SqlStore) -> None:
    nobody = [Slot("mon", days="MO", start="18:00", end="19:30")]
    alone: dict[str, Any] = {"assignments": (), "slots": nobody}
    store.save(
        a_school(
            a_series("asked", members=["ben"], room_id="r1"),
            a_series("by-tutor", **alone),
            a_series("by-member", **alone, members=["ben"]),
            a_series("by-room", **alone, room_id="r1"),
            a_series("other", **alone, room_id="r2", members=["ann"]),
        )
    )
    ids = ["asked", "by-tutor", "by-member", "by-room", "other"]
    with store.transaction(*ids) as transaction:
        for series_id in ids:
            sessions = sessions_made(made(1, series_id))
            tutor_id = "amina" if series_id in {"asked", "by-tutor"} else None
            transaction.insert(made_of([attrs.evolve(each, tutor_id=tutor_id) for each in sessions]))

    snapshot = store.snapshot(["asked"], now=NOW)

    assert [series.id for series in snapshot.school.series] == ids[:-1]
    assert {session.series_id for session in snapshot.sessions} == {*ids[:-1]}
    assert snapshot.only == ("asked",)


@pytest.mark.parametrize("count", [1, 40])
def test_the_number_of_statements_of_a_snapshot_does_not_depend_on_its_size(database: Database, count: int) -> None:
    engine = create_engine(database.url)
    store = SqlStore(engine, schema=database.schema)
    ids = [f"s{number}" for number in range(count)]
    store.save(a_school(*(a_series(each, members=["ben"]) for each in ids)))
    with store.transaction(*ids) as transaction:
        for each in ids:
            transaction.insert(made(20, each))

    with statements(engine) as whole:
        store.snapshot(now=NOW)
    with statements(engine) as some:
        store.snapshot(ids[: count // 2 + 1], now=NOW)

    assert (len([each for each in whole if each != "BEGIN"]), len([each for each in some if each != "BEGIN"])) == (
        6,
        11,
    )
    engine.dispose()


def test_counting_the_sessions_to_come_is_one_statement_that_reads_no_history(sqlite_file: Database) -> None:
    engine = create_engine(sqlite_file.url)
    store = SqlStore(engine)
    store.save(a_school())

    with statements(engine) as seen:
        store.tally(Window.weeks(1, start=NOW))

    (asked,) = [each for each in seen if each != "BEGIN"]
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", (str(NOW),) * 3).all()
    assert found[0][-1] == "SEARCH recurly_sessions USING INDEX recurly_sessions_by_end (ends_at>?)"
    engine.dispose()


# Constraints


def _refused(store: SqlStore, table: str, **row: Any) -> None:
    with store._link(write=True) as link, pytest.raises(IntegrityError):
        link.connection.execute(insert(getattr(link.tables, table)).values(**row))
    # What was refused has ended the transaction on PostgreSQL, and the block above rolls back.


A_SESSION = {
    "id": "x",
    "series_id": "maths",
    "timezone": "UTC",
    "starts_at": NOW,
    "ends_at": NOW + timedelta(hours=1),
    "status": "PENDING",
    "origin": "MANUAL",
    "notes": "",
    "pinned": "",
    "version": 1,
}
HOURS = {"tutor_id": "amina", "id": "x", "place": 9, "starts": "09:00", "ends": "10:00", "mode": "add", "active": True}


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "LOST"},
        {"origin": "CHANCE"},
        {"ends_at": NOW},
        {"slot_id": "mon"},
        {"occurs_on": date(2026, 9, 7)},
        {"price_minor": 3},
    ],
    ids=str,
)
def test_the_database_itself_refuses_a_session_that_may_not_be(store: SqlStore, wrong: dict[str, Any]) -> None:
    _refused(store, "sessions", **A_SESSION | wrong)


@pytest.mark.requirement("EH-1")
def test_the_database_itself_refuses_two_sessions_of_one_occurrence(store: SqlStore) -> None:
    with store.transaction("maths") as transaction:
        transaction.insert(made(1))

    _refused(store, "sessions", **A_SESSION | {"slot_id": "mon", "occurs_on": date(2026, 9, 7)})


@pytest.mark.requirement("P4", "P6")
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"weekday": 1, "date": date(2026, 9, 7)},
        {"weekday": 8},
        {"weekday": 1, "mode": "block"},
        {"weekday": 1, "mode": "never"},
        {"weekday": 1, "ends": "08:00"},
        {"weekday": 1, "active": None},
    ],
    ids=str,
)
def test_the_database_itself_refuses_hours_that_may_not_be(store: SqlStore, wrong: dict[str, Any]) -> None:
    store.save(a_school())

    _refused(store, "availability", **HOURS | wrong)


# Schema


def test_a_database_that_is_empty_gets_its_tables_by_itself(store: SqlStore) -> None:
    assert store.current() is None
    with pytest.raises(SchemaVersionError, match=r"has no tables recurly_\*; create them with SqlStore\(…\)\.upgrade"):
        store.check()

    store.save(a_school())

    store.check()
    assert store.current() == "0002"


def test_the_migrations_make_the_tables_that_the_code_has(database: Database) -> None:
    engine = create_engine(database.url)
    store = SqlStore(engine, schema=database.schema)
    store.upgrade()
    with engine.connect() as connection:
        opts = {
            "include_schemas": database.schema is not None,
            "version_table": "recurly_alembic_version",
            "version_table_schema": database.schema,
            "include_name": lambda name, kind, _: kind != "schema" or name == database.schema,
        }
        context = MigrationContext.configure(connection, opts=opts)

        assert compare_metadata(context, store.metadata) == []
    engine.dispose()


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """The migrations of a release to come."""
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / "v0003_colour.py").write_text(
        "from sqlalchemy import Column, Text\n"
        "revision = '0003'\n"
        "down_revision = '0002'\n"
        "def upgrade(op, prefix, schema):\n"
        "    op.add_column(f'{prefix}sessions', Column('colour', Text), schema=schema)\n"
    )
    return scripts


def test_older_tables_are_refused_until_they_are_upgraded_and_keep_what_is_in_them(
    database: Database, next_release: Path, opened: Open
) -> None:
    store = opened(database)
    store.save(a_school())
    store._schema = newer = Schema(store._tables, next_release)
    store._is_ready = False

    with pytest.raises(SchemaVersionError) as refused:
        store.school()
    store.upgrade()

    assert str(refused.value) == (
        "the tables recurly_* are of revision 0002, and this release needs 0003; "
        "make a copy of the database, then bring it up to date with SqlStore(…).upgrade()"
    )
    assert (refused.value.found, refused.value.wanted) == ("0002", newer.wanted)
    assert (store.current(), store.school()) == ("0003", a_school())


def test_tables_of_the_first_release_are_upgraded_with_what_is_in_them(database: Database, opened: Open) -> None:
    store = opened(database)
    school = a_school(a_series("maths", room_id="blue"), a_series("art", assignments=(), members=None, room_id="blue"))
    store.save(school)
    with store.transaction("maths") as transaction:
        transaction.insert(made(3))
        transaction.tell([Notice(run_id="run", series_id="maths", recipient=Recipient("member", "kim"), told=())])
    (digest,) = store.claim(now=NOW, until=NOW)
    store.give_up(digest, at=NOW)
    sharing = store.sharing("maths")
    _downgrade_to_first(store)

    store.upgrade()

    assert (store.current(), store.school(), len(store.sessions_of("maths"))) == ("0002", school, 3)
    assert store.to_visit(a_round()) == ["art", "maths"]
    assert store.sharing("maths") == sharing == {"art"}
    assert store.prune(before=NOW).notices == 1
    store.check()


def _downgrade_to_first(store: SqlStore) -> None:
    """Take away all that the second release has added."""
    schema = store.metadata.schema
    where = "" if schema is None else f"{schema}."
    is_postgresql = isinstance(store._bind, Engine) and store._bind.dialect.name == "postgresql"
    drop = "DROP FUNCTION {}() CASCADE" if is_postgresql else "DROP TRIGGER {}"
    with store._link(write=True) as link:
        for event in ("update", "delete"):
            link.run(text(drop.format(f"{where}recurly_sessions_{event}_counts")))
        for name in ("visits", "runs", "parties"):
            link.run(text(f"DROP TABLE {where}recurly_{name}"))
        link.run(text(f"DROP INDEX {where}recurly_journal_by_number"))
        for name in ("number", "kind"):
            link.run(text(f"ALTER TABLE {where}recurly_journal DROP COLUMN {name}"))
        link.run(text(f"ALTER TABLE {where}recurly_notices DROP COLUMN given_up_at"))
        link.run(text(f"UPDATE {where}recurly_alembic_version SET version_num = '0001'"))


def _behind_its_back(store: SqlStore, statement: str) -> None:
    schema = store.metadata.schema
    with store._link(write=True) as link:
        link.run(text(statement.format("recurly_sessions" if schema is None else f"{schema}.recurly_sessions")))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET tutor_id = 'zoe' WHERE id = 'b/mon/2026-09-14'",
        "DELETE FROM {} WHERE id = 'b/mon/2026-09-14'",
        "UPDATE {} SET series_id = 'b', slot_id = NULL, occurs_on = NULL WHERE id = 'gone/mon/2026-09-07'",
        "UPDATE {} SET series_id = 'elsewhere' WHERE id = 'b/mon/2026-09-14'",
    ],
)
def test_sessions_that_are_written_behind_its_back_are_to_be_looked_at(store: SqlStore, statement: str) -> None:
    store.save(a_school(a_series("a"), a_series("b")))
    for series_id in ("a", "b", "gone"):
        with store.transaction(series_id) as transaction:
            transaction.insert(made(3, series_id))
    visit(store, "a", "b")

    _behind_its_back(store, statement)

    assert store.to_visit(a_round()) == ["b"]


def test_what_is_to_be_visited_takes_as_many_statements_for_many_series_as_for_one(database: Database) -> None:
    counts = []
    for many in (1, 40):
        store = SqlStore(database.url, schema=database.schema)
        store.save(a_school(*(a_series(f"s{number:02}") for number in range(many))))
        ids = store.series_ids()
        engine = store._bind
        assert isinstance(engine, Engine)
        with statements(engine) as seen:
            store.to_visit(a_round())
            visit(store, *ids)
        counts.append(len(seen))
        store.close()

    assert counts[0] == counts[1]


def test_newer_tables_are_refused(database: Database, next_release: Path, opened: Open) -> None:
    store = opened(database)
    ours = store._schema
    store._schema = Schema(store._tables, next_release)
    store.upgrade()
    store._schema, store._is_ready = ours, False

    for use in (store.school, store.check, store.upgrade):
        with pytest.raises(SchemaVersionError) as refused:
            use()
        assert str(refused.value) == (
            "the tables recurly_* are of revision 0003, which this release (0002) does not know; "
            "they were made by a newer release: install that one; upgrade() only goes forward"
        )


def test_two_prefixes_are_two_schools(sqlite_file: Database) -> None:
    one, two = SqlStore(sqlite_file.url), SqlStore(sqlite_file.url, prefix="other_")
    one.save(a_school())

    assert two.series_ids() == []
    assert one.series_ids() == ["maths"]
    assert {name.partition("_")[0] for name in two.metadata.tables} == {"other"}
    one.close()
    two.close()


# The host's connection


def test_with_the_hosts_connection_nothing_is_committed_that_the_host_does_not_commit(database: Database) -> None:
    engine = create_engine(database.url)
    with engine.connect() as connection:
        with pytest.raises(SchemaVersionError):
            SqlStore(connection, schema=database.schema).save(a_school())
        store = SqlStore(connection, schema=database.schema)
        store.upgrade()
        connection.commit()

        store.save(a_school())
        connection.rollback()
        after_rollback = store.series_ids()
        store.save(a_school())
        connection.commit()

        assert (after_rollback, store.series_ids()) == ([], ["maths"])
    engine.dispose()


def test_where_the_hosts_connection_does_not_cascade_a_series_comes_back_all_the_same(sqlite_file: Database) -> None:
    engine = create_engine(sqlite_file.url)
    package = Package("p", starts_on="2026-09-07", ends_on="2026-12-20", sessions=8)
    series = a_series(members=["kim"], packages=[package])
    with engine.connect() as connection:
        store = SqlStore(connection)
        store.upgrade()

        def take_out() -> None:
            with store.transaction("maths") as transaction:
                transaction.archive("maths", at=NOW)

        ways: list[Callable[[], object]] = [
            lambda: store.save(School([a_series("art")])),
            take_out,
            lambda: connection.execute(text("DELETE FROM recurly_series WHERE id = 'maths'")),
        ]
        for way in ways:
            store.save(School([series, a_series("art")]))
            visit(store, "maths", told=("x",))

            way()

            assert store.sharing("art") == frozenset()
            store.save(School([series, a_series("art")]))
            assert store.school().series == (series, a_series("art"))
            assert store.sharing("art") == {"maths"}
            assert store.archived_ids() == []
            with store.transaction("maths") as transaction:
                assert transaction.footing(a_round(), "maths")["maths"].told == ()
    engine.dispose()


def test_on_the_hosts_connection_a_writer_waits_for_another_one(sqlite_file: Database, opened: Open) -> None:
    store = opened(sqlite_file)
    store.save(a_school(*map(a_series, "abcdefgh")))
    engine = create_engine(sqlite_file.url, connect_args={"timeout": 30})

    def rename(series_id: str) -> None:
        with engine.begin() as connection, SqlStore(connection).transaction(series_id) as transaction:
            transaction.save_series(a_series(series_id, subject="new"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rename, "abcdefgh"))

    assert {each.subject for each in store.school().series} == {"new"}
    engine.dispose()


@pytest.mark.parametrize(
    ("bind", "hint"),
    [
        (lambda: "sqlite+aiosqlite://", "make an async engine of it"),
        (lambda: create_async_engine("sqlite+aiosqlite://"), r"await connection\.run_sync"),
        (lambda: OrmSession(create_engine("sqlite://")), r"give it session.connection\(\)"),
        (lambda: create_mock_engine("sqlite://", print), "run Alembic without --sql"),
        (lambda: "nonsense", r"got 'nonsense'; for example"),
        (lambda: 5, r"got 5; for example"),
        (lambda: create_engine("sqlite://", isolation_level="AUTOCOMMIT"), "in AUTOCOMMIT mode"),
        (lambda: create_engine("sqlite://").execution_options(isolation_level="AUTOCOMMIT"), "AUTOCOMMIT"),
    ],
)
def test_what_no_store_can_be_made_from_is_refused_with_a_way_out(bind: Callable[[], Any], hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        SqlStore(bind())


def test_a_connection_that_commits_by_itself_is_refused() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(InvalidValueError, match="in AUTOCOMMIT mode"):
        SqlStore(connection.execution_options(isolation_level="AUTOCOMMIT"))
    engine.dispose()


def test_a_connection_that_is_closed_is_told() -> None:
    engine = create_engine("sqlite://")
    connection = engine.connect()
    store = SqlStore(connection)
    connection.close()

    with pytest.raises(StoreUnavailableError, match="make one where you open it"):
        store.school()
    engine.dispose()


def test_a_block_that_fails_takes_back_its_part_of_the_hosts_transaction(database: Database) -> None:
    engine = create_engine(database.url)
    with engine.connect() as connection:
        store = SqlStore(connection, schema=database.schema)
        store.upgrade()
        store.save(a_school())

        def fail() -> None:
            with store.transaction("maths") as transaction:
                transaction.insert(made(2))
                raise LookupError("on the way")

        with pytest.raises(LookupError):
            fail()
        with store.transaction("maths") as transaction:
            transaction.insert(made(1))
        connection.commit()

        assert store.sessions_of("maths") == sessions_made(made(1))
    engine.dispose()


def test_a_migration_of_the_hosts_goes_on_after_it_has_upgraded_ours(sqlite_file: Database) -> None:
    engine = create_engine(sqlite_file.url)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        SqlStore(op.get_bind()).upgrade()
        op.execute("CREATE TABLE invoices (id TEXT)")

        assert inspect(connection).has_table("invoices")
        assert inspect(connection).has_table("recurly_sessions")
    engine.dispose()


def test_who_writes_the_same_series_waits(store: SqlStore) -> None:
    store.save(a_school())
    (session,) = sessions_made(made(1))
    with store.transaction("maths") as transaction:
        transaction.insert(made(1))

    def count_up(_: int) -> None:
        with store.transaction("maths", "not-there") as transaction:
            before = transaction.sessions([session.id])[session.id]
            after = attrs.evolve(before, version=before.version + 1)
            assert transaction.replace([(before, after)]) == frozenset()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(12)))

    assert store.sessions_of("maths") == [attrs.evolve(session, version=13)]


def test_each_digest_is_claimed_once_however_many_claim(store: SqlStore) -> None:
    store.save(a_school())
    with store.transaction("s0", "s1", "s2") as transaction:
        transaction.tell(
            Notice(run_id="run", series_id=f"s{number % 3}", recipient=Recipient("TUTOR", f"t{number // 3}"), told=())
            for number in range(60)
        )

    def claim(_: int) -> list[str]:
        return [digest.key for digest in store.claim(now=NOW, until=NOW + timedelta(hours=1), limit=4)]

    with ThreadPoolExecutor(4) as pool:
        keys = [key for some in pool.map(claim, range(16)) for key in some]

    assert (len(keys), len({*keys})) == (20, 20)


def test_an_async_engine_works_through_run_sync(tmp_path: Path) -> None:
    def work(connection: Connection) -> list[Session]:
        store = SqlStore(connection)
        store.upgrade()
        store.save(a_school())
        with store.transaction("maths") as transaction:
            transaction.insert(made(2))
            assert transaction.insert(made(3)) == {session.id for session in sessions_made(made(2))}
        return store.sessions_of("maths")

    async def host() -> list[Session]:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'school.db'}")
        async with engine.begin() as connection:
            found = await connection.run_sync(work)
        await engine.dispose()
        return found

    assert asyncio.run(host()) == sessions_made(made(3))


def test_an_async_engine_of_postgresql_writes_many_rows(postgresql: Database) -> None:
    def work(connection: Connection) -> frozenset[str]:
        store = SqlStore(connection, schema=postgresql.schema)
        store.upgrade()
        store.save(a_school())
        with store.transaction("maths") as transaction:
            assert transaction.insert(made(250)) == frozenset()
            return transaction.insert(made(251))

    async def host() -> frozenset[str]:
        engine = create_async_engine(postgresql.url)
        async with engine.begin() as connection:
            found = await connection.run_sync(work)
        await engine.dispose()
        return found

    assert asyncio.run(host()) == {session.id for session in sessions_made(made(250))}


def test_a_store_needs_nothing_that_only_async_code_has() -> None:
    code = "import sys, recurly_sessions.adapters.sql as it; it.SqlStore('sqlite://').school()"
    blocked = "import sys; sys.modules.update(dict.fromkeys(['greenlet', 'aiosqlite', 'psycopg', 'asyncpg']))"

    subprocess.run([sys.executable, "-c", f"{blocked}; {code}"], check=True)


def test_sqlite_that_sqlalchemy_begins_by_itself_is_joined(sqlite_file: Database) -> None:
    engine = create_engine(sqlite_file.url)

    @event.listens_for(engine, "connect")
    def leave_it_to_us(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    SqlStore(engine).save(a_school())
    with engine.begin() as connection:
        SqlStore(connection).save(a_school(a_series(subject="new")))
        connection.rollback()
    with engine.begin() as connection:
        assert SqlStore(connection).school() == a_school()
    engine.dispose()


def test_who_saves_a_school_and_who_locks_many_series_wait_for_each_other(postgresql: Database, opened: Open) -> None:
    store, other = opened(postgresql), opened(postgresql)
    ids = [f"s{number:03}" for number in range(40)]
    store.save(a_school(*map(a_series, ids)))
    stop = threading.Event()

    def save() -> None:
        for turn in range(25):
            order = ids[:-1] if turn % 2 else [*ids[::-1], "a"]
            store.save(a_school(*(a_series(each, subject=f"turn {turn}") for each in order)))
        stop.set()

    def lock() -> None:
        while not stop.is_set():
            with other.transaction(*ids) as transaction:
                transaction.hold(*ids, run_id=None)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(save), pool.submit(lock), pool.submit(lock)]:
            done.result()


# What can go wrong


def test_a_row_that_the_database_refuses_is_told_as_it_says_it(store: SqlStore) -> None:
    store.save(a_school())
    wrong = attrs.evolve(made(1), constants={**made(1).constants, "timezone": None})

    with pytest.raises(StoreError, match=r"(?i)null"), store.transaction("maths") as transaction:
        transaction.insert(wrong)

    assert store.sessions_of("maths") == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/name", "does not know the database 'mysql'"),
        ("postgresql+pg8000://host/name", "the driver of the database isn't installed"),
        ("postgresql://user@host:five/name", "must be made from a URL"),
        ("sqlite:///x.db?timeout=soon", "see to the URL"),
    ],
)
def test_a_url_that_leads_nowhere_is_told(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises((StoreError, InvalidValueError), match=message):
        SqlStore(url.replace("x.db", f"{tmp_path}/x.db")).school()


def test_sqlite_has_no_schemas_but_attached_databases() -> None:
    store = SqlStore("sqlite://", schema="lessons")

    with pytest.raises(InvalidValueError, match=r"must be the name of a database that is attached .* leave it out"):
        store.school()
    store.close()


def test_a_file_that_somebody_else_writes_is_told(sqlite_file: Database) -> None:
    store = SqlStore(f"{sqlite_file.url}?timeout=0.05")
    store.save(a_school())
    with sqlite3.connect(sqlite_file.url.removeprefix("sqlite:///")) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailableError) as refused:
            store.save(a_school(a_series(subject="late")))

        assert store.school() == a_school()  # to read needs no waiting
    other.close()
    assert str(refused.value) == (
        "the database says: database is locked; "
        "somebody else writes for longer than the busy timeout: try again, or wait longer with ?timeout=60; "
        "a transaction of yours that reads before it writes can't wait: begin it with BEGIN IMMEDIATE, "
        "and do it all again"
    )
    assert isinstance(refused.value, ConnectionError)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    store.close()


def test_a_file_that_can_not_be_opened_or_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database " * 100)

    with pytest.raises(StoreUnavailableError, match="see that the folder is there"):
        SqlStore(f"sqlite:///{tmp_path}/nowhere/school.db").school()
    with pytest.raises(StoreError, match="file is not a database"):
        SqlStore(f"sqlite:///{tmp_path}/notes.txt").school()


def test_a_file_that_is_read_only_is_read_and_not_written(sqlite_file: Database) -> None:
    store = SqlStore(sqlite_file.url)
    store.save(a_school())
    store.close()
    reading = SqlStore(sqlite_file.url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true")

    assert reading.school() == a_school()
    with pytest.raises(StoreUnavailableError, match="see that this program may write to the file and its folder"):
        reading.save(attrs.evolve(a_school(), closures=()))
    reading.close()


def test_a_server_that_can_not_be_reached_is_told() -> None:
    with pytest.raises(StoreUnavailableError, match="see that the server runs and can be reached"):
        SqlStore("postgresql://nobody:secret@127.0.0.1:1/school").school()


def test_a_server_that_goes_away_is_told_and_the_store_works_again_when_it_is_back(
    postgresql: Database, opened: Open
) -> None:
    store = opened(postgresql)
    store.save(a_school())
    other = create_engine(postgresql.url)

    def lose() -> None:
        with store.transaction("maths") as transaction:
            transaction.insert(made(1))
            with other.begin() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                )
            transaction.insert(made(2))

    with pytest.raises(StoreUnavailableError, match="see that the server runs and can be reached, and try again"):
        lose()

    assert store.sessions_of("maths") == []
    other.dispose()


@pytest.mark.parametrize("url", ["school.db", ""])
def test_what_is_no_url_is_refused_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(InvalidValueError, match="SqlStore must be made from a URL, an engine or a connection"):
        SqlStore(url)


def test_a_database_that_is_not_known_is_refused() -> None:
    with pytest.raises(StoreError) as refused:
        SqlStore("oracle+thin://host/name")

    assert "the database" in str(refused.value)


def test_a_database_whose_tables_are_there_is_opened_without_a_word(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.upgrade()
    bind, prefix, schema = store._bind, store._tables.prefix, store.metadata.schema

    with caplog.at_level(logging.DEBUG, "alembic"):
        SqlStore(bind, prefix=prefix, schema=schema).check()

    assert caplog.messages == []
