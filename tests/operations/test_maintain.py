"""The job: what it visits and what it leaves alone, how it stops and goes on, and what it tells."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import attrs
import pytest

from recurly_sessions import Cancellation, Config, Series, Session, Slot, Tutor, apply_plan
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError, NotSwitchedOnError, StoreUnavailableError
from recurly_sessions.operations.deliver import CallbackNotifier, Message, deliver
from recurly_sessions.operations.generate import generate
from recurly_sessions.operations.maintain import maintain
from recurly_sessions.operations.progress import Progress
from recurly_sessions.operations.reports import Alert, Failure, Report, Thresholds
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.patterns import Turn, from_stored
from recurly_sessions.store import SYSTEM_RECIPIENT, JobRun, Store, Transaction
from recurly_sessions.testing.store_contract import HOUR, NOW, WEEK, a_course, a_school, a_session, edit, put
from recurly_sessions.values.assignment import Assignment, round_robin

DAY = timedelta(days=1)
T = TypeVar("T")


def some_courses(count: int = 5, **more: Any) -> list[Series]:
    """Courses that share nobody."""
    return [
        a_course(f"c{number}", **({"assignments": round_robin(f"tutor-{number}"), "members": None} | more))
        for number in range(count)
    ]


def a_store(*series: Series, **more: Any) -> MemoryStore:
    return MemoryStore(a_school(*(series or some_courses()), **more))


def facts(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record)["facts"] for record in caplog.records]


def run(store: Store, **more: Any) -> Report:
    said: dict[str, Any] = {"now": NOW, "switched_on": True, "batch": 2}
    return maintain(store, **(said | more))


def sessions(store: Store) -> dict[str, list[Session]]:
    return {series_id: store.sessions_of(series_id) for series_id in store.series_ids()}


class Clock:
    """A clock on which a second passes whenever it's looked at."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def seconds(self) -> float:
        self.now += 1
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def retry(self, work: Callable[[], T], *, waiting: Callable[[float, BaseException], object]) -> T:
        for _ in range(3):
            try:
                return work()
            except StoreUnavailableError as error:
                waiting(1, error)
                self.sleep(1)
        return work()


class DiedError(BaseException):
    """A process that is killed."""


def after(turns: int, do: Callable[[], object]) -> Callable[[], bool]:
    """A switch that does something when it has been asked so often, and never stops a run."""
    asked = iter(range(1, 1_000))

    def stop() -> bool:
        if next(asked) == turns + 1:
            do()
        return False

    return stop


def die() -> None:
    raise DiedError


# The window


@pytest.mark.requirement("SVC-4")
def test_the_calendars_of_all_active_series_are_kept_for_their_weeks_ahead() -> None:
    store = a_store(*some_courses(3), a_course("draft", status="DRAFT"), a_course("ended", status="ENDED"))

    first = run(store)
    nights = [run(store, now=NOW + night * DAY) for night in range(1, 15)]

    assert first.summary() == "Run run-1: 6 created. Series: 3 visited."
    assert [night.created for night in nights] == [3, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
    assert {series_id: len(own) for series_id, own in sessions(store).items()} == {
        "c0": 4,
        "c1": 4,
        "c2": 4,
        "draft": 0,
        "ended": 0,
    }


def test_a_series_that_does_not_generate_by_itself_is_left_alone() -> None:
    store = a_store(a_course("own", config=Config(auto_generate=False)), a_course("other"))

    report = run(store)

    assert (report.visited, report.created) == (2, 2)
    assert store.sessions_of("own") == []
    assert run(store, now=NOW + DAY / 2).visited == 1


# The end of a series


@pytest.mark.requirement("FR-004", "FR-008")
def test_a_series_whose_last_day_has_passed_goes_to_the_archive_that_night() -> None:
    over = a_course("over", ends_on="2026-09-14", members=["kim"])
    store = a_store(over, a_course("other"))

    nights = [run(store, now=f"2026-09-{day}T02:00Z") for day in ("13", "14", "15", "16")]

    assert [night.archived for night in nights] == [0, 0, 1, 0]
    assert nights[2].summary() == "Run run-3: 1 created. Series: 2 visited, 1 archived."
    assert store.series_ids() == ["other"]
    assert store.archived("over") == over
    assert [each.id for each in store.sessions_of("over")] == ["over/mon/2026-09-14"]


@pytest.mark.parametrize(("at", "is_over"), [("2026-09-14T21:59Z", False), ("2026-09-14T22:00Z", True)])
def test_a_series_is_over_when_its_last_day_has_passed_where_it_takes_place(at: str, is_over: bool) -> None:
    store = a_store(a_course(ends_on="2026-09-14"))
    run(store, now="2026-09-14T12:00Z")

    assert run(store, now=at).archived == is_over


def test_a_series_with_a_lesson_to_come_goes_to_the_archive_when_that_is_over() -> None:
    store = a_store(a_course(ends_on="2026-09-14"))
    late = a_session("2026-09-14", starts_at="2026-09-20T16:00Z", ends_at="2026-09-20T17:30Z", pinned=["starts_at"])
    put(store, late)

    nights = [run(store, now=at) for at in ("2026-09-15T02:00Z", "2026-09-20T17:00Z", "2026-09-20T17:30Z")]

    assert [(night.visited, night.archived) for night in nights] == [(1, 0), (0, 0), (1, 1)]
    assert store.sessions_of("maths") == [late]


def test_a_series_that_is_over_is_first_put_right_and_archived_in_the_next_run() -> None:
    store = a_store(a_course(ends_on="2026-10-31"))
    run(store, now="2026-09-20T02:00Z")
    store.save(a_school(a_course(ends_on="2026-09-14")))

    first, second = (run(store, now=f"2026-09-20T0{hour}:00Z") for hour in (3, 4))

    assert (first.cancelled, first.archived, second.archived) == (2, 0, 1)


def test_a_series_that_does_not_generate_by_itself_is_archived_too() -> None:
    store = a_store(a_course(ends_on="2026-09-14", config=Config(auto_generate=False)))
    run(store, now="2026-09-13T02:00Z")

    assert run(store, now="2026-09-15T02:00Z").archived == 1


def test_a_series_that_is_held_or_can_not_be_planned_is_not_archived() -> None:
    bad = Assignment("bad", tutor_id="amina", pattern=Broken())
    wrong, held = a_course("wrong", ends_on="2026-09-14", assignments=[bad]), a_course("held", ends_on="2026-09-14")
    store = a_store(wrong, held)
    undo_run(run(store, now="2026-09-13T02:00Z").run_id, store, now="2026-09-13T03:00Z")

    assert run(store, now="2026-09-15T02:00Z").archived == 0
    release_series("held", store)
    assert run(store, now="2026-09-15T03:00Z").archived == 1
    assert store.series_ids() == ["wrong"]


def test_series_that_are_over_stay_where_they_are_if_that_is_asked_for() -> None:
    store = a_store(a_course(ends_on="2026-09-14"))

    kept = run(store, now="2026-09-15T02:00Z", archive=False)
    generated = generate(store, now="2026-09-15T02:00Z", switched_on=True)

    assert (kept.archived, generated.archived) == (0, 0)
    assert run(store, now="2026-09-15T03:00Z").archived == 1


def test_what_is_as_it_should_be_is_skipped_and_full_visits_all() -> None:
    store = a_store()
    run(store)

    again, whole = run(store), run(store, full=True)

    assert (again.visited, again.skipped) == (0, 5)
    assert (whole.visited, whole.skipped, whole.created) == (5, 0, 0)
    assert str(again) == "Run run-2: nothing to do. Series: 5 skipped."


def test_only_what_has_changed_is_visited() -> None:
    store = a_store()
    run(store)
    edit(store, "c3/mon/2026-09-14", notes="bring a ruler")
    school = store.school()
    store.save(
        school.with_series(attrs.evolve(school.one("c1"), slots=[Slot("tue", days="TU", start="9:00", end="10:00")]))
    )

    report = run(store)

    assert (report.visited, report.created, report.cancelled) == (2, 2, 2)


def test_another_edition_of_the_hosts_patterns_visits_all() -> None:
    store = a_store()
    run(store, edition="1")

    assert (run(store, edition="1").visited, run(store, edition="2").visited) == (0, 5)


# Safeguards


@pytest.mark.requirement("FR-006")
@pytest.mark.parametrize("switched_on", [False, None, 0, "yes"])
def test_nothing_is_done_unless_it_is_switched_on(switched_on: Any) -> None:
    store = a_store()

    with pytest.raises(NotSwitchedOnError) as refused:
        maintain(store, now=NOW, switched_on=switched_on)

    assert str(refused.value) == (
        "generation is not switched on, so nothing was done; say switched_on=True where it's meant to run"
    )
    assert (sessions(store)["c0"], store.job_runs()) == ([], [])


@pytest.mark.requirement("ROLL-1", "ROLL-2")
def test_it_is_switched_off_between_batches_and_keeps_every_session() -> None:
    store = a_store()
    answers = iter([False, False, True])

    report = run(store, stop=lambda: next(answers))

    assert (report.stopped, report.visited, report.created, report.is_finished) == ("switched off", 4, 8, False)
    before = sessions(store)
    assert run(store, stop=lambda: True).summary() == "Run run-1: nothing to do. Stopped: switched off."
    assert sessions(store) == before
    assert run(store).visited == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"batch": 0}, "maintain: batch must be 1 to 10000 series, got 0"),
        ({"pause": -1}, "maintain: pause must be so many seconds, or 0, got -1"),
        ({"budget": 0, "clock": Clock()}, "maintain: budget must be so many seconds, or None, got 0"),
        (
            {"pause": 1},
            "maintain: clock must be there to wait or to keep to a budget, got None; "
            "give it clock=MachineClock() from recurly_sessions.adapters.machine",
        ),
        ({"now": "never"}, "maintain: now must"),
    ],
)
def test_what_may_not_be_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        run(a_store(), **more)

    assert str(refused.value).startswith(message)


@pytest.mark.requirement("RL-3")
def test_it_is_throttled_by_batch_size_pause_and_budget() -> None:
    store, clock = a_store(), Clock()

    report = run(store, clock=clock, pause=0.25, budget=4.0)

    assert (report.stopped, report.visited, clock.slept) == ("budget", 4, [0.25])
    assert report.seconds is not None
    rest = run(store, clock=Clock(), batch=1)
    assert (rest.resumed, rest.stopped, rest.visited) == (True, "done", 1)


@pytest.mark.requirement("RL-3", "ROLL-1")
def test_it_is_switched_off_while_it_pauses() -> None:
    store, clock = a_store(), Clock()

    report = run(store, clock=clock, pause=60, stop=lambda: bool(clock.slept))

    assert (report.stopped, report.visited, clock.slept) == ("switched off", 2, [60])


# How far it is


def test_how_far_it_is_is_told_after_each_batch() -> None:
    store = a_store()
    told: list[Progress] = []
    run(store, stop=iter([False, True]).__next__)

    run(store, on_progress=told.append)
    run(store, on_progress=told.append)

    assert told == [("visiting", 0, 3), ("visiting", 2, 3), ("visiting", 3, 3), ("visiting", 0, 0)]


def test_series_that_fail_or_come_last_are_told_of_as_often_as_others() -> None:
    broken = a_course("b", starts_on="1900-01-01", slots=[Slot("odd", rrule="FREQ=DAILY", start="18:00", end="19:30")])
    reacting = a_course("a", config=Config(on_tutor_busy="skip"))
    store = a_store(reacting, broken, a_course("c", assignments=round_robin("luc")))
    told: list[Progress] = []

    run(store, batch=1, on_progress=told.append)

    assert [each.done for each in told] == [0, 0, 1, 2, 3]
    assert {each.total for each in told} == {3}


def test_who_was_put_last_before_an_interruption_is_told_of_too() -> None:
    store = a_store(a_course("a", config=Config(on_tutor_busy="skip")), a_course("c", assignments=round_robin("luc")))
    told: list[Progress] = []
    run(store, batch=1, stop=iter([False, True]).__next__)

    run(store, batch=1, on_progress=told.append)

    assert told == [("visiting", done, 2) for done in (0, 1, 2)]


def test_series_that_are_edited_during_a_run_are_told_of_too() -> None:
    store = a_store()
    run(store)
    without_slots(store, "c0")
    told: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        if not told:
            without_slots(store, "c3", "c4")
        told.append(progress)

    run(store, on_progress=on_progress)

    assert told == [("visiting", 0, 1), ("visiting", 2, 2), ("visiting", 3, 3)]


def test_where_the_brake_looks_ahead_that_is_told_too() -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=4))
    told: list[Progress] = []

    run(store, on_progress=told.append)

    assert told == [
        *(("looking ahead", done, 5) for done in (0, 2, 4, 5)),
        *(("visiting", done, 5) for done in (0, 2, 4, 5)),
    ]


def test_who_watches_and_fails_is_told_no_more_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    store = a_store()
    told: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        told.append(progress)
        if progress.done:
            raise LookupError("no screen")

    with caplog.at_level(logging.ERROR, "recurly_sessions"):
        report = run(store, on_progress=on_progress)

    assert (report.stopped, report.visited, len(told)) == ("done", 5, 2)
    assert caplog.messages == ["stopped: no screen; see to on_progress: the run goes on without it"]


# Interrupted, and edited meanwhile


@pytest.mark.requirement("FR-010", "EC-1")
@pytest.mark.parametrize("full", [False, True])
def test_an_interrupted_run_is_gone_on_with_after_what_it_has_done(full: bool) -> None:
    store = a_store()
    run(store)
    store.save(attrs.evolve(store.school(), base=Config(weeks_ahead=3)))
    with pytest.raises(DiedError):
        run(store, full=full, now=NOW, stop=after(1, die))

    report = run(store, full=full, now=NOW + 5 * HOUR)

    assert (report.run_id, report.now, report.resumed, report.visited) == ("run-2", NOW, True, 3)
    assert [len(own) for own in sessions(store).values()] == [3] * 5
    assert run(store, now=NOW + 5 * HOUR).run_id == "run-3"


def test_a_run_that_was_interrupted_long_ago_is_not_gone_on_with() -> None:
    store = a_store()
    with pytest.raises(DiedError):
        run(store, stop=after(1, die))

    report = run(store, now=NOW + 6 * HOUR)

    assert (report.run_id, report.now, report.resumed) == ("run-2", NOW + 6 * HOUR, False)
    assert [len(own) for own in sessions(store).values()] == [2] * 5


def test_what_has_started_since_the_run_began_is_not_made() -> None:
    store = a_store(*some_courses(2, slots=[Slot("mon", days="MO", start="11:00", duration=60)]))
    with pytest.raises(DiedError):
        run(store, batch=1, stop=after(1, die))

    run(store, batch=1, now=NOW + 2 * HOUR)

    assert [len(own) for own in sessions(store).values()] == [2, 1]


@pytest.mark.requirement("FR-011", "EC-4")
def test_what_all_share_stays_as_it_was_when_the_run_began_and_the_next_one_sees_the_edit() -> None:
    store = a_store(tutors=[Tutor(f"tutor-{number}", hourly_rate="20 EUR") for number in range(5)])
    dearer = attrs.evolve(store.school(), base=Config(weeks_ahead=3), tutors=["tutor-0"])

    during = run(store, stop=after(1, lambda: store.save(dearer)))
    same = sessions(store)
    later = run(store)

    assert (during.visited, during.created) == (5, 10)
    assert {(len(own), own[0].tutor_id is None) for own in same.values()} == {(2, False)}
    assert (later.visited, later.created) == (5, 5)
    assert [own[0].tutor_id for own in sessions(store).values()] == ["tutor-0", None, None, None, None]


@pytest.mark.requirement("FR-011", "EC-4")
def test_a_series_is_taken_as_it_is_when_its_turn_comes_and_no_edit_is_lost() -> None:
    store = a_store()

    def change_first_and_last() -> None:
        school = store.school()
        late = Slot("mon", days="MO", start="20:00", end="21:00")
        store.save(school.with_series(attrs.evolve(school.one("c0"), slots=[late])))
        school = store.school()
        store.save(school.with_series(attrs.evolve(school.one("c4"), slots=[late])))

    run(store, stop=after(1, change_first_and_last))
    hours = {series_id: own[0].local_start.hour for series_id, own in sessions(store).items()}
    again = run(store)

    assert hours == {"c0": 18, "c1": 18, "c2": 18, "c3": 18, "c4": 20}
    assert (again.visited, again.updated) == (1, 2)


def test_an_edit_of_what_all_share_is_frozen_for_whoever_goes_on_too() -> None:
    store = a_store()
    with pytest.raises(DiedError):
        run(store, stop=after(1, die))
    store.save(attrs.evolve(store.school(), base=Config(weeks_ahead=3)))

    run(store)

    assert [len(own) for own in sessions(store).values()] == [2] * 5
    assert run(store).created == 5


# What goes wrong


class Failing:
    """A store on which some transactions go wrong."""

    def __init__(self, store: Store, fail: Callable[[tuple[str, ...]], None]) -> None:
        self._store = store
        self._fail = fail

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self, *series_ids: str) -> Iterator[Transaction]:
        with self._store.transaction(*series_ids) as transaction:
            yield transaction
            self._fail(series_ids)


def not_for(bad: str) -> Callable[[tuple[str, ...]], None]:
    def fail(series_ids: tuple[str, ...]) -> None:
        if bad in series_ids:
            raise LookupError("the index is\nbroken")

    return fail


@pytest.mark.requirement("LOG-5")
def test_one_bad_series_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    store = a_store()

    report = run(Failing(store, not_for("c2")))

    assert (report.visited, report.created) == (4, 8)
    assert report.failures == (Failure("c2", "the index is broken"),)
    assert str(report).splitlines()[1] == "  c2 failed: the index is broken"
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == (
        "series c2 is left as it was: the index is broken; mend what the error says; the next run tries it again"
    )
    assert vars(record)["facts"].items() >= {"event": "failed", "series_id": "c2", "error": "LookupError"}.items()
    assert (run(store).visited, len(store.sessions_of("c2"))) == (1, 2)


@attrs.frozen
class Broken:
    """A host's pattern that raises."""

    kind = "broken"

    def claims(self, turn: Turn) -> str | None:
        raise LookupError("no table of turns")


def test_a_series_that_can_not_be_planned_is_a_failure_too() -> None:
    bad = Assignment("bad", tutor_id="tutor-1", pattern=Broken())
    store = a_store(a_course("bad", assignments=[bad]), *some_courses(1))

    reports = [run(store), run(store)]

    why = "series bad can't be planned, so it stays as it is: no table of turns"
    assert [(report.visited, report.failures) for report in reports] == [
        (1, (Failure("bad", why),)),
        (0, (Failure("bad", why),)),
    ]


def lost(times: int) -> Callable[[tuple[str, ...]], None]:
    left = iter([True] * times)

    def fail(series_ids: tuple[str, ...]) -> None:
        if "c2" in series_ids and next(left, False):
            raise StoreUnavailableError("the server went away", "try again")

    return fail


class Away(Failing):
    """A store that goes away in the middle of a run."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, self._go)
        self._is_away = False

    def _go(self, series_ids: tuple[str, ...]) -> None:
        self._is_away = self._is_away or "c2" in series_ids
        self._stay_away()

    def _stay_away(self) -> None:
        if self._is_away:
            raise StoreUnavailableError("the server went away", "try again")

    def job_runs(self, **more: Any) -> list[JobRun]:
        self._stay_away()
        return self._store.job_runs(**more)


@pytest.mark.requirement("EC-2", "IN-5")
def test_a_store_that_is_lost_is_tried_again_after_a_while() -> None:
    store, clock = a_store(), Clock()

    report = run(Failing(store, lost(3)), clock=clock)

    assert (report.visited, report.created, report.failures) == (5, 10, ())
    assert clock.slept == [1, 1, 1]


@pytest.mark.requirement("EC-2", "IN-5")
def test_a_store_that_stays_away_ends_the_run_and_the_next_one_goes_on() -> None:
    store = a_store()
    with pytest.raises(StoreUnavailableError, match="the server went away"):
        run(Away(store))

    assert (store.job_runs()[0].outcome, store.job_runs()[0].finished_at) == ("failed", None)
    assert [len(own) for own in sessions(store).values()] == [2, 2, 0, 0, 0]
    again = run(store, now=NOW + HOUR)
    assert (again.run_id, again.visited, again.created) == ("run-1", 3, 6)


# The brake


def without_slots(store: Store, *series_ids: str) -> None:
    for series_id in series_ids:
        school = store.school()
        store.save(school.with_series(attrs.evolve(school.one(series_id), slots=[])))


@pytest.mark.parametrize("limit", [3, 0.39])
def test_a_run_that_would_cancel_too_much_does_nothing_and_says_so(limit: float) -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=limit))
    run(store)
    without_slots(store, "c1", "c3")
    before, alerts = sessions(store), list[Alert]()

    report = run(store, on_alert=alerts.append)

    assert (report.stopped, report.visited, sessions(store)) == ("braked", 0, before)
    assert report.braked == (
        f"4 of 10 sessions would be cancelled or moved, more than max_changes = {limit} of the base config",
        "most of them in c1 (2), c3 (2)",
    )
    assert [str(alert) for alert in alerts] == [
        f"alert braked: 4 of 10 sessions would be cancelled or moved, more than max_changes = {limit} of the base "
        "config; most of them in c1 (2), c3 (2); look at the plan; if it's as it should be, override the brake "
        "for one run"
    ]
    assert run(store).stopped == "braked"
    assert run(store, brake=False).cancelled == 4


def test_the_plan_that_the_brake_held_is_kept_to_be_looked_at_and_applied() -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=3))
    run(store)
    without_slots(store, "c1", "c3")

    plan = run(store).plan

    assert plan is not None
    assert [change.id for change in plan.cancels] == [
        f"{series_id}/mon/{day}" for series_id in ("c1", "c3") for day in ("2026-09-07", "2026-09-14")
    ]
    assert apply_plan(plan, store, now=NOW, brake=False).cancelled == 4
    assert run(store).plan is None


@pytest.mark.parametrize("limit", [4, 0.4])
def test_a_run_that_cancels_as_much_as_it_may_goes_on(limit: float) -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=limit))
    run(store)
    without_slots(store, "c1", "c3")

    assert run(store).cancelled == 4


def test_a_limit_of_a_series_stops_that_one_alone() -> None:
    courses = some_courses()
    courses[1] = attrs.evolve(courses[1], config=Config(max_changes=1))
    store = a_store(*courses)
    run(store)
    without_slots(store, "c1", "c3")

    reports = [run(store), run(store)]

    assert [(report.stopped, report.visited, report.cancelled) for report in reports] == [
        ("done", 2, 2),
        ("done", 1, 0),
    ]
    held = (
        "series c1: 2 of 2 sessions would be cancelled or moved, more than max_changes = 1 of the series config of c1"
    )
    assert [report.braked for report in reports] == [(held,), (held,)]
    assert [[alert.code for alert in report.alerts] for report in reports] == [["braked"], ["braked"]]
    assert run(store, brake=False).cancelled == 2


# What it tells


@pytest.mark.requirement("LOG-4", "MET-4", "FR-012", "LOG-1")
def test_a_run_is_reported_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    store = a_store()

    report = run(store, clock=Clock())

    assert json.loads(json.dumps(report.to_dict())) == {
        "run_id": "run-1",
        "now": "2026-09-07T08:00:00+00:00",
        "stopped": "done",
        "resumed": False,
        "seconds": 4.0,
        "statements": None,
        "skipped": 0,
        "visited": 5,
        "failed": 0,
        "created": 10,
        "updated": 0,
        "cancelled": 0,
        "reinstated": 0,
        "archived": 0,
        "gaps": 0,
        "conflicts": 0,
        "issues": 0,
        "failures": [],
        "braked": [],
        "alerts": [],
    }
    assert caplog.messages == [
        "run run-1 begins",
        *(f"c{number}: 2 created" for number in range(5)),
        "run run-1: done; it's finished",
    ]
    begun, visited, *_, ended = facts(caplog)
    assert begun == {"event": "run begun", "run_id": "run-1", "attempt": 1, "now": "2026-09-07T08:00:00Z", "active": 5}
    assert visited == {"event": "visited", "run_id": "run-1", "series_id": "c0", "created": 2}
    assert ended.items() >= {"event": "run ended", "outcome": "done", "visited": 5, "created": 10, "failed": 0}.items()


@pytest.mark.requirement("LOG-4", "LOG-5")
def test_what_a_run_meets_is_logged_with_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bad = Assignment("bad", tutor_id="tutor-1", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    store = a_store(a_course("c2", assignments=[bad]), a_course("over", ends_on="2026-09-01", starts_on="2026-08-31"))
    run(store, now=NOW, clock=Clock(), stop=lambda: True)
    run(Failing(store, lost(1)), now=NOW + HOUR, clock=Clock(), thresholds=Thresholds(failed_runs=0))

    told = [
        (record.levelname, fact["event"], record.getMessage())
        for record, fact in zip(caplog.records, facts(caplog), strict=True)
        if fact.get("todo") or fact["event"] == "archived"
    ]
    assert [(level, event) for level, event, _ in told] == [
        ("INFO", "run ended"),
        ("WARNING", "waiting"),
        ("INFO", "archived"),
        ("WARNING", "issue"),
    ]
    words = [each[2] for each in told]
    assert words[0] == "run run-1: switched off; start the job again: it goes on with this run"
    assert words[1] == "trying again in 1.0 s: the server went away; try again"
    assert words[2] == "over is over, so it's in the archive now; its sessions stay"
    assert words[3].startswith("c2: ")


@pytest.mark.requirement("LOG-2")
def test_whose_turn_it_was_is_logged_in_detail(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    run(a_store())

    assert "create c0/mon/2026-09-07: tutor-0's turn: nobody else is in the rotation" in caplog.messages


@pytest.mark.requirement("IN-6")
def test_a_whole_run_is_one_in_the_journal_and_can_be_undone() -> None:
    store = a_store()
    report = run(store)

    entries = store.entries(report.run_id)
    undone = undo_run(report.run_id, store, now=NOW)

    assert [entry.series_id for entry in entries] == ["c0", "c1", "c2", "c3", "c4"]
    assert undone.removed == 10
    assert (run(store).created, run(store).visited) == (0, 0), "they're held"


def messages(store: Store) -> list[Message]:
    arrived: list[Message] = []
    deliver(store, CallbackNotifier(arrived.append), now=NOW + WEEK)
    return [message for message in arrived if message.recipient == SYSTEM_RECIPIENT]


@pytest.mark.requirement("EC-3")
def test_a_bad_rule_is_told_to_the_system_once_until_it_clears() -> None:
    bad = Assignment("bad", tutor_id="tutor-1", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    courses = some_courses(2)
    store = a_store(courses[0], attrs.evolve(courses[1], assignments=[bad]))
    run(store)

    (told,) = messages(store)
    again = [run(store, full=True), run(store, now=NOW + WEEK)]

    assert told.as_text().startswith("To see to:\n  ")
    assert told.as_text().endswith("(bad-pattern)")
    assert (told.name, [line.session_id for line in told.lines]) == ("system", ["c1"])
    assert ([report.issues for report in again], messages(store)) == ([1, 1], [])
    store.save(store.school().with_series(courses[1]))
    run(store)
    store.save(store.school().with_series(attrs.evolve(courses[1], assignments=[bad])))
    run(store)
    assert len(messages(store)) == 1


@pytest.mark.requirement("EC-3")
def test_contradictory_rules_of_all_are_told_once_and_not_for_each_series() -> None:
    store = a_store(base=Config(weeks_ahead=2, currency="JPY", default_rate="5 EUR", unknown={"wekks": "2"}))
    run(store)

    (told,) = messages(store)
    run(store, full=True)

    assert {line.kind for line in told.lines} == {"config-unknown-key", "config-contradiction"}
    assert len(told.lines) == 2
    assert messages(store) == []


def test_nobody_is_told_if_nobody_shall_be() -> None:
    store = a_store(base=Config(weeks_ahead=2, unknown={"wekks": "2"}))

    run(store, notify=False)

    assert store.claim(now=NOW, until=NOW + HOUR) == []


# Alerts


@pytest.mark.requirement("AL-1")
def test_more_than_three_failed_runs_in_a_row_raise_an_alert() -> None:
    store = a_store(*some_courses(1))
    alerts: list[Alert] = []
    for night in range(5):
        report = run(Failing(store, not_for("c0")), now=NOW + night * DAY, on_alert=alerts.append)
        assert [alert.code for alert in report.alerts] == (["failed-runs"] if night >= 3 else [])

    assert len(alerts) == 2
    assert str(alerts[0]) == (
        "alert failed-runs: the job failed 4 times, one after the other, so calendars run out; see what its log says, "
        "and whether the database can be reached, then start it again"
    )
    assert run(store, now=NOW + 6 * DAY, thresholds=Thresholds(failed_runs=9)).alerts == ()
    assert run(store, now=NOW + 7 * DAY).alerts == ()


@pytest.mark.requirement("AL-1")
def test_a_store_that_stays_away_night_after_night_raises_an_alert() -> None:
    store, alerts = a_store(), list[Alert]()
    for night in range(4):
        with pytest.raises(StoreUnavailableError):
            run(Away(store), now=NOW + night * DAY, on_alert=alerts.append)

    assert [alert.code for alert in alerts] == ["failed-runs"]


def away(_: object) -> None:
    raise StoreUnavailableError("the server went away", "try again")


@pytest.mark.requirement("AL-1")
def test_a_run_in_which_all_goes_wrong_counts_with_its_starts_that_failed() -> None:
    store = a_store(*some_courses(1))
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            run(Failing(store, away))

    report = run(Failing(store, not_for("c0")))

    assert [alert.message.partition(",")[0] for alert in report.alerts] == ["the job failed 4 times"]


@pytest.mark.requirement("AL-1")
def test_each_start_of_a_run_that_fails_counts_until_one_goes_well() -> None:
    store, alerts = a_store(), list[Alert]()

    def fail(count: int) -> None:
        for _ in range(count):
            with pytest.raises(StoreUnavailableError):
                run(Failing(store, away), on_alert=alerts.append)

    fail(3)
    run(store, clock=Clock(), budget=0.5, full=True, on_alert=alerts.append)
    fail(3)
    assert alerts == []
    fail(1)
    assert [alert.message.partition(",")[0] for alert in alerts] == ["the job failed 4 times"]
    assert run(store).alerts == ()


@pytest.mark.requirement("AL-1")
def test_runs_that_came_to_no_end_have_failed_too() -> None:
    store = a_store(*some_courses(1))
    for night in range(4):
        with pytest.raises(DiedError):
            run(store, now=NOW + night * DAY, stop=die)

    assert [alert.code for alert in run(store, now=NOW + 5 * DAY).alerts] == ["failed-runs"]


@pytest.mark.requirement("AL-2")
@pytest.mark.parametrize(("count", "bad", "alerted"), [(10, 1, False), (10, 2, True), (9, 2, False)])
def test_more_than_a_tenth_of_the_series_failing_raises_an_alert(count: int, bad: int, alerted: bool) -> None:
    store = a_store(*some_courses(count))

    def fail(series_ids: tuple[str, ...]) -> None:
        if any(int(each[1:]) < bad for each in series_ids):
            raise LookupError

    report = run(Failing(store, fail))

    assert [alert.code for alert in report.alerts] == ["series-failing"] * alerted
    assert report.failures == tuple(Failure(f"c{number}", "LookupError") for number in range(bad))


@pytest.mark.requirement("AL-2")
def test_series_that_fail_are_counted_over_all_calls_of_a_run() -> None:
    bad = Assignment("bad", tutor_id="amina", pattern=Broken())
    courses = some_courses(24)
    store = a_store(*(attrs.evolve(each, assignments=[bad]) for each in courses[::2]), *courses[1::2])

    reports = [run(store, batch=8, clock=Clock(), budget=1) for _ in range(4)]

    assert [report.visited + report.failed for report in reports] == [8, 8, 8, 0]
    assert [[alert.message for alert in report.alerts] for report in reports] == [
        [],
        ["9 of 16 series failed"],
        ["12 of 24 series failed"],
        [],
    ]


# Gaps, and what stays


def test_what_is_due_and_can_not_be_made_is_a_gap() -> None:
    store = a_store(*some_courses(1))
    foreign = attrs.evolve(made_of_course(), series_id="elsewhere", slot_id=None, occurs_on=None)
    put(store, foreign)

    report = run(store)

    assert (report.created, report.gaps) == (1, 1)
    assert run(store).visited == 1, "it's looked at until the gap is closed"


def made_of_course() -> Session:
    other = a_store(*some_courses(1))
    run(other)
    return other.sessions_of("c0")[0]


def test_a_session_that_is_removed_is_made_again() -> None:
    store = a_store()
    run(store)
    with store.transaction("c1") as transaction:
        transaction.delete(store_sessions := list(transaction.sessions(["c1/mon/2026-09-14"]).values()))
    assert len(store_sessions) == 1

    report = run(store)

    assert (report.visited, report.created) == (1, 1)


def test_series_that_react_are_visited_again_when_others_change() -> None:
    courses = [
        a_course(f"c{number}", slots=[Slot("mon", days="MO", start=f"{9 + 2 * number}:00", duration=60)])
        for number in range(3)
    ]
    store = a_store(*courses, base=Config(weeks_ahead=2, on_tutor_busy="skip"))
    visited = [run(store, now=NOW + 2 * DAY).visited for _ in range(4)]

    edit(store, "c2/mon/2026-09-14", notes="bring a ruler")

    assert visited == [3, 3, 0, 0]
    assert run(store, now=NOW + 2 * DAY).visited == 3


def test_series_that_react_see_what_the_same_run_has_made_of_others() -> None:
    shared: dict[str, Any] = {"timezone": "UTC", "assignments": round_robin("amina")}
    late = Slot("late", rrule="FREQ=MONTHLY;BYDAY=2WE", start="10:00", end="11:00")
    early = Slot("early", days="WE", start="9:30", end="10:30")
    reacts = a_course("a", slots=[late], config=Config(weeks_ahead=10, on_tutor_busy="skip"), **shared)
    enters = a_course("b", slots=[early], starts_on="2026-10-14", config=Config(weeks_ahead=1), **shared)
    stores = (a_store(reacts, enters), a_store(reacts, enters))

    reports = [
        [run(store, now=f"2026-{night}T02:00Z", full=full) for night in ("10-01", "10-02", "10-03", "10-08")]
        for store, full in zip(stores, (True, False), strict=True)
    ]

    assert sessions(stores[1]) == sessions(stores[0])
    assert [(nights[-1].created, nights[-1].cancelled) for nights in reports] == [(1, 1), (1, 1)]
    assert [report.visited for report in reports[1]] == [2, 1, 0, 2]


def test_a_cancellation_is_applied_and_taken_back() -> None:
    store = a_store(*some_courses(2))
    run(store)
    school = store.school()
    trip = Cancellation("trip", first_day="2026-09-14", last_day="2026-09-14")
    store.save(school.with_series(attrs.evolve(school.one("c0"), cancellations=[trip])))

    off = run(store)
    store.save(school)

    assert (off.cancelled, run(store).reinstated) == (1, 1)
