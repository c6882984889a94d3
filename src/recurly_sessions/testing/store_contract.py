"""What any store must do, as tests: inherit them, and say how your store is made.

```
class TestMyStore(StoreContract):
    def make_store(self) -> Store:
        return MyStore()
```
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any, Final

import attrs
import pytest

from recurly_sessions.errors import BrakedError, InvalidValueError, StoreError, UnknownNameError
from recurly_sessions.operations.apply import Applied, LeftAlone, Refused, apply_plan
from recurly_sessions.operations.call_off import call_off_session
from recurly_sessions.operations.deliver import CallbackNotifier, Delivered, Message, deliver
from recurly_sessions.operations.end import end_series
from recurly_sessions.operations.undo import PutBack, Undone, release_series, undo_run
from recurly_sessions.patterns import Consecutive, Weekly
from recurly_sessions.planning.plan import Plan, plan_sessions
from recurly_sessions.planning.steps import Made
from recurly_sessions.store import (
    KEPT_JOB_RUNS,
    Digest,
    Entry,
    Footing,
    Notice,
    Pruned,
    Recipient,
    Round,
    Run,
    Store,
    Tallied,
    Told,
    Transaction,
    Visit,
    digest_of,
)
from recurly_sessions.values.actor import SYSTEM, Actor
from recurly_sessions.values.assignment import Assignment, round_robin
from recurly_sessions.values.change import Change
from recurly_sessions.values.config import Config
from recurly_sessions.values.days_off import Cancellation, Closure
from recurly_sessions.values.issue import Decision
from recurly_sessions.values.money import Money
from recurly_sessions.values.package import Package
from recurly_sessions.values.people import Availability, Member, Tutor
from recurly_sessions.values.school import School, Snapshot
from recurly_sessions.values.series import Series, SeriesStatus
from recurly_sessions.values.session import PINNABLE, Origin, Session, SessionStatus
from recurly_sessions.values.slot import Slot
from recurly_sessions.values.window import Window

NOW: Final = datetime(2026, 9, 7, 8, tzinfo=UTC)  # a Monday, 10:00 in Paris
HOUR: Final = timedelta(hours=1)
WEEK: Final = timedelta(weeks=1)
_FIELDS: Final = attrs.fields(Session)
_ZOE: Final = Actor("zoe", role="ADMIN")
_KIM: Final = Recipient("member", "kim")
_AMINA: Final = Recipient("tutor", "amina")

ODD_TEXTS: Final = (
    "",
    " spaces ",
    'it\'s "quoted" `thrice`',
    "Robert'); DROP TABLE sessions;--",
    "100 % of {this} :and $1 ?",
    "back\\slash \\u0041 \\n",
    "two\r\nlines\tand a tab",
    "é 😀 \u200d \u05e9\u05dc\u05d5\u05dd \u2028",
    "e\u0301 isn't \u00e9 here",
    "null",
    "0",
    "x" * 10_000,
    "😀" * 3_000,
)
ODD_IDS: Final = ("O'Brien", 'a"b', "%s", "école", "e\u0301cole", "a:b#c?d=1&e", "0", "null", "x" * 64, "😀", "a  b")


# --- small schools, and how to look at them -------------------------------------------------------------------------


def a_course(id: str = "maths", **more: Any) -> Series:
    """Mondays, 18:00 to 19:30 in Paris; Amina teaches Kim."""
    said: dict[str, Any] = {
        "timezone": "Europe/Paris",
        "starts_on": "2026-09-07",
        "slots": [Slot("mon", days="MO", start="18:00", end="19:30")],
        "assignments": round_robin("amina"),
        "members": ["kim"],
    }
    return Series(id, **(said | more))


def a_school(*series: Series, **more: Any) -> School:
    """A school that looks two weeks ahead."""
    return School(series or [a_course()], **({"base": Config(weeks_ahead=2)} | more))


def a_session(day: str = "2026-09-07", **more: Any) -> Session:
    """The session of a Monday as a plan of `a_school` makes it."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + 16 * HOUR
    said: dict[str, Any] = {
        "series_id": "maths",
        "slot_id": "mon",
        "occurs_on": day,
        "timezone": "Europe/Paris",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=90),
        "tutor_id": "amina",
        "price": "0 EUR",
    }
    said |= more
    return Session(said.pop("id", f"{said['series_id']}/{said['slot_id']}/{day}"), **said)


def a_loose_session(id: str, **more: Any) -> Session:
    """A session that a person has made."""
    return a_session(id=id, **({"slot_id": None, "occurs_on": None, "origin": Origin.MANUAL} | more))


def a_whole_session(**more: Any) -> Session:
    """A session that says something in each field."""
    said: dict[str, Any] = {
        "status": SessionStatus.CANCELLED,
        "price": Money("12.345", "KWD"),
        "origin": Origin.MANUAL,
        "cancellation_reason": "a trip",
        "cause_id": "trip",
        "meeting_url": "https://meet.example/other?a=1&b=2",
        "room_id": "red",
        "package_id": "p1",
        "number": 3,
        "notes": "bring the book\nand a pen",
        "pinned": PINNABLE,
        "original_starts_at": NOW + timedelta(microseconds=1),
        "version": 7,
        "updated_by": "zoe",
        "updated_at": NOW - timedelta(microseconds=1),
    }
    return a_session(**(said | more))


def a_whole_school() -> School:
    """A school that says something nearly everywhere."""
    busy = a_course(
        "zoology",
        ends_on="2027-06-30",
        slots=[
            Slot("tue", rrule="FREQ=MONTHLY;BYDAY=2TU", start="23:30", duration=61, extra_dates=["2026-09-09"]),
            Slot("mon", days="MO,WE", start="18:00", end="19:30", room_id="red", active=False).changed_from(
                "2026-11-02", start="19:00"
            ),
        ],
        assignments=[
            Assignment(
                "z",
                tutor_id="luc",
                pattern=Weekly(weeks=(1, 3), cycle=4),
                slot_id="mon",
                created_at=NOW,
                ends_on="2026-12-31",
            ),
            Assignment("a", tutor_id="amina", pattern=Consecutive(5), status="PENDING"),
        ],
        cancellations=[Cancellation("trip", first_day="2026-09-14", last_day="2026-09-20", reason="Rome")],
        packages=[Package("p1", starts_on="2026-09-07", ends_on="2026-10-31", sessions=8)],
        members=[Member("lea", name="Léa", timezone="Asia/Tokyo"), Member("kim", active=False)],
        branch_id="north",
        subject="animals",
        room_id="blue",
        meeting_url="https://meet.example/zoo",
        config=Config(on_gap="skip", max_changes=0.25),
        status="DRAFT",
        request_id="q1",
        created_by="zoe",
    )
    hours = [
        Availability("mondays", start="9:00", end="24:00", weekday=1),
        Availability("dentist", start="9:00", end="11:00", date="2026-09-14", mode="block", active=False),
    ]
    return School(
        [busy, a_course("maths"), a_course("art", slots=(), assignments=(), members=None, timezone=None)],
        tutors=[Tutor("luc", hourly_rate="33.35 EUR", subjects=["b", "a"], availability=hours), Tutor("amina")],
        closures=[Closure("xmas", "2026-12-24", "2027-01-02", yearly=True, branch_id="north", reason="snow")],
        base=Config(weeks_ahead=2, timezone="Europe/Paris", closures=[Closure("may", "2026-05-01", "2026-05-01")]),
        branches={"north": Config(default_rate="9.50 EUR"), "south": Config()},
    )


def made_of(*sessions: Session) -> Made:
    """Sessions of one series as a plan hands them to a store."""
    decisions = [Decision(session.tutor_id, why=f"whose turn it was: {session.id}") for session in sessions]
    return attrs.evolve(Made.of(sessions), decisions=decisions)


def put(store: Store, *sessions: Session) -> None:
    """Write sessions as they are, whatever series they are of."""
    for series_id in sorted({session.series_id for session in sessions}):
        with store.transaction(series_id) as transaction:
            taken = transaction.insert(made_of(*(each for each in sessions if each.series_id == series_id)))
        assert taken == frozenset(), "a test must not write sessions that are there"


def edit(store: Store, session_id: str, **more: Any) -> Session:
    """Change a session as a host does: a later version of it."""
    series_id = session_id.split("/", maxsplit=1)[0]
    with store.transaction(series_id) as transaction:
        before = transaction.sessions([session_id])[session_id]
        after = attrs.evolve(before, version=before.version + 1, **more)
        stale = transaction.replace([(before, after)])
    assert stale == frozenset(), "nobody else writes in a test"
    return after


def plan_of(store: Store, *, now: datetime = NOW) -> Plan:
    """The plan for what a store holds."""
    return plan_sessions(store.snapshot(now=now), now=now)


def applied(store: Store, *, now: datetime = NOW, **more: Any) -> tuple[Plan, Applied]:
    """The plan for what a store holds, and what came of applying it."""
    plan = plan_of(store, now=now)
    return plan, apply_plan(plan, store, now=now, **more)


def entry_as_told(entry: Entry) -> tuple[Entry, list[Change]]:
    """An entry as a value: its columns say what they make."""
    return attrs.evolve(entry, made=None), [] if entry.made is None else entry.made.changes()


def both_of(kind: str, series_id: str = "maths") -> tuple[PutBack, ...]:
    """What undoing did to both sessions of a course."""
    return tuple(PutBack(kind, f"{series_id}/mon/{day}") for day in ("2026-09-07", "2026-09-14"))


def all_claimed(store: Store, *, now: datetime = NOW) -> list[Digest]:
    """Everything that is due, taken for an hour."""
    return store.claim(now=now, until=now + HOUR, limit=1_000)


def an_entry(run_id: str = "run", series_id: str = "maths", **more: Any) -> Entry:
    """What a run did to a series: nothing, or more."""
    said: dict[str, Any] = {"at": NOW, "actor": SYSTEM}
    return Entry(run_id=run_id, series_id=series_id, **(said | more))


def a_notice(series_id: str = "maths", *, run_id: str = "run", to: Recipient = _KIM, **more: Any) -> Notice:
    """Kim is told of a session."""
    said: dict[str, Any] = {"nth": 1, "told": (Told("generated", f"{series_id}/mon/2026-09-07", 1),)}
    return Notice(run_id=run_id, series_id=series_id, recipient=to, **(said | more))


def tell(store: Store, *notices: Notice) -> None:
    """Write notices, one after the other."""
    for notice in notices:
        with store.transaction(notice.series_id) as transaction:
            transaction.tell([notice])


def a_round(run_id: str = "run-2", **more: Any) -> Round:
    """What a run of the job visits."""
    said: dict[str, Any] = {"now": NOW, "basis": "b"}
    return Round(run_id=run_id, **(said | more))


def visit(store: Store, *series_ids: str, run_id: str = "run-1", reacts: bool = False, **more: Any) -> None:
    """Keep that series were left as they are now, and that time changes nothing for a week."""
    with store.transaction(*series_ids) as transaction:
        state = transaction.state()
        found = transaction.footing(a_round(run_id, full=True, turn="any"), *series_ids)
        transaction.visited(
            *(_a_visit(each, run_id, own, state if reacts else None, more) for each, own in found.items())
        )


def _a_visit(series_id: str, run_id: str, footing: Footing, state: str | None, more: dict[str, Any]) -> Visit:
    said: dict[str, Any] = {
        "at": NOW,
        "due_at": NOW + WEEK,
        "basis": "b",
        "revision": footing.revision,
        "sessions": footing.sessions,
        "school": state,
        "told": footing.told,
    }
    return Visit(series_id=series_id, run_id=run_id, **(said | more))


def messages_of(store: Store, *, now: datetime = NOW) -> tuple[Delivered, list[Message]]:
    """Deliver everything that is due."""
    arrived: list[Message] = []
    return deliver(store, CallbackNotifier(arrived.append), now=now), arrived


def _remove(store: Store, session: Session) -> None:
    with store.transaction(session.series_id) as transaction:
        assert not transaction.delete([session])


def _hold(store: Store, series_id: str) -> None:
    with store.transaction(series_id) as transaction:
        transaction.hold(series_id, run_id="run")


def _ids(sessions: Iterable[Session]) -> list[str]:
    return sorted(session.id for session in sessions)


class _WentWrongError(Exception):
    """Something that goes wrong in the middle of a transaction."""


# --- the contract ---------------------------------------------------------------------------------------------------


class StoreContract:
    """What any store must do; override `make_store`, or the fixture `store` where one has to be closed."""

    def make_store(self) -> Store:
        """Make a new, empty store."""
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> Store:
        """The store that is tested."""
        return self.make_store()

    # Schools

    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert store.school() == School([])
        assert store.series_ids() == []
        assert store.snapshot(now=NOW) == attrs.evolve(
            store.snapshot(now=NOW), school=School([]), sessions=(), only=None, held=(), revisions=()
        )

    def test_a_school_is_read_as_it_was_saved(self, store: Store) -> None:
        school = a_whole_school()

        store.save(school)

        assert store.school() == school

    def test_series_and_what_they_have_keep_the_order_in_which_they_were_given(self, store: Store) -> None:
        given = [
            a_course(each, assignments=round_robin("zoe", "amina", "luc"), members=["max", "kim", "lea"])
            for each in ("b", "B", "a", "é", "ab")
        ]
        store.save(a_school(*given, tutors=["zoe", "amina"]))

        school = store.school()

        assert [series.id for series in school.series] == ["b", "B", "a", "é", "ab"]
        assert [each.tutor_id for each in school.series[0].assignments] == ["zoe", "amina", "luc"]
        assert [each.id for each in school.series[0].members or ()] == ["max", "kim", "lea"]
        assert [each.id for each in school.tutors or ()] == ["zoe", "amina"]

    @pytest.mark.parametrize("tutors", [None, ()])
    def test_no_profiles_and_nobody_are_two_things(self, store: Store, tutors: tuple[Tutor, ...] | None) -> None:
        store.save(a_school(tutors=tutors))

        assert (store.school().tutors, store.snapshot(["maths"], now=NOW).school.tutors) == (tutors, tutors)

    @pytest.mark.parametrize("members", [None, ()])
    def test_no_lists_of_members_and_nobody_are_two_things(
        self, store: Store, members: tuple[Member, ...] | None
    ) -> None:
        store.save(a_school(a_course(members=members)))

        assert store.school().one("maths").members == members

    @pytest.mark.parametrize("hours", [None, ()])
    def test_no_hours_kept_and_never_are_two_things(self, store: Store, hours: tuple[Availability, ...] | None) -> None:
        tutor = Tutor("amina", availability=hours)

        store.save(a_school(tutors=[tutor]))

        assert store.school().tutors == (tutor,)

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
    def test_texts_of_a_school_are_kept_to_the_letter(self, store: Store, text: str) -> None:
        trip = Cancellation("trip", first_day="2026-09-14", last_day="2026-09-14", reason=text)
        school = a_school(
            a_course(subject=text, meeting_url=text, members=[Member("kim", name=text)], cancellations=[trip]),
            tutors=[Tutor("amina", name=text, subjects=[text])],
            closures=[Closure("shut", "2026-12-24", "2026-12-26", reason=text)],
        )

        store.save(school)

        assert store.school() == school

    def test_ids_are_kept_to_the_letter_and_told_apart(self, store: Store) -> None:
        ids = [*ODD_IDS, "maths", "Maths", "MATHS", "maths "]
        school = a_school(*(a_course(each, room_id=each, members=[each]) for each in ids), tutors=ids)
        sessions = [a_session(series_id=each, tutor_id=each, room_id=each) for each in ids]

        store.save(school)
        put(store, *sessions)

        assert store.school() == school
        assert [store.sessions_of(each) for each in ids] == [[each] for each in sessions]
        assert {each.id: each for each in store.snapshot(now=NOW).sessions} == {each.id: each for each in sessions}

    def test_saving_a_school_replaces_the_one_before(self, store: Store) -> None:
        store.save(a_whole_school())
        later = a_school(a_course("art"), a_course("maths", room_id="blue"))

        store.save(later)

        assert store.school() == later
        assert store.series_ids() == ["art", "maths"]

    def test_a_series_that_is_gone_leaves_its_sessions(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session())

        store.save(a_school(a_course("art")))

        assert store.sessions_of("maths") == [a_session()]
        assert store.snapshot(now=NOW).sessions == (a_session(),)
        with pytest.raises(UnknownNameError):
            store.snapshot(["maths"], now=NOW)

    def test_a_series_may_come_back(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session())
        store.save(a_school(a_course("art")))

        store.save(a_school())

        assert store.snapshot(["maths"], now=NOW).sessions == (a_session(),)

    def test_live_series_are_walked_by_id(self, store: Store) -> None:
        ids = ["b", "B", "a", "Z", "é", "a b", "ab", "a-b", "10", "9"]
        store.save(a_school(*(a_course(each) for each in ids)))

        walked = []
        page = store.series_ids(limit=3)
        while page:
            walked.append(page)
            page = store.series_ids(after=page[-1], limit=3)

        assert store.series_ids() == sorted(ids)
        assert walked == [sorted(ids)[place : place + 3] for place in (0, 3, 6, 9)]

    # Sessions

    @pytest.mark.parametrize(
        "session",
        [
            a_session(),
            a_whole_session(),
            a_session(price=None, tutor_id=None, version=0),
            a_session(price=Money("12345678901234.56", "EUR")),
            a_session(price=Money(0, "JPY")),
            a_loose_session("a host's own id: 1/2/3, äöü 😀"),
            a_loose_session("x" * 200),
            a_session(starts_at=NOW + timedelta(microseconds=123_457), ends_at=NOW + timedelta(microseconds=123_458)),
        ],
        ids=["least", "whole", "no tutor", "much", "yen", "own id", "long id", "microseconds"],
    )
    def test_a_session_is_read_as_it_was_written(self, store: Store, session: Session) -> None:
        store.save(a_school())

        put(store, session)

        with store.transaction("maths") as transaction:
            read = transaction.sessions([session.id])
        assert store.sessions_of("maths") == [session]
        assert read == {session.id: session}

    @pytest.mark.parametrize("status", SessionStatus)
    def test_a_session_keeps_its_status(self, store: Store, status: SessionStatus) -> None:
        store.save(a_school())

        put(store, a_session(status=status))

        assert store.sessions_of("maths") == [a_session(status=status)]

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
    def test_texts_of_a_session_are_kept_to_the_letter(self, store: Store, text: str) -> None:
        store.save(a_school())
        session = a_session(notes=text, cancellation_reason=text, cause_id=text, meeting_url=text)

        put(store, session)

        assert store.sessions_of("maths") == [session]

    def test_sessions_of_a_series_are_read_by_start_and_then_id(self, store: Store) -> None:
        store.save(a_school())
        at_once = [a_loose_session(each) for each in ("b", "B", "a", "é", "a b", "ab")]
        put(store, a_session("2026-09-14"), *at_once)

        read = store.sessions_of("maths")

        assert [each.id for each in read] == ["B", "a", "a b", "ab", "b", "é", "maths/mon/2026-09-14"]

    def test_a_series_that_nobody_knows_has_no_sessions(self, store: Store) -> None:
        assert store.sessions_of("nobody") == []

    def test_sessions_are_counted_by_origin_and_status(self, store: Store) -> None:
        store.save(a_school())
        put(
            store,
            a_session("2026-09-07", status="CONFIRMED"),
            a_session("2026-09-14"),
            a_session("2026-09-21"),
            a_loose_session("extra"),
            a_loose_session("off", series_id="art", status="CANCELLED"),
        )

        counted = store.tally(Window.weeks(4, start=NOW))

        assert counted == [
            Tallied(Origin.GENERATED, SessionStatus.CONFIRMED, 1),
            Tallied(Origin.GENERATED, SessionStatus.PENDING, 2),
            Tallied(Origin.MANUAL, SessionStatus.CANCELLED, 1),
            Tallied(Origin.MANUAL, SessionStatus.PENDING, 1),
        ]
        assert [(type(each.origin), type(each.status)) for each in counted] == [(Origin, SessionStatus)] * 4

    def test_sessions_are_counted_that_start_in_the_window(self, store: Store) -> None:
        store.save(a_school())
        least, end = timedelta(microseconds=1), NOW + HOUR
        starts = {"long": NOW - HOUR, "before": NOW - least, "at": NOW, "last": end - least, "after": end}
        put(store, *(a_loose_session(each, starts_at=start, ends_at=end + WEEK) for each, start in starts.items()))

        counted = [store.tally(Window(NOW, each)) for each in (end, NOW)]

        assert counted == [[Tallied(Origin.MANUAL, SessionStatus.PENDING, 2)], []]

    def test_sessions_of_a_series_that_is_gone_or_archived_are_counted(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art"), a_course("old")))
        put(store, a_session(), *(a_loose_session(f"{each}/1", series_id=each) for each in ("art", "old")))
        store.save(a_school(a_course(), a_course("old")))
        with store.transaction("old") as transaction:
            transaction.archive("old", at=NOW)

        counted = store.tally(Window.weeks(1, start=NOW))

        assert counted == [
            Tallied(Origin.GENERATED, SessionStatus.PENDING, 1),
            Tallied(Origin.MANUAL, SessionStatus.PENDING, 2),
        ]

    # Snapshots

    def test_a_snapshot_has_the_whole_school_and_its_sessions(self, store: Store) -> None:
        school = a_school(a_course(), a_course("art"))
        store.save(school)
        sessions = [a_session(series_id="art"), a_session(), a_session("2026-09-14")]
        put(store, *sessions)

        snapshot = store.snapshot(now=NOW)

        assert (snapshot.school, snapshot.read_at, snapshot.only, snapshot.held) == (school, NOW, None, ())
        assert snapshot.sessions == tuple(sessions)
        assert sorted(series_id for series_id, _ in snapshot.revisions) == ["art", "maths"]

    def test_a_snapshot_has_every_session_that_can_matter_and_not_the_history(self, store: Store) -> None:
        store.save(
            a_school(a_course(packages=[Package("p", starts_on="2026-01-01", ends_on="2026-12-31", sessions=8)]))
        )
        over = {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}
        mattering = {
            "runs": a_loose_session("runs", starts_at=NOW - HOUR, ends_at=NOW + HOUR),
            "to come": a_loose_session("to come"),
            "held early": a_session("2026-09-14", id="held early", **over),
            "held early for a day that is not over everywhere": a_session(
                "2026-09-06", id="held early for a day that is not over everywhere", **over
            ),
            "held today": a_session("2026-09-07", id="held today", **over),
            "paid": a_session("2025-12-31", id="paid", package_id="p", **over),
            "in the paid days": a_session("2026-01-01", id="in the paid days", **over),
        }
        history = [a_session("2025-08-03", id="long ago"), a_loose_session("loose, over", **over)]
        put(store, *mattering.values(), *history)

        snapshot = store.snapshot(now=NOW)

        assert {each.id: each for each in snapshot.sessions} == mattering

    def test_what_ends_now_is_over(self, store: Store) -> None:
        store.save(a_school())
        ends_now = a_loose_session("now", starts_at=NOW - HOUR, ends_at=NOW)
        ends_later = a_loose_session("later", starts_at=NOW - HOUR, ends_at=NOW + timedelta(microseconds=1))
        put(store, ends_now, ends_later)

        snapshot = store.snapshot(now=NOW)

        assert snapshot.sessions == (ends_later,)

    @pytest.mark.parametrize(
        ("own", "other", "session"),
        [
            ({}, {"assignments": round_robin("luc")}, {"tutor_id": "amina"}),
            ({"members": ["kim"]}, {"members": ["lea", "kim"]}, {"tutor_id": None}),
            ({"room_id": "blue"}, {"room_id": "blue"}, {"tutor_id": None}),
            ({"room_id": "blue"}, {}, {"tutor_id": None, "room_id": "blue"}),
            (
                {"slots": [Slot("mon", days="MO", start="18:00", end="19:30", room_id="blue")]},
                {"room_id": "blue"},
                {"tutor_id": None},
            ),
        ],
        ids=["tutor", "member", "room of both", "room of the session", "room of a slot"],
    )
    def test_a_snapshot_of_one_series_has_others_that_share_somebody_or_a_room(
        self, store: Store, own: dict[str, Any], other: dict[str, Any], session: dict[str, Any]
    ) -> None:
        apart = {"members": ["max"], "assignments": round_robin("emil")}
        maths, art, music = a_course(**own), a_course("art", **apart | other), a_course("music", **apart)
        store.save(a_school(music, maths, art, tutors=["amina", "emil", "luc", "zoe"]))
        shared = a_session(series_id="art", **session)
        put(store, a_session(tutor_id="zoe"), shared, a_session(series_id="music", tutor_id="emil"))

        snapshot = store.snapshot(["maths"], now=NOW)

        assert snapshot.only == ("maths",)
        assert snapshot.school.series == (maths, art)
        assert snapshot.sessions == (shared, a_session(tutor_id="zoe"))
        assert {"amina", "zoe"} <= {each.id for each in snapshot.school.tutors or ()}

    def test_a_snapshot_of_one_series_has_others_where_its_substitute_teaches(self, store: Store) -> None:
        apart = {"members": ["max"], "assignments": round_robin("emil")}
        store.save(a_school(a_course(), a_course("art", **apart)))
        put(store, a_session(tutor_id="luc"), a_session(series_id="art", tutor_id="luc"))

        snapshot = store.snapshot(["maths"], now=NOW)

        assert _ids(snapshot.sessions) == ["art/mon/2026-09-07", "maths/mon/2026-09-07"]

    def test_a_snapshot_of_one_series_has_others_where_its_sessions_are_put(self, store: Store) -> None:
        apart = {"members": ["max"], "assignments": round_robin("emil"), "room_id": "red"}
        store.save(a_school(a_course(), a_course("art", **apart)))
        put(store, a_session(room_id="red"), a_session(series_id="art", tutor_id="emil"))

        snapshot = store.snapshot(["maths"], now=NOW)

        assert _ids(snapshot.sessions) == ["art/mon/2026-09-07", "maths/mon/2026-09-07"]

    def test_a_snapshot_of_one_series_has_nothing_from_the_archive(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        put(store, a_session(), a_session(series_id="art", status="CANCELLED"))
        with store.transaction("art") as transaction:
            transaction.archive("art", at=NOW)

        snapshot = store.snapshot(["maths"], now=NOW)

        assert (snapshot.school.series, snapshot.sessions) == ((a_course(),), (a_session(),))

    def test_a_plan_of_one_series_is_its_part_of_the_plan_of_all(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art", members=["max"])))
        applied(store)
        store.save(
            a_school(a_course(), a_course("art", members=["max"]), closures=[Closure("x", "2026-09-14", "2026-09-14")])
        )

        alone = plan_sessions(store.snapshot(["maths"], now=NOW), now=NOW)

        assert alone.changes == tuple(each for each in plan_of(store).changes if each.series_id == "maths")

    def test_a_snapshot_of_a_series_that_nobody_knows_is_refused(self, store: Store) -> None:
        store.save(a_school())

        with pytest.raises(UnknownNameError) as caught:
            store.snapshot(["maths", "nobody"], now=NOW)

        assert (caught.value.what, caught.value.name) == ("series", "nobody")

    def test_a_snapshot_may_be_asked_for_with_a_moment_as_text(self, store: Store) -> None:
        store.save(a_school())

        assert store.snapshot(now="2026-09-07T10:00+02:00").read_at == NOW

    def test_a_snapshot_of_no_moment_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidValueError, match=r"^Store\.snapshot: now must "):
            store.snapshot(now=datetime(2026, 9, 7, 8))  # noqa: DTZ001 - what is refused

    def test_a_snapshot_stays_as_it_was_read(self, store: Store) -> None:
        store.save(a_school())
        before = store.snapshot(now=NOW)

        put(store, a_session())
        store.save(a_school(a_course(room_id="blue")))

        assert (before.school, before.sessions) == (a_school(), ())

    # Revisions

    def test_nothing_new_is_no_new_revision(self, store: Store) -> None:
        store.save(a_whole_school())
        put(store, a_session())
        before = store.snapshot(now=NOW)

        same = store.school()
        store.save(same)
        with store.transaction("maths") as transaction:
            transaction.save_series(same.one("maths"))

        assert store.snapshot(now=NOW) == before

    def test_a_series_that_is_edited_has_a_new_revision_and_the_others_do_not(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        before = store.snapshot(now=NOW)

        store.save(a_school(a_course(room_id="blue"), a_course("art")))

        after = store.snapshot(now=NOW)
        were, are = dict(before.revisions), dict(after.revisions)
        assert (were["maths"] == are["maths"], were["art"] == are["art"]) == (False, True)
        assert before.revision != after.revision

    @pytest.mark.parametrize(
        "more",
        [
            {"tutors": ["amina"]},
            {"base": Config(weeks_ahead=3)},
            {"branches": {"north": Config(on_gap="skip")}},
            {"closures": [Closure("shut", "2026-12-24", "2026-12-26")]},
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_what_all_share_is_in_the_revision_of_each(self, store: Store, more: dict[str, Any]) -> None:
        store.save(a_school(a_course(), a_course("art")))
        before = dict(store.snapshot(now=NOW).revisions)

        store.save(a_school(a_course(), a_course("art"), **more))

        after = dict(store.snapshot(now=NOW).revisions)
        assert [series_id for series_id in before if before[series_id] == after[series_id]] == []

    def test_a_new_session_changes_the_revision_of_the_snapshot_and_not_of_the_series(self, store: Store) -> None:
        store.save(a_school())
        before = store.snapshot(now=NOW)

        put(store, a_session())

        after = store.snapshot(now=NOW)
        assert (before.revision == after.revision, before.revisions == after.revisions) == (False, True)

    def test_a_snapshot_and_a_transaction_read_the_same_revision(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))

        with store.transaction("maths") as transaction:
            revisions = {"maths": transaction.standing("maths")["maths"].revision}
            inside = transaction.snapshot(["maths"], now=NOW)

        outside = store.snapshot(["maths"], now=NOW)
        assert dict(store.snapshot(now=NOW).revisions) | revisions == dict(store.snapshot(now=NOW).revisions)
        assert inside == outside

    # Transactions

    def test_a_transaction_that_ends_well_has_written_everything(self, store: Store) -> None:
        store.save(a_school())
        entry = an_entry()

        with store.transaction("maths", "art") as transaction:
            transaction.save_series(a_course("art"))
            transaction.insert(made_of(a_session()))
            transaction.hold("maths", run_id="run")
            transaction.record(entry)
            transaction.tell([a_notice()])

        assert store.school() == a_school(a_course(), a_course("art"))
        assert store.sessions_of("maths") == [a_session()]
        assert store.snapshot(now=NOW).held == ("maths",)
        assert store.entries("run") == [entry]
        assert all_claimed(store) == [digest_of([a_notice()], attempt=1)]

    def test_a_transaction_that_goes_wrong_has_written_nothing(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("music")))
        put(store, a_session("2026-09-14"), a_session("2026-09-21"))
        tell(store, a_notice(run_id="before"))
        before = store.snapshot(now=NOW)
        moved = a_session("2026-09-21", room_id="red", version=2)

        with pytest.raises(_WentWrongError), store.transaction("maths", "art", "music") as transaction:
            transaction.save_series(a_course("art"))
            transaction.save_series(a_course(room_id="blue"))
            transaction.insert(made_of(a_session()))
            transaction.delete([a_session("2026-09-14")])
            transaction.replace([(a_session("2026-09-21"), moved)])
            transaction.hold("maths", run_id="run")
            transaction.record(an_entry())
            transaction.tell([a_notice()])
            transaction.take_back(an_entry("before"))
            transaction.archive("music", at=NOW)
            raise _WentWrongError

        assert store.snapshot(now=NOW) == before
        assert store.school() == a_school(a_course(), a_course("music"))
        assert store.entries("run") == []
        assert all_claimed(store) == [digest_of([a_notice(run_id="before")], attempt=1)]
        with pytest.raises(UnknownNameError):
            store.archived("music")

    def test_a_store_works_on_after_a_transaction_that_went_wrong(self, store: Store) -> None:
        store.save(a_school())
        with pytest.raises(_WentWrongError), store.transaction("maths") as transaction:
            transaction.insert(made_of(a_session()))
            raise _WentWrongError

        put(store, a_session())

        assert store.sessions_of("maths") == [a_session()]

    def test_a_transaction_sees_what_it_has_written(self, store: Store) -> None:
        store.save(a_school())
        entry = an_entry()
        art = a_course("art")

        with store.transaction("maths", "art", "gone") as transaction:
            transaction.save_series(art)
            transaction.insert(made_of(a_session(series_id="art")))
            transaction.hold("maths", run_id="run")
            transaction.record(entry)
            seen = transaction.snapshot(["art", "maths"], now=NOW)

            assert transaction.sessions(["art/mon/2026-09-07"]) == {"art/mon/2026-09-07": a_session(series_id="art")}
            assert transaction.to_come("art", now=NOW) == [a_session(series_id="art")]
            assert transaction.standing("maths")["maths"].held_by == "run"
            assert transaction.entries("run", "maths") == [entry]
            assert set(transaction.standing("art", "maths", "gone")) == {"art", "maths"}
            assert (seen.school.series, seen.held) == ((a_course(), art), ("maths",))
            assert seen.sessions == (a_session(series_id="art"),)

    def test_a_transaction_does_not_see_what_it_has_archived(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))

        with store.transaction("maths") as transaction:
            transaction.archive("maths", at=NOW)

            assert transaction.standing("maths") == {}
            with pytest.raises(UnknownNameError):
                transaction.snapshot(["maths"], now=NOW)

    def test_a_transaction_within_another_of_the_same_store_is_refused(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))

        with store.transaction("maths") as transaction:
            transaction.insert(made_of(a_session()))
            for use in (
                lambda: store.transaction("art").__enter__(),
                lambda: store.save(a_school()),
                lambda: store.claim(now=NOW, until=NOW + HOUR),
            ):
                with pytest.raises(StoreError, match="transaction"):
                    use()

        put(store, a_session(series_id="art"))
        assert store.school() == a_school(a_course(), a_course("art"))
        assert store.sessions_of("maths") == [a_session()]

    def test_a_series_that_was_not_locked_may_not_be_written(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))

        with (
            pytest.raises(InvalidValueError, match=r"^Store\.transaction must be told "),
            store.transaction("art") as it,
        ):
            it.insert(made_of(a_session()))

        assert store.sessions_of("maths") == []

    def test_new_sessions_whose_id_or_identity_is_taken_are_left_out(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        stored = a_session(id="another id", notes="mine")
        elsewhere = a_loose_session("extra", series_id="art")
        put(store, stored, elsewhere)
        same_identity, same_id = a_session(), a_session("2026-09-21", id="another id")
        id_elsewhere, fresh = a_session("2026-09-28", id="extra"), a_session("2026-09-14")

        with store.transaction("maths") as transaction:
            taken = transaction.insert(made_of(same_identity, same_id, id_elsewhere, fresh))

        assert taken == {"maths/mon/2026-09-07", "another id", "extra"}
        assert store.sessions_of("maths") == [stored, fresh]
        assert store.sessions_of("art") == [elsewhere]

    def test_an_id_is_taken_in_the_transaction_that_takes_it(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))

        with store.transaction("maths", "art") as transaction:
            transaction.insert(made_of(a_loose_session("extra")))
            taken = transaction.insert(made_of(a_loose_session("extra", series_id="art")))

        assert taken == {"extra"}
        assert store.sessions_of("art") == []

    def test_sessions_without_a_slot_may_begin_at_once(self, store: Store) -> None:
        store.save(a_school())

        with store.transaction("maths") as transaction:
            taken = transaction.insert(made_of(a_loose_session("a"), a_loose_session("b")))

        assert (taken, _ids(store.sessions_of("maths"))) == (frozenset(), ["a", "b"])

    def test_an_id_is_free_again_once_its_session_is_deleted(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session())

        with store.transaction("maths") as transaction:
            gone = transaction.delete([a_session()])
            taken = transaction.insert(made_of(a_session(notes="again")))

        assert (gone, taken, store.sessions_of("maths")) == (frozenset(), frozenset(), [a_session(notes="again")])

    def test_a_session_is_replaced_only_while_its_version_is_that_before(self, store: Store) -> None:
        store.save(a_school())
        days = ("2026-09-07", "2026-09-14", "2026-09-21")
        fresh, stale = a_session(days[0], version=3), a_session(days[1], version=3)
        put(store, fresh, stale)
        wanted = [a_whole_session(id=f"maths/mon/{day}", occurs_on=day, version=4) for day in days]

        with store.transaction("maths") as transaction:
            left = transaction.replace(
                [(fresh, wanted[0]), (attrs.evolve(stale, version=2), wanted[1]), (a_session(days[2]), wanted[2])]
            )

        assert left == {"maths/mon/2026-09-14", "maths/mon/2026-09-21"}
        assert {each.id: each for each in store.sessions_of("maths")} == {fresh.id: wanted[0], stale.id: stale}

    def test_a_session_is_deleted_only_while_its_version_is_the_same(self, store: Store) -> None:
        store.save(a_school())
        fresh, stale, gone = a_session(version=3), a_session("2026-09-14", version=3), a_session("2026-09-21")
        put(store, fresh, stale)

        with store.transaction("maths") as transaction:
            left = transaction.delete([fresh, attrs.evolve(stale, version=2), gone])

        assert left == {stale.id, gone.id}
        assert store.sessions_of("maths") == [stale]

    def test_nothing_may_be_written_too(self, store: Store) -> None:
        store.save(a_school())

        with store.transaction() as nothing:
            nothing.tell([])
        with store.transaction("maths") as transaction:
            outcome = (transaction.replace([]), transaction.delete([]), transaction.sessions([]))

        assert outcome == (frozenset(), frozenset(), {})

    def test_sessions_to_come_start_after_the_moment(self, store: Store) -> None:
        store.save(a_school())
        later = a_loose_session("later", starts_at=NOW + timedelta(microseconds=1))
        put(store, a_loose_session("now", starts_at=NOW), later, a_loose_session("past", starts_at=NOW - HOUR))

        with store.transaction("maths") as transaction:
            coming = transaction.to_come("maths", now=NOW)

        assert coming == [later]

    def test_a_new_series_comes_last_and_an_edited_one_keeps_its_place(self, store: Store) -> None:
        store.save(a_school(a_course("b"), a_course("c")))

        with store.transaction("b", "a") as transaction:
            transaction.save_series(a_course("a"))
            transaction.save_series(a_course("b", room_id="blue"))

        assert store.school() == a_school(a_course("b", room_id="blue"), a_course("c"), a_course("a"))

    def test_workers_at_once_take_turns(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session(version=0))
        problems: list[BaseException] = []

        def count_on() -> None:
            try:
                for _ in range(5):
                    with store.transaction("maths") as transaction:
                        (before,) = transaction.sessions(["maths/mon/2026-09-07"]).values()
                        after = attrs.evolve(before, version=before.version + 1)
                        assert transaction.replace([(before, after)]) == frozenset()
            except BaseException as error:  # noqa: BLE001 - to be raised by the test
                problems.append(error)

        _at_once(count_on, workers=4)

        assert problems == []
        assert store.sessions_of("maths") == [a_session(version=20)]

    def test_a_session_is_written_in_a_later_version_only(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session(), a_session("2026-09-14"))

        for after in (a_session(notes="new"), a_session(version=0), a_session("2026-09-14", version=2)):
            with (
                store.transaction("maths") as transaction,
                pytest.raises(InvalidValueError, match=r"must (give|leave)"),
            ):
                transaction.replace([(a_session(), after)])

        assert store.sessions_of("maths") == [a_session(), a_session("2026-09-14")]

    # Holding

    def test_a_series_is_held_until_it_is_released_or_edited(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        with store.transaction("maths", "art") as transaction:
            transaction.hold("maths", run_id="run")
            transaction.hold("art", run_id="run")
        held = store.snapshot(now=NOW).held, store.snapshot(["maths"], now=NOW).held

        store.save(a_school(a_course(room_id="blue"), a_course("art")))
        after_edit = store.snapshot(now=NOW).held
        with store.transaction("art") as transaction:
            transaction.hold("art", run_id=None)

        assert held == (("art", "maths"), ("maths",))
        assert (after_edit, store.snapshot(now=NOW).held) == (("art",), ())

    def test_an_edit_in_a_transaction_releases_a_series_too(self, store: Store) -> None:
        store.save(a_school())
        with store.transaction("maths") as transaction:
            transaction.hold("maths", run_id="run")
            transaction.save_series(a_course())
            unchanged = transaction.standing("maths")["maths"].held_by
            transaction.save_series(a_course(room_id="blue"))

            assert (unchanged, transaction.standing("maths")["maths"].held_by) == ("run", None)

    # The journal

    def test_an_entry_is_read_as_it_was_recorded(self, store: Store) -> None:
        store.save(a_school())
        made = attrs.evolve(
            made_of(a_session(), a_whole_session(id="w", occurs_on="2026-09-14")),
            codes=["due", "make-up"],
            becauses=["", "for 'it' 😀"],
            decisions=[Decision("amina", assignment_id="a", pattern="weekly", why="week 1"), Decision(None)],
        )
        pair = (a_session("2026-09-21"), a_whole_session(id="maths/mon/2026-09-21", occurs_on="2026-09-21"))
        entry = Entry(
            run_id="0" * 64,
            series_id="maths",
            nth=2,
            kind="term start",
            at=NOW + timedelta(microseconds=1),
            actor=_ZOE,
            made=made,
            changed=(pair,),
            activated=True,
            undone_at=NOW + HOUR,
            undone_by="luc",
        )

        with store.transaction("maths") as transaction:
            transaction.record(entry)
            (inside,) = transaction.entries("0" * 64, "maths")

        (read,) = store.entries("0" * 64)
        assert entry_as_told(read) == entry_as_told(entry)
        assert entry_as_told(inside) == entry_as_told(entry)

    def test_an_entry_keeps_what_was_made_when_the_sessions_go_on(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)

        edit(store, "maths/mon/2026-09-07", notes="page 3")

        (entry,) = store.entries(plan.id)
        assert entry.made is not None
        assert entry.made.sessions() == [a_session(), a_session("2026-09-14")]

    def test_an_entry_that_is_recorded_again_is_replaced(self, store: Store) -> None:
        store.save(a_school())
        first = an_entry()
        undone, second = attrs.evolve(first, undone_at=NOW, undone_by="zoe"), attrs.evolve(first, nth=2)

        for entry in (first, second, undone):
            with store.transaction("maths") as transaction:
                transaction.record(entry)

        assert store.entries("run") == [undone, second]

    def test_entries_are_those_of_a_run_by_series_and_times(self, store: Store) -> None:
        store.save(a_school(*(a_course(each) for each in ("b", "B", "a"))))
        given = [("b", 1, "run"), ("a", 2, "run"), ("B", 1, "run"), ("a", 1, "run"), ("a", 1, "another")]
        for series_id, nth, run_id in given:
            with store.transaction(series_id) as transaction:
                transaction.record(an_entry(run_id, series_id, nth=nth))

        entries = store.entries("run")

        assert [(each.series_id, each.nth) for each in entries] == [("B", 1), ("a", 1), ("a", 2), ("b", 1)]
        assert store.entries("nobody's") == []

    def test_the_series_of_a_run_are_walked_by_id(self, store: Store) -> None:
        ids = ("b", "B", "a", "c")
        store.save(a_school(*map(a_course, ids)))
        with store.transaction(*ids) as transaction:
            transaction.record(*(an_entry("run", each) for each in ids), an_entry("run", "a", nth=2))
            transaction.record(an_entry("another", "b"))

        assert store.series_of("run") == ["B", "a", "b", "c"]
        assert store.series_of("run", after="B", limit=2) == ["a", "b"]
        assert store.series_of("run", after="c") == []
        assert (store.series_of("another"), store.series_of("nobody's")) == (["b"], [])

    def test_runs_are_listed_the_latest_first_and_say_where_they_stand(self, store: Store) -> None:
        later = NOW + HOUR
        store.save(a_school(a_course("a"), a_course("b")))
        with store.transaction("a", "b") as transaction:
            transaction.record(
                Entry(run_id="r%1", series_id="a", kind="job", at=NOW, actor=SYSTEM),
                Entry(run_id="r%1", series_id="b", kind="job", at=NOW, actor=SYSTEM, undone_at=later, undone_by="zoe"),
                Entry(run_id="r2", series_id="a", at=NOW, actor=SYSTEM, undone_at=later, undone_by="zoe"),
                Entry(run_id="r2", series_id="a", nth=2, at=later, actor=SYSTEM),
                Entry(run_id="R0", series_id="b", kind="cancel", at=NOW, actor=SYSTEM),
            )

        latest = Run(id="r2", kind="apply", at=later, series=1, standing=1)
        half = Run(id="r%1", kind="job", at=NOW, series=2, standing=1)
        alone = Run(id="R0", kind="cancel", at=NOW, series=1, standing=1)
        assert store.runs() == [latest, alone, half]
        assert store.runs(limit=1) == [latest]
        assert store.runs(beginning="r") == [latest, half]
        assert (store.runs(beginning="r%"), store.runs(beginning="x")) == ([half], [])

    @pytest.mark.parametrize("ids", [("r1", "r2", "r3"), ("r3", "r2", "r1"), ("r2", "r3", "r1")])
    def test_runs_of_the_same_moment_are_listed_as_they_were_written(self, store: Store, ids: Sequence[str]) -> None:
        store.save(a_school(a_course("a"), a_course("b")))
        first, second, third = ids
        for run_id, series_id in ((first, "a"), (second, "a"), (second, "b"), (third, "b")):
            with store.transaction("a", "b") as transaction:
                transaction.record(an_entry(run_id, series_id))
        with store.transaction("a", "b") as transaction:
            transaction.record(an_entry(first, "a", undone_at=NOW + HOUR, undone_by="zoe"))
        assert [run.id for run in store.runs()] == [third, second, first]

        with store.transaction("a", "b") as transaction:
            transaction.record(an_entry(first, "a", nth=2))

        assert [run.id for run in store.runs()] == [first, third, second]

    def test_what_was_forgotten_and_is_done_again_was_written_last(self, store: Store) -> None:
        store.save(a_school())
        for run_id in ("b", "a"):
            with store.transaction("maths") as transaction:
                transaction.record(an_entry(run_id, at=NOW - HOUR))
        store.prune(before=NOW)

        for run_id in ("a", "b"):
            with store.transaction("maths") as transaction:
                transaction.record(an_entry(run_id))

        assert [run.id for run in store.runs()] == ["b", "a"]

    # What is forgotten

    def test_runs_that_are_long_over_are_forgotten_as_a_whole(self, store: Store) -> None:
        store.save(a_school(a_course("a"), a_course("b")))
        put(store, a_session(series_id="a", id="a/mon/2026-09-07"))
        with store.transaction("a", "b") as transaction:
            transaction.record(
                an_entry("old", "a", at=NOW - HOUR),
                an_entry("old", "b", at=NOW - 2 * HOUR, undone_at=NOW + HOUR, undone_by="zoe"),
                an_entry("half", "a", at=NOW - HOUR),
                an_entry("half", "b", at=NOW),
            )
        would = store.prune(before=NOW, dry_run=True)
        before = store.runs()

        pruned = store.prune(before=NOW)

        assert would == pruned == Pruned(entries=2)
        assert [run.id for run in before] == ["half", "old"]
        assert [run.id for run in store.runs()] == ["half"]
        assert len(store.entries("half")) == 2
        assert len(store.sessions_of("a")) == 1
        assert store.prune(before=NOW) == Pruned()

    def test_a_run_of_which_somebody_was_not_told_long_ago_is_not_forgotten(self, store: Store) -> None:
        store.save(a_school())
        runs = ("arrived", "late", "waits", "given up", "given up late")
        with store.transaction("maths") as transaction:
            transaction.record(*(an_entry(run_id, at=NOW - HOUR) for run_id in runs), an_entry("young"))
        tell(store, a_notice(run_id="young"))
        for run_id in runs:
            tell(store, a_notice(run_id=run_id), a_notice(run_id=run_id, to=_AMINA))
        for digest in store.claim(now=NOW - HOUR, until=NOW):
            match digest.run_id, digest.recipient:
                case ("arrived", _) | ("late", Recipient("tutor")):
                    store.delivered(digest, at=NOW - HOUR)
                case "late", _:
                    store.delivered(digest, at=NOW)
                case "given up", _:
                    store.give_up(digest, at=NOW - HOUR)
                case "given up late", _:
                    store.give_up(digest, at=NOW)
                case _:
                    pass

        pruned = store.prune(before=NOW)

        assert pruned == Pruned(entries=2, notices=4, waiting=1)
        assert {run.id for run in store.runs()} == {"late", "waits", "given up late", "young"}
        with store.transaction("maths") as transaction:
            assert {each.run_id for each in transaction.told("maths")} == {"late", "waits", "given up late", "young"}
        assert {each.run_id for each in store.claim(now=NOW + HOUR, until=NOW + 2 * HOUR)} == {"waits", "young"}

    def test_messages_of_runs_without_entries_are_forgotten_once_they_arrived(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice(run_id="told"), a_notice(run_id="waits"))
        for digest in store.claim(now=NOW - HOUR, until=NOW - HOUR):
            if digest.run_id == "told":
                store.delivered(digest, at=NOW - HOUR)

        pruned = store.prune(before=NOW)

        assert pruned == Pruned(notices=1)
        assert [each.run_id for each in store.claim(now=NOW, until=NOW + HOUR)] == ["waits"]

    def test_the_last_runs_of_the_job_are_kept_however_old_they_are(self, store: Store) -> None:
        store.save(a_school())
        for night in range(KEPT_JOB_RUNS + 3):
            run = store.begin_job(now=NOW + night * HOUR, young=HOUR)
            store.end_job(run.id, outcome="done", at=NOW, counts={})

        some, more = store.prune(before=NOW + HOUR), store.prune(before=NOW + 100 * HOUR)

        assert (some, more) == (Pruned(job_runs=1), Pruned(job_runs=2))
        assert [run.id for run in store.job_runs(limit=99)] == [
            f"run-{number}" for number in range(KEPT_JOB_RUNS + 3, 3, -1)
        ]
        assert store.begin_job(now=NOW + 200 * HOUR, young=HOUR).id == f"run-{KEPT_JOB_RUNS + 4}"

    # Many series at once

    def test_many_series_are_written_and_read_at_once(self, store: Store) -> None:
        ids = ("a", "b", "c")
        store.save(a_school(*map(a_course, ids)))
        sessions = {each: a_session(series_id=each) for each in ids}
        put(store, attrs.evolve(sessions["b"], notes="there already"))

        with store.transaction(*ids) as transaction:
            taken = transaction.insert(
                *(made_of(sessions[each], a_session("2026-09-14", series_id=each)) for each in ids)
            )
            transaction.hold("a", "c", run_id="before")
            transaction.record(*(an_entry("run", each) for each in ids), an_entry("another", "a"))
            coming = transaction.to_come("a", "b", now=NOW + WEEK)
            entries = transaction.entries("run", "b", "a")
            standing = transaction.standing("b", "c", "a")

        assert taken == {"b/mon/2026-09-07"}
        assert sorted(each.id for each in coming) == ["a/mon/2026-09-14", "b/mon/2026-09-14"]
        assert entries == [an_entry("run", "a"), an_entry("run", "b")]
        assert {each: it.held_by for each, it in standing.items()} == {"a": "before", "b": None, "c": "before"}
        assert [len(store.sessions_of(each)) for each in ids] == [2, 2, 2]
        assert store.sessions_of("b")[0].notes == "there already"

    def test_many_sessions_of_every_shape_come_back_as_they_were(self, store: Store) -> None:
        store.save(a_school())
        texts = [each for each in ODD_TEXTS if len(each) < 100] + ["\\N", "\\.", "\\t", "\t", "a\tb", "\\", ",", '"']
        shapes = (
            a_loose_session("x"),
            a_whole_session(slot_id=None, occurs_on=None),
            a_loose_session("x", price=None, tutor_id=None, starts_at=NOW + timedelta(microseconds=1)),
        )
        sessions = [
            attrs.evolve(
                shapes[number % 3],
                id=f"{number:03}",
                notes=texts[number % len(texts)],
                meeting_url=texts[number % len(texts)] if number % 2 else None,
                starts_at=shapes[number % 3].starts_at - timedelta(days=number),
            )
            for number in range(250)
        ]

        put(store, *sessions)

        assert sorted(store.sessions_of("maths"), key=attrgetter("id")) == sessions
        assert store.snapshot(now=NOW - 300 * timedelta(days=1)).sessions == tuple(sessions)

    def test_entries_that_are_recorded_again_at_once_are_replaced(self, store: Store) -> None:
        ids = ("a", "b", "c")
        store.save(a_school(*map(a_course, ids)))
        entries = [an_entry("run", each, nth=nth) for each in ids for nth in (1, 2)]
        undone = [attrs.evolve(each, undone_at=NOW, undone_by="zoe") for each in entries[1:4]]
        with store.transaction(*ids) as transaction:
            transaction.record(*entries)
            transaction.record(*undone, an_entry("another", "c"))

        assert store.entries("run") == [entries[0], *undone, *entries[4:]]
        assert store.entries("another") == [an_entry("another", "c")]

    def test_what_was_told_of_many_series_is_asked_and_taken_back_at_once(self, store: Store) -> None:
        ids = ("a", "b", "c", "d")
        store.save(a_school(*map(a_course, ids)))
        taken = [a_notice("a"), a_notice("b"), a_notice("b", nth=2), a_notice("d")]
        with store.transaction(*ids) as transaction:
            transaction.tell([*taken, a_notice("c", run_id="another")])
        (claimed,) = store.claim(now=NOW, until=NOW + HOUR, limit=1)
        with store.transaction(*ids) as transaction:
            transaction.tell([a_notice("c", to=_AMINA)])
            told = transaction.told("a", "b", "c")
            transaction.take_back(*(an_entry("run", each) for each in ids), an_entry("run", "b", nth=2))

        left = all_claimed(store, now=NOW + 2 * HOUR)
        assert claimed.notices == tuple(taken)
        assert told == taken[:3]
        assert [(each.run_id, len(each.notices)) for each in left] == [("run", 4), ("another", 1)]

    def test_what_an_undoing_looks_at_is_not_taken_by_a_worker_meanwhile(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice(), a_notice(to=_AMINA))
        taken: list[Digest] = []

        def claim() -> None:
            taken.extend(store.claim(now=NOW, until=NOW + HOUR))

        worker = threading.Thread(target=claim)
        with store.transaction("maths") as transaction:
            assert transaction.told("maths") == []
            worker.start()
            worker.join(0.2)
            transaction.take_back(an_entry())
        worker.join()

        assert taken == []

    # The job

    def test_active_series_are_to_be_visited_by_id_until_they_were(self, store: Store) -> None:
        ids = ["b", "a", "c", "d"]
        school = a_school(*map(a_course, ids), a_course("draft", status="DRAFT"), a_course("ended", status="ENDED"))
        store.save(school)

        assert store.to_visit(a_round()) == ["a", "b", "c", "d"]
        assert store.to_visit(a_round(), after="a", limit=2) == ["b", "c"]
        visit(store, "b", "c")
        assert store.to_visit(a_round()) == ["a", "d"]

    def test_a_full_run_visits_each_series_once(self, store: Store) -> None:
        store.save(a_school(a_course("a"), a_course("b")))
        visit(store, "a", "b")

        visit(store, "a", run_id="run-2")

        assert store.to_visit(a_round(full=True)) == ["b"]
        assert store.to_visit(a_round("run-3", full=True)) == ["a", "b"]

    def test_a_run_visits_nothing_twice_whatever_happens_to_it(self, store: Store) -> None:
        store.save(a_school())
        visit(store, "maths", run_id="run-2")
        put(store, a_session())
        store.save(a_school(a_course(room_id="red")))

        assert store.to_visit(a_round()) == []
        assert store.to_visit(a_round("run-3")) == ["maths"]

    @pytest.mark.parametrize(
        ("more", "is_due"),
        [
            ({}, False),
            ({"now": NOW + WEEK}, True),
            ({"now": NOW + WEEK - timedelta(microseconds=1)}, False),
            ({"now": NOW - timedelta(microseconds=1)}, True),
            ({"basis": "c"}, True),
        ],
        ids=map(str, range(5)),
    )
    def test_a_series_is_due_by_time_and_basis(self, store: Store, more: dict[str, Any], is_due: bool) -> None:  # noqa: FBT001
        store.save(a_school())
        visit(store, "maths")

        assert store.to_visit(a_round(**more)) == ["maths"] * is_due

    def test_a_series_is_due_when_it_or_what_all_share_or_its_sessions_have_changed(self, store: Store) -> None:
        school = a_school(a_course("maths"), a_course("art"))
        store.save(school)
        put(store, a_session())
        steps: list[Callable[[], object]] = [
            lambda: store.save(school.with_series(a_course("maths", room_id="red"))),
            lambda: put(store, a_session("2026-09-14")),
            lambda: edit(store, "maths/mon/2026-09-14", notes="bring a ruler"),
            lambda: _remove(store, a_session()),
            lambda: _hold(store, "maths"),
        ]
        for number, step in enumerate(steps):
            visit(store, "maths", "art", run_id=f"run-{number}")
            assert store.to_visit(a_round(f"run-{number + 1}")) == []

            step()

            assert store.to_visit(a_round(f"run-{number + 1}")) == ["maths"]
        visit(store, "maths", "art", run_id="run-8")
        store.save(attrs.evolve(store.school(), tutors=["amina"]))
        assert store.to_visit(a_round("run-9")) == ["art", "maths"]

    def test_a_series_that_reacts_is_due_when_any_other_has_changed(self, store: Store) -> None:
        store.save(a_school(a_course("maths"), a_course("art")))
        put(store, a_session("2026-09-14", series_id="art"))
        steps: list[Callable[[], object]] = [
            lambda: put(store, a_session("2026-09-21", series_id="art")),
            lambda: edit(store, "art/mon/2026-09-14", notes="bring a ruler"),
            lambda: store.save(a_school(a_course("maths"), a_course("art", room_id="red"))),
            lambda: store.save(a_school(a_course("maths"), a_course("art", room_id="red"), a_course("zoology"))),
        ]
        for number, step in enumerate(steps):
            visit(store, "art", "zoology", run_id=f"run-{number}")
            visit(store, "maths", run_id=f"run-{number}", reacts=True)
            assert store.to_visit(a_round(f"run-{number + 1}")) == []

            step()

            assert "maths" in store.to_visit(a_round(f"run-{number + 1}"))

    def test_a_series_that_was_gone_and_comes_back_is_to_be_visited(self, store: Store) -> None:
        store.save(a_school())
        visit(store, "maths")
        store.save(School([]))
        assert store.to_visit(a_round()) == []

        store.save(a_school())

        assert store.to_visit(a_round()) == ["maths"]

    def test_nothing_is_known_any_more_of_a_series_that_was_gone_or_archived_and_comes_back(self, store: Store) -> None:
        def take_out() -> None:
            with store.transaction("maths") as transaction:
                transaction.archive("maths", at=NOW)

        ways: list[Callable[[], None]] = [lambda: store.save(School([])), take_out]
        for way in ways:
            store.save(a_school())
            visit(store, "maths", told=("x",))
            with store.transaction("maths") as transaction:
                transaction.put_last(a_round(), "maths")

            way()
            store.save(a_school())

            with store.transaction("maths") as transaction:
                assert transaction.footing(a_round(turn="any"), "maths")["maths"].told == ()
            assert store.to_visit(a_round()) == ["maths"]

    def test_what_is_put_last_is_left_to_the_end_of_the_run(self, store: Store) -> None:
        store.save(a_school(*map(a_course, "abc")))
        visit(store, "a", run_id="run-0", told=("x",))
        with store.transaction("a", "b") as transaction:
            transaction.put_last(a_round(), "a", "b")
            transaction.put_last(a_round())

        first, last, other = a_round(full=True), a_round(full=True, turn="last"), a_round("run-3", full=True)
        assert (store.to_visit(first), store.to_visit(last), store.to_visit(other)) == (["c"], [*"ab"], [*"abc"])
        assert store.to_visit(a_round(full=True, turn="any")) == [*"abc"]
        with store.transaction("a", "b") as transaction:
            assert transaction.footing(first, "a", "b") == {}
            assert set(transaction.footing(last, "a", "b")) == {"a", "b"}
        assert store.to_visit(a_round("run-3")) == ["b", "c"]
        visit(store, "a", run_id="run-2")
        assert (store.to_visit(first), store.to_visit(last)) == (["c"], ["b"])

    def test_what_reacts_has_its_turn_at_the_end_once_any_other_has_changed(self, store: Store) -> None:
        store.save(a_school(a_course("maths"), a_course("art"), a_course("chess")))
        visit(store, "art", "chess")
        visit(store, "maths", reacts=True)
        first, last = a_round(), a_round(turn="last")
        assert (store.to_visit(first), store.to_visit(last)) == ([], [])

        put(store, a_session(series_id="art"))
        visit(store, "art", run_id="run-2")
        put(store, a_session(series_id="chess"))

        assert store.to_visit(last) == ["maths"]
        with store.transaction("chess", "maths") as transaction:
            assert set(transaction.footing(last, "chess", "maths")) == {"maths"}
        visit(store, "maths", run_id="run-2", reacts=True)
        assert store.to_visit(last) == []
        assert store.to_visit(a_round("run-3")) == ["chess"]

    def test_a_run_that_is_finished_or_overtaken_has_nothing_more_to_visit(self, store: Store) -> None:
        store.save(a_school())
        run = store.begin_job(now=NOW, young=HOUR)
        wanted = a_round(run.id, full=True)
        assert store.to_visit(wanted) == ["maths"]

        store.end_job(run.id, outcome="budget", at=None, counts={})
        assert store.to_visit(wanted) == ["maths"]
        store.end_job(run.id, outcome="done", at=NOW, counts={})
        assert store.to_visit(wanted) == []

        later = store.begin_job(now=NOW, young=HOUR)
        wanted = a_round(later.id, full=True)
        assert store.to_visit(wanted) == ["maths"]
        store.begin_job(now=NOW + HOUR, young=HOUR)
        assert store.to_visit(wanted) == []
        with store.transaction("maths") as transaction:
            assert transaction.footing(wanted, "maths") == {}

    def test_series_share_who_takes_part_and_where(self, store: Store) -> None:
        alone: dict[str, Any] = {"assignments": (), "members": None}
        inside = attrs.evolve(a_course().slots[0], room_id="red")
        store.save(
            a_school(
                a_course("asked", room_id="blue", members=["kim", Member("lea", active=False)]),
                a_course("tutor", **(alone | {"assignments": round_robin("amina", "luc")})),
                a_course("member", **(alone | {"members": ["kim"]})),
                a_course("room", **(alone | {"room_id": "blue"})),
                a_course("slot", **(alone | {"slots": [attrs.evolve(inside, room_id="blue")]})),
                a_course("left", **(alone | {"members": ["lea"]})),
                a_course("other", slots=[inside], **(alone | {"members": ["amina"]})),
            )
        )

        found = store.sharing("asked")

        assert found == {"tutor", "member", "room", "slot"}
        assert (store.sharing("asked", "tutor"), store.sharing("nobody"), store.sharing()) == (
            found - {"tutor"},
            frozenset(),
            frozenset(),
        )
        with store.transaction("tutor", "new") as transaction:
            transaction.save_series(a_course("tutor", **alone))
            transaction.save_series(a_course("new", **(alone | {"members": ["kim"]})))
            assert transaction.sharing("asked") == {"member", "room", "slot", "new"}
            transaction.archive("new", at=NOW)
            assert transaction.sharing("asked") == {"member", "room", "slot"}
        store.save(a_school(a_course("asked")))
        assert store.sharing("asked") == frozenset()

    def test_the_state_of_all_series_tells_one_from_another(self, store: Store) -> None:
        store.save(a_school(a_course("a"), a_course("z")))
        with store.transaction() as transaction:
            before = transaction.state()

        store.save(a_school(a_course("b"), a_course("z")))

        with store.transaction() as transaction:
            assert transaction.state() != before

    def test_the_footing_of_a_series_says_how_it_stands(self, store: Store) -> None:
        store.save(a_school(a_course("maths"), a_course("art")))
        put(store, a_session(), a_session("2026-09-14"))
        visit(store, "maths", told=("x", "ü"), run_id="run-0")
        shared = store.begin_job(now=NOW, young=HOUR).revision
        with store.transaction("maths", "art", "nobody") as transaction:
            standing = transaction.standing("maths", "art")
            found = transaction.footing(a_round(full=True), "maths", "art", "nobody")

            assert found == {
                "art": Footing(standing["art"].revision, shared, 0, ()),
                "maths": Footing(standing["maths"].revision, shared, 2, ("x", "ü")),
            }
            assert transaction.footing(a_round("run-0"), "maths") == {}

    def test_a_visit_that_was_not_committed_was_none(self, store: Store) -> None:
        store.save(a_school())
        with pytest.raises(_WentWrongError), store.transaction("maths") as transaction:
            (footing,) = transaction.footing(a_round(), "maths").values()
            transaction.visited(
                Visit(
                    series_id="maths",
                    run_id="run-1",
                    at=NOW,
                    due_at=NOW + WEEK,
                    basis="b",
                    revision=footing.revision,
                    sessions=0,
                )
            )
            raise _WentWrongError

        assert store.to_visit(a_round()) == ["maths"]

    def test_a_run_begins_and_goes_on_until_it_is_finished_or_old(self, store: Store) -> None:
        store.save(a_school(a_course("maths"), a_course("art", status="DRAFT"), tutors=["amina"]))
        shared = attrs.evolve(store.school(), series=())
        first = store.begin_job(now=NOW, young=6 * HOUR)
        assert (first.id, first.now, first.active, first.attempt, first.outcome) == ("run-1", NOW, 1, 1, None)
        assert first.school == shared

        store.save(School([]))
        again = store.begin_job(now=NOW + 5 * HOUR, young=6 * HOUR)
        early = store.begin_job(now=NOW - 5 * HOUR, young=6 * HOUR)
        other = store.begin_job(now=NOW + 6 * HOUR, young=6 * HOUR)

        assert again == attrs.evolve(first, attempt=2)
        assert early == attrs.evolve(first, attempt=3)
        assert (other.id, other.school, other.active, other.now) == ("run-2", School([]), 0, NOW + 6 * HOUR)
        assert other.revision != first.revision
        assert [run.id for run in store.job_runs()] == ["run-2", "run-1"]
        assert store.job_runs(limit=1) == [other]
        assert store.job_runs()[1] == attrs.evolve(early, school=School([]))

    def test_what_all_series_shared_is_told_to_who_begins_a_run_and_to_nobody_else(self, store: Store) -> None:
        store.save(a_school(tutors=["amina"]))

        begun = store.begin_job(now=NOW, young=HOUR)
        ended = store.end_job(begun.id, outcome="budget", at=None, counts={})

        assert begun.school == attrs.evolve(store.school(), series=()) != School([])
        assert [run.school for run in (*store.job_runs(), ended)] == [School([])] * 2
        assert store.begin_job(now=NOW, young=HOUR).school == begun.school

    def test_a_run_ends_for_good_or_to_be_gone_on_with(self, store: Store) -> None:
        store.save(a_school())
        store.begin_job(now=NOW, young=6 * HOUR)

        store.end_job("run-1", outcome="budget", at=None, counts={"visited": 3, "created": 2})
        again = store.begin_job(now=NOW, young=6 * HOUR)
        store.end_job("run-1", outcome="done", at=NOW + HOUR, counts={"visited": 4}, told=("ü",))

        assert (again.attempt, again.outcome, again.counts) == (2, "budget", (("created", 2), ("visited", 3)))
        assert store.job_runs() == [
            attrs.evolve(
                again,
                school=School([]),
                outcome="done",
                finished_at=NOW + HOUR,
                counts=(("created", 2), ("visited", 7)),
                told=("ü",),
            )
        ]
        assert store.begin_job(now=NOW, young=6 * HOUR).id == "run-2"
        with pytest.raises(UnknownNameError, match="no run 'run-9'"):
            store.end_job("run-9", outcome="done", at=NOW, counts={})

    def test_a_run_that_is_finished_stays_so_whoever_comes_later(self, store: Store) -> None:
        store.save(a_school())
        run = store.begin_job(now=NOW, young=HOUR, full=True)
        store.end_job(run.id, outcome="done", at=NOW, counts={"created": 1}, told=("x",))

        late = store.end_job(run.id, outcome="budget", at=NOW + HOUR, counts={"created": 2}, told=())

        assert (late.outcome, late.finished_at, late.told, late.counts) == ("done", NOW, ("x",), (("created", 3),))

    def test_a_run_keeps_whether_it_is_full_and_what_the_one_before_has_told_of(self, store: Store) -> None:
        store.save(a_school())
        first = store.begin_job(now=NOW, young=HOUR, full=True)
        again = store.begin_job(now=NOW, young=HOUR)
        store.end_job(first.id, outcome=None, at=None, counts={}, told=("x", "y"))
        second = store.begin_job(now=NOW + HOUR, young=HOUR)
        kept = store.end_job(second.id, outcome="budget", at=None, counts={})

        assert (first.full, again.full, second.full) == (True, True, False)
        assert (first.told, second.told, kept.told) == ((), ("x", "y"), ("x", "y"))
        assert (store.job_runs()[1].outcome, kept.outcome) == (None, "budget")

    def test_workers_at_once_begin_one_run(self, store: Store) -> None:
        store.save(a_school())
        attempts: list[int] = []

        _at_once(lambda: attempts.append(store.begin_job(now=NOW, young=HOUR).attempt), workers=4)

        assert sorted(attempts) == [1, 2, 3, 4]

    def test_what_is_told_already_is_not_told_again(self, store: Store) -> None:
        store.save(a_school())
        issue = a_notice(to=Recipient("system", "system"), told=(Told("bad-pattern", "maths", 0, "öh"),))

        tell(store, issue, issue)

        (digest,) = all_claimed(store)
        assert digest.notices == (issue,)

    def test_nothing_may_be_asked_of_no_series(self, store: Store) -> None:
        store.save(a_school())

        with store.transaction() as transaction:
            assert (transaction.standing(), transaction.to_come(now=NOW), transaction.entries("run")) == ({}, [], [])
            assert (transaction.insert(), transaction.replace([])) == (frozenset(), frozenset())
            assert transaction.told() == []
            transaction.record()
            transaction.hold(run_id="run")
            transaction.take_back()
            transaction.tell([])

        assert (store.snapshot(now=NOW).held, store.entries("run")) == ((), [])

    # What people are told

    def test_a_recipient_gets_one_digest_a_run(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        maths, art, tutor = a_notice(), a_notice("art"), a_notice(to=_AMINA)
        another = a_notice(run_id="another")
        tell(store, maths, art, tutor, another)

        digests = all_claimed(store)

        assert digests == [
            digest_of([art, maths], attempt=1),
            digest_of([tutor], attempt=1),
            digest_of([another], attempt=1),
        ]

    def test_a_notice_is_read_as_it_was_written(self, store: Store) -> None:
        store.save(a_school())
        told = (Told("generated", "maths/mon/2026-09-14", 2), Told("moved", "äöü 😀 'x'", 1), Told("moved", "a", 3))
        tell(store, a_notice(nth=3, told=told, to=Recipient("tutor", "O'Brien")))

        (digest,) = all_claimed(store)

        assert digest.notices == (a_notice(nth=3, told=told, to=Recipient("tutor", "O'Brien")),)

    def test_what_is_claimed_is_left_to_whoever_did_until_the_lease_ends(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice())
        first = store.claim(now=NOW, until=NOW + HOUR)

        meanwhile = store.claim(now=NOW + HOUR - timedelta(microseconds=1), until=NOW + 2 * HOUR)
        afterwards = store.claim(now=NOW + HOUR, until=NOW + 2 * HOUR)

        assert first == [digest_of([a_notice()], attempt=1)]
        assert meanwhile == []
        assert afterwards == [digest_of([a_notice()], attempt=2)]

    def test_what_waits_to_be_claimed_is_counted(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        tell(store, a_notice(), a_notice(series_id="art"), a_notice(to=_AMINA), a_notice(run_id="another"))
        assert store.waiting(now=NOW) == 3

        (taken, *_) = store.claim(now=NOW, until=NOW + HOUR, limit=2)
        left = store.waiting(now=NOW), store.waiting(now=NOW + HOUR)
        store.delivered(taken, at=NOW)

        assert left == (1, 3)
        assert store.waiting(now=NOW + HOUR) == 2

    def test_what_is_told_later_of_the_same_run_is_a_digest_of_its_own(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        tell(store, a_notice())
        before = all_claimed(store)

        tell(store, a_notice("art"))

        later = all_claimed(store, now=NOW + HOUR)
        assert before == [digest_of([a_notice()], attempt=1)]
        assert later == [digest_of([a_notice()], attempt=2), digest_of([a_notice("art")], attempt=1)]

    def test_what_is_delivered_is_never_due_again(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice())
        (digest,) = all_claimed(store)

        store.delivered(digest, at=NOW)

        assert all_claimed(store, now=NOW + 52 * WEEK) == []

    def test_what_is_put_off_is_due_again_then(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice())
        (digest,) = all_claimed(store)

        store.put_off(digest, until=NOW + timedelta(minutes=1))

        assert all_claimed(store, now=NOW + timedelta(seconds=59)) == []
        assert all_claimed(store, now=NOW + timedelta(minutes=1)) == [digest_of([a_notice()], attempt=2)]

    def test_what_is_given_up_is_never_due_again(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice())
        (digest,) = all_claimed(store)

        store.give_up(digest, at=NOW)

        assert all_claimed(store, now=NOW + 52 * WEEK) == []

    def test_what_one_has_given_up_and_another_puts_off_is_due_again(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice())
        (slow,) = all_claimed(store)
        (fast,) = all_claimed(store, now=NOW + HOUR)
        store.give_up(fast, at=NOW)

        store.put_off(slow, until=NOW + 2 * HOUR)

        assert store.prune(before=NOW + HOUR) == Pruned()
        assert all_claimed(store, now=NOW + 2 * HOUR) == [digest_of([a_notice()], attempt=3)]

    def test_a_slow_worker_does_not_put_off_what_another_has_delivered(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice())
        (slow,) = all_claimed(store)
        (fast,) = all_claimed(store, now=NOW + HOUR)
        store.delivered(fast, at=NOW + HOUR)

        store.put_off(slow, until=NOW + 2 * HOUR)
        store.give_up(slow, at=NOW)
        store.delivered(slow, at=NOW)

        assert all_claimed(store, now=NOW + 52 * WEEK) == []
        assert (store.prune(before=NOW + HOUR), store.prune(before=NOW + 2 * HOUR)) == (Pruned(), Pruned(notices=1))

    def test_the_oldest_is_told_first_and_no_more_than_is_asked_for(self, store: Store) -> None:
        store.save(a_school())
        people = [Recipient("member", each) for each in ("zoe", "lea", "kim")]
        tell(store, *(a_notice(to=each) for each in people))

        first = store.claim(now=NOW, until=NOW + HOUR, limit=2)
        second = store.claim(now=NOW, until=NOW + HOUR, limit=2)

        assert [each.recipient.id for each in first] == ["zoe", "lea"]
        assert [each.recipient.id for each in second] == ["kim"]

    def test_workers_at_once_claim_everything_once(self, store: Store) -> None:
        store.save(a_school())
        tell(store, *(a_notice(to=Recipient("member", f"m{number}")) for number in range(12)))
        claimed: list[str] = []
        problems: list[BaseException] = []

        def claim() -> None:
            try:
                for _ in range(4):
                    claimed.extend(each.recipient.id for each in store.claim(now=NOW, until=NOW + HOUR, limit=2))
            except BaseException as error:  # noqa: BLE001 - to be raised by the test
                problems.append(error)

        _at_once(claim, workers=3)
        claimed += [each.recipient.id for each in all_claimed(store)]

        assert problems == []
        assert sorted(claimed) == sorted(f"m{number}" for number in range(12))

    def test_who_may_have_been_told_is_whose_notice_was_claimed(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice(), a_notice(to=_AMINA, told=(Told("assigned", "a", 1), Told("assigned", "b", 1))))
        with store.transaction("maths") as transaction:
            before = transaction.told("maths")
        store.claim(now=NOW, until=NOW + HOUR, limit=1)

        with store.transaction("maths", "art") as transaction:
            after = transaction.told("maths")
            others = transaction.told("art")

        assert (before, after, others) == ([], [a_notice()], [])

    def test_only_what_nobody_was_told_is_taken_back(self, store: Store) -> None:
        store.save(a_school())
        tell(store, a_notice(), a_notice(to=_AMINA), a_notice(nth=2), a_notice(run_id="another"))
        (told,) = store.claim(now=NOW, until=NOW + HOUR, limit=1)

        with store.transaction("maths") as transaction:
            transaction.take_back(an_entry())

        left = all_claimed(store, now=NOW + 2 * HOUR)
        assert told.notices == (a_notice(), a_notice(nth=2))
        assert [each.notices for each in left] == [told.notices, (a_notice(run_id="another"),)]

    # The archive

    def test_an_archived_series_is_no_longer_live_and_keeps_its_sessions(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        put(store, a_session())

        with store.transaction("maths") as transaction:
            transaction.archive("maths", at=NOW)

        assert store.archived("maths") == a_course()
        assert store.school() == a_school(a_course("art"))
        assert store.series_ids() == ["art"]
        assert store.sessions_of("maths") == [a_session()]
        assert (store.snapshot(now=NOW).school, store.snapshot(now=NOW).sessions) == (a_school(a_course("art")), ())
        with pytest.raises(UnknownNameError):
            store.snapshot(["maths"], now=NOW)

    def test_archived_series_are_walked_by_id(self, store: Store) -> None:
        store.save(School([a_course(id) for id in ("a", "b", "c", "d")]))
        for series_id in ("c", "a", "d"):
            with store.transaction(series_id) as transaction:
                transaction.archive(series_id, at=NOW)

        assert store.archived_ids() == ["a", "c", "d"]
        assert store.archived_ids(after="a", limit=1) == ["c"]
        assert store.series_ids() == ["b"]

    def test_the_ids_of_archived_sessions_stay_taken(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        put(store, a_loose_session("extra"))
        with store.transaction("maths") as transaction:
            transaction.archive("maths", at=NOW)

        with store.transaction("art") as transaction:
            taken = transaction.insert(made_of(a_loose_session("extra", series_id="art")))

        assert taken == {"extra"}

    @pytest.mark.parametrize("series_id", ["maths", "nobody"])
    def test_what_was_not_archived_is_not_in_the_archive(self, store: Store, series_id: str) -> None:
        store.save(a_school())

        with pytest.raises(UnknownNameError) as caught:
            store.archived(series_id)

        assert str(caught.value) == f"no archived series {series_id!r}"

    def test_an_archived_series_that_is_saved_again_is_live(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session())
        with store.transaction("maths") as transaction:
            transaction.archive("maths", at=NOW)

        store.save(a_school())

        assert store.snapshot(now=NOW).sessions == (a_session(),)
        with pytest.raises(UnknownNameError):
            store.archived("maths")

    # Plans

    def test_a_plan_is_applied_and_the_next_one_is_empty(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art", members=["max"], assignments=round_robin("luc"))))

        plan, outcome = applied(store)

        assert outcome == Applied(run_id=plan.id, series=("art", "maths"), created=4)
        assert store.sessions_of("maths") == [a_session(), a_session("2026-09-14")]
        assert store.snapshot(now=NOW).sessions == tuple(change.after for change in plan.changes)
        assert plan_of(store).changes == ()

    def test_a_plan_is_applied_once(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)
        before = store.snapshot(now=NOW)

        again = apply_plan(plan, store, now=NOW + HOUR)

        assert again == Applied(run_id=plan.id, already=("maths",))
        assert store.snapshot(now=NOW) == before
        assert len(store.entries(plan.id)) == 1
        assert [each.recipient for each in all_claimed(store)] == [_KIM, _AMINA]

    def test_a_plan_that_was_written_and_read_is_the_same_run(self, store: Store) -> None:
        store.save(a_school())
        plan = plan_of(store)
        copy = Plan.from_json(plan.to_json())

        outcomes = [apply_plan(each, store, now=NOW) for each in (copy, plan)]

        assert outcomes == [
            Applied(run_id=plan.id, series=("maths",), created=2),
            Applied(run_id=plan.id, already=("maths",)),
        ]

    def test_a_plan_moves_calls_off_and_brings_back(self, store: Store) -> None:
        trip = Cancellation.day("trip", None, "2026-09-14")
        store.save(a_school(a_course(cancellations=[trip])))
        put(store, a_session(), a_session("2026-09-14", status="CANCELLED", cause_id="old"), a_session("2026-09-21"))
        later = Slot("mon", days="MO", start="19:00", end="20:30")
        store.save(a_school(a_course(slots=[later], cancellations=[Cancellation.day("trip", None, "2026-09-21")])))

        plan, outcome = applied(store)

        kinds = {change.kind.value for change in plan.changes}
        assert kinds == {"UPDATE", "REINSTATE", "CANCEL"}
        assert outcome == Applied(run_id=plan.id, series=("maths",), updated=1, reinstated=1, cancelled=1)
        assert store.sessions_of("maths") == [change.after for change in plan.changes]
        (entry,) = store.entries(plan.id)
        assert (entry.made, entry.changed) == (None, tuple((each.before, each.after) for each in plan.changes))

    def test_a_series_that_has_changed_since_is_refused_and_the_others_are_not(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        plan = plan_of(store)
        store.save(a_school(a_course(room_id="blue"), a_course("art")))

        outcome = apply_plan(plan, store, now=NOW)

        assert outcome == Applied(
            run_id=plan.id,
            series=("art",),
            refused=(Refused("maths", ("room_id None → 'blue'",)),),
            created=2,
        )
        assert store.sessions_of("maths") == []

    def test_a_series_whose_sessions_have_changed_since_is_refused(self, store: Store) -> None:
        store.save(a_school())
        applied(store)
        store.save(a_school(a_course(room_id="blue"), base=Config(weeks_ahead=3)))
        plan = plan_of(store)
        edited = edit(store, "maths/mon/2026-09-14", notes="page 3")

        outcome = apply_plan(plan, store, now=NOW)

        reasons = tuple(f"session maths/mon/2026-09-14: {each}" for each in ("notes '' → 'page 3'", "version 1 → 2"))
        assert outcome.refused == (Refused("maths", reasons),)
        assert store.sessions_of("maths") == [a_session(), edited]

    def test_a_series_that_is_gone_is_refused(self, store: Store) -> None:
        store.save(a_school())
        plan = plan_of(store)
        store.save(a_school(a_course("art")))

        outcome = apply_plan(plan, store, now=NOW)

        assert outcome == Applied(run_id=plan.id, refused=(Refused("maths", ("the series is gone",)),))

    def test_an_edit_that_is_taken_back_is_no_change(self, store: Store) -> None:
        store.save(a_school())
        plan = plan_of(store)
        store.save(a_school(a_course(room_id="blue")))
        store.save(a_school())

        assert apply_plan(plan, store, now=NOW).created == 2

    def test_what_has_started_meanwhile_is_left_alone(self, store: Store) -> None:
        store.save(a_school())
        put(store, a_session())
        store.save(a_school(a_course(slots=[Slot("mon", days="MO", start="18:00", end="20:00")])))
        plan = plan_of(store)

        outcome = apply_plan(plan, store, now=NOW + 10 * HOUR)

        assert outcome == Applied(
            run_id=plan.id,
            series=("maths",),
            created=1,
            left_alone=(LeftAlone("maths/mon/2026-09-07", "it has started"),),
        )
        assert store.sessions_of("maths")[0] == a_session()

    def test_what_would_have_started_meanwhile_is_not_made(self, store: Store) -> None:
        store.save(a_school())
        plan = plan_of(store)

        outcome = apply_plan(plan, store, now=NOW + 10 * HOUR)

        left_alone = (LeftAlone("maths/mon/2026-09-07", "its time has passed"),)
        assert outcome == Applied(run_id=plan.id, series=("maths",), created=1, left_alone=left_alone)
        assert _ids(store.sessions_of("maths")) == ["maths/mon/2026-09-14"]

    def test_nothing_is_moved_to_a_time_that_has_passed(self, store: Store) -> None:
        store.save(a_school(a_course(slots=[Slot("mon", days="MO", start="12:00", end="13:30")])))
        put(store, a_session())
        plan = plan_of(store)

        outcome = apply_plan(plan, store, now=NOW + 4 * HOUR)

        assert outcome.left_alone == (LeftAlone("maths/mon/2026-09-07", "its new time has passed"),)
        assert store.sessions_of("maths")[0] == a_session()

    def test_an_occurrence_that_has_a_session_already_gets_no_second_one(self, store: Store) -> None:
        store.save(a_school())
        plan = plan_of(store)
        held_early = a_session(starts_at=NOW - 2 * HOUR, ends_at=NOW - HOUR, id="held early")
        put(store, held_early)

        outcome = apply_plan(plan, store, now=NOW)

        left_alone = (LeftAlone("maths/mon/2026-09-07", "there is one already"),)
        assert outcome == Applied(run_id=plan.id, series=("maths",), created=1, left_alone=left_alone)
        assert store.sessions_of("maths") == [held_early, a_session("2026-09-14")]

    def test_a_draft_becomes_active_with_its_first_sessions(self, store: Store) -> None:
        store.save(a_school(a_course(status="DRAFT", request_id="q1")))
        plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])
        seen: list[tuple[Series, int]] = []

        def on_activate(transaction: Transaction, series: Series) -> None:
            seen.append((series, len(transaction.to_come(series.id, now=NOW))))

        outcome = apply_plan(plan, store, now=NOW, on_activate=on_activate)

        active = a_course(status="ACTIVE", request_id="q1")
        assert outcome == Applied(run_id=plan.id, series=("maths",), activated=("maths",), created=2)
        assert store.school() == a_school(active)
        assert seen == [(active, 2)]
        assert apply_plan(plan, store, now=NOW, on_activate=on_activate).already == ("maths",)

    def test_a_draft_stays_one_if_the_host_can_not_go_along(self, store: Store) -> None:
        store.save(a_school(a_course(status="DRAFT")))
        plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])

        def on_activate(*_: object) -> None:
            raise _WentWrongError

        with pytest.raises(_WentWrongError):
            apply_plan(plan, store, now=NOW, on_activate=on_activate)

        assert store.school() == a_school(a_course(status="DRAFT"))
        assert store.sessions_of("maths") == []
        assert (store.entries(plan.id), all_claimed(store)) == ([], [])

    def test_a_plan_that_does_too_much_is_not_applied_unless_told_to(self, store: Store) -> None:
        rules = Config(weeks_ahead=2, max_changes=1)
        store.save(a_school(base=rules))
        applied(store)
        store.save(a_school(a_course(slots=()), base=rules))
        plan = plan_of(store)

        with pytest.raises(BrakedError):
            apply_plan(plan, store, now=NOW)
        before = store.sessions_of("maths")
        outcome = apply_plan(plan, store, now=NOW, brake=False)

        assert before == [a_session(), a_session("2026-09-14")]
        assert outcome == Applied(run_id=plan.id, series=("maths",), cancelled=2)

    def test_nobody_is_told_if_nobody_shall_be(self, store: Store) -> None:
        store.save(a_school())

        applied(store, notify=False)

        assert len(store.sessions_of("maths")) == 2
        assert all_claimed(store) == []

    def test_workers_at_once_apply_a_plan_once(self, store: Store) -> None:
        store.save(a_school(*(a_course(f"c{number}") for number in range(5))))
        plan = plan_of(store)
        outcomes: list[Applied] = []
        problems: list[BaseException] = []

        def work() -> None:
            try:
                outcomes.append(apply_plan(plan, store, now=NOW))
            except BaseException as error:  # noqa: BLE001 - to be raised by the test
                problems.append(error)

        _at_once(work, workers=4)

        assert problems == []
        assert sum(outcome.created for outcome in outcomes) == 10
        assert sorted(each for outcome in outcomes for each in outcome.series) == [f"c{n}" for n in range(5)]
        assert len(store.entries(plan.id)) == 5
        assert plan_of(store).changes == ()

    # Undoing

    def test_an_undone_run_leaves_nothing_of_what_it_made(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)

        undone = undo_run(plan.id, store, now=NOW + HOUR, actor=_ZOE)

        assert undone == Undone(run_id=plan.id, series=("maths",), removed=2, sessions=both_of("removed"))
        assert store.sessions_of("maths") == []
        assert all_claimed(store) == []
        (entry,) = store.entries(plan.id)
        assert (entry.undone_at, entry.undone_by) == (NOW + HOUR, "zoe")

    def test_an_undone_run_leaves_what_it_changed_as_it_was(self, store: Store) -> None:
        store.save(a_school())
        were = [a_session(notes="mine"), a_session("2026-09-14", version=4)]
        put(store, *were)
        trip = Cancellation.day("trip", None, "2026-09-14")
        slot = Slot("mon", days="MO", start="19:00", end="20:30")
        store.save(a_school(a_course(slots=[slot], cancellations=[trip])))
        plan, _ = applied(store)

        undone = undo_run(plan.id, store, now=NOW + HOUR, actor=_ZOE)

        said: dict[str, Any] = {"updated_by": "zoe", "updated_at": NOW + HOUR}
        assert undone == Undone(run_id=plan.id, series=("maths",), restored=2, sessions=both_of("restored"))
        assert store.sessions_of("maths") == [attrs.evolve(each, version=each.version + 2, **said) for each in were]

    def test_sessions_that_somebody_was_told_of_are_called_off_when_undone(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)
        messages_of(store)

        undone = undo_run(plan.id, store, now=NOW + HOUR, actor=_ZOE)

        off: dict[str, Any] = {
            "status": "CANCELLED",
            "cause_id": "undone",
            "cancellation_reason": "the run that made it was undone",
            "version": 2,
            "updated_by": "zoe",
            "updated_at": NOW + HOUR,
        }
        assert undone == Undone(run_id=plan.id, series=("maths",), cancelled=2, sessions=both_of("cancelled"))
        assert store.sessions_of("maths") == [a_session(**off), a_session("2026-09-14", **off)]
        told = [
            (each.recipient, [(line.kind, line.session_id) for line in each.lines]) for each in messages_of(store)[1]
        ]
        both = [("cancelled", "maths/mon/2026-09-07"), ("cancelled", "maths/mon/2026-09-14")]
        assert told == [(_KIM, both), (_AMINA, both)]

    def test_an_undoing_that_is_only_tried_writes_nothing_and_says_what_a_real_one_does(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art", status=SeriesStatus.DRAFT)))
        put(store, a_session(room_id="red", tutor_id=None))
        plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths", "art"])
        apply_plan(plan, store, now=NOW)
        messages_of(store)
        before = (store.snapshot(now=NOW), store.runs())

        tried = undo_run(plan.id, store, now=NOW, dry_run=True)

        assert (store.snapshot(now=NOW), store.runs()) == before
        assert messages_of(store)[1] == []
        assert undo_run(plan.id, store, now=NOW) == tried
        assert (tried.drafts, tried.cancelled, tried.restored) == (("art",), 3, 1)

    def test_what_is_only_tried_leaves_sessions_and_series_as_they_are(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art", ends_on="2026-09-10")))
        applied(store)
        messages_of(store)
        before = (store.snapshot(now=NOW), store.runs())

        off = call_off_session("maths/mon/2026-09-07", store, now=NOW, reason="ill", dry_run=True)
        ended = end_series("art", store, now=NOW + WEEK, dry_run=True)

        assert ((store.snapshot(now=NOW), store.runs()), messages_of(store)[1]) == (before, [])
        assert call_off_session("maths/mon/2026-09-07", store, now=NOW, reason="ill") == off
        assert end_series("art", store, now=NOW + WEEK) == ended

    def test_a_run_is_undone_once(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)
        undo_run(plan.id, store, now=NOW)
        before = store.snapshot(now=NOW)

        again = undo_run(plan.id, store, now=NOW + HOUR)

        assert again == Undone(run_id=plan.id, already=("maths",))
        assert store.snapshot(now=NOW) == before

    def test_a_run_that_nobody_knows_can_not_be_undone(self, store: Store) -> None:
        store.save(a_school())

        with pytest.raises(UnknownNameError) as caught:
            undo_run("nobody's", store, now=NOW)

        assert str(caught.value) == 'no run "nobody\'s"'

    def test_what_has_changed_since_can_not_be_undone(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        plan, _ = applied(store)
        edited = edit(store, "maths/mon/2026-09-14", notes="page 3", room_id="blue")

        undone = undo_run(plan.id, store, now=NOW)

        reason = "maths/mon/2026-09-14 has changed since: room_id, notes"
        assert undone == Undone(
            run_id=plan.id,
            series=("art",),
            refused=(Refused("maths", (reason,)),),
            removed=2,
            sessions=both_of("removed", "art"),
        )
        assert store.sessions_of("maths") == [a_session(), edited]
        assert store.snapshot(now=NOW).held == ("art",)

    def test_what_has_started_or_is_gone_can_not_be_undone(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)
        with store.transaction("maths") as transaction:
            transaction.delete([a_session("2026-09-14")])

        undone = undo_run(plan.id, store, now=NOW + 8 * HOUR)

        reasons = ("maths/mon/2026-09-07 has started", "maths/mon/2026-09-14 is gone")
        assert undone == Undone(run_id=plan.id, refused=(Refused("maths", reasons),))

    def test_a_lesson_is_not_put_back_to_a_time_that_has_passed(self, store: Store) -> None:
        store.save(a_school(a_course(cancellations=[Cancellation.day("trip", None, "2026-09-07")])))
        put(store, a_session())
        plan, _ = applied(store)

        undone = undo_run(plan.id, store, now=NOW + 9 * HOUR)

        reason = "maths/mon/2026-09-07 would be back at a time that has passed"
        assert undone.refused == (Refused("maths", (reason,)),)

    def test_a_run_of_a_series_that_is_gone_can_not_be_undone(self, store: Store) -> None:
        store.save(a_school(a_course(), a_course("art")))
        plan, _ = applied(store)
        messages_of(store)
        store.save(a_school(a_course("art")))

        undone = undo_run(plan.id, store, now=NOW)

        assert undone == Undone(
            run_id=plan.id,
            series=("art",),
            refused=(Refused("maths", ("the series is gone",)),),
            cancelled=2,
            sessions=both_of("cancelled", "art"),
        )

    def test_a_series_of_an_undone_run_is_held_until_it_is_released(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)
        undo_run(plan.id, store, now=NOW)

        held = plan_of(store)
        refused = apply_plan(plan_sessions(a_school(), now=NOW), store, now=NOW)
        release_series("maths", store)

        assert (held.changes, [issue.code for issue in held.issues]) == ((), ["held"])
        reason = f"held since run {plan.id[:12]} was undone; edit it or release it"
        assert refused.refused == (Refused("maths", (reason,)),)
        assert plan_of(store).summary() == "Plan: 2 to create."

    def test_an_undone_plan_may_be_applied_again_once_its_series_is_released(self, store: Store) -> None:
        store.save(a_school())
        plan, _ = applied(store)
        undo_run(plan.id, store, now=NOW)
        release_series("maths", store)

        again = apply_plan(plan, store, now=NOW)

        assert again == Applied(run_id=plan.id, series=("maths",), created=2)
        assert [(each.nth, each.undone_at) for each in store.entries(plan.id)] == [(1, NOW), (2, None)]
        assert undo_run(plan.id, store, now=NOW).removed == 2

    def test_undoing_the_activation_of_a_draft_makes_it_a_draft_again(self, store: Store) -> None:
        store.save(a_school(a_course(status=SeriesStatus.DRAFT)))
        plan = plan_sessions(store.snapshot(now=NOW), now=NOW, only=["maths"])
        apply_plan(plan, store, now=NOW)

        undo_run(plan.id, store, now=NOW)

        assert store.school() == a_school(a_course(status=SeriesStatus.DRAFT))
        assert store.snapshot(now=NOW).held == ("maths",)

    def test_runs_are_undone_one_after_the_other(self, store: Store) -> None:
        store.save(a_school())
        first, _ = applied(store)
        store.save(a_school(a_course(slots=[Slot("mon", days="MO", start="19:00", end="20:30")])))
        second, _ = applied(store)

        early = undo_run(first.id, store, now=NOW)
        undo_run(second.id, store, now=NOW)
        late = undo_run(first.id, store, now=NOW)

        assert [each.series_id for each in early.refused] == ["maths"]
        assert (late.removed, store.sessions_of("maths")) == (2, [])

    def test_a_series_that_nobody_knows_can_not_be_released(self, store: Store) -> None:
        with pytest.raises(UnknownNameError):
            release_series("nobody", store)

    # The end of a series, and deliveries

    def test_a_series_that_is_over_is_archived_with_its_members(self, store: Store) -> None:
        over = a_course(ends_on="2026-09-13", members=["kim", "lea"])
        store.save(a_school(over))
        put(store, a_session())

        ended = end_series("maths", store, now=NOW + WEEK)

        assert (ended, store.archived("maths")) == (over, over)
        assert (store.series_ids(), store.sessions_of("maths")) == ([], [a_session()])
        with pytest.raises(UnknownNameError):
            end_series("maths", store, now=NOW + WEEK)

    def test_a_message_arrives_once(self, store: Store) -> None:
        store.save(a_school(tutors=[Tutor("amina", name="Amina", timezone="Asia/Tokyo")]))
        plan, _ = applied(store)

        delivered, messages = messages_of(store)

        assert delivered == Delivered(arrived=2)
        assert [(each.recipient, each.name, each.timezone) for each in messages] == [
            (_KIM, "kim", None),
            (_AMINA, "Amina", "Asia/Tokyo"),
        ]
        assert [line.session for line in messages[0].lines] == [change.after for change in plan.changes]
        assert messages_of(store, now=NOW + WEEK) == (Delivered(), [])

    def test_a_message_that_could_not_be_delivered_comes_again_under_the_same_key(self, store: Store) -> None:
        store.save(a_school(a_course(assignments=())))
        applied(store)
        keys: list[str] = []

        def fails_once(message: Message) -> None:
            keys.append(message.key)
            if len(keys) == 1:
                raise _WentWrongError

        notifier = CallbackNotifier(fails_once)
        outcomes = [deliver(store, notifier, now=NOW + timedelta(seconds=each)) for each in (0, 59, 60, 61)]

        assert outcomes == [
            Delivered(put_off=1, errors=("member kim: _WentWrongError",)),
            Delivered(),
            Delivered(arrived=1),
            Delivered(),
        ]
        assert len(set(keys)) == 1


def _at_once(work: Any, *, workers: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_one_order(snapshot: Snapshot) -> Snapshot:
    """A snapshot to compare with another store's: in one order, and without revisions, which are each store's own."""
    sessions = sorted(snapshot.sessions, key=attrgetter("id"))
    return attrs.evolve(
        snapshot, sessions=sessions, revision="", revisions=[(each, "") for each, _ in snapshot.revisions]
    )
