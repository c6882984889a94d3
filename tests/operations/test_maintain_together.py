"""The job when several work on it, or it's cut short: nothing is taken back, starved, told twice or lost."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs
import pytest

from recurly_sessions import (
    Assignment,
    Closure,
    Config,
    Series,
    SessionStatus,
    Slot,
    Snapshot,
    Tutor,
    apply_plan,
    plan_sessions,
)
from recurly_sessions.errors import InvalidValueError, LockedError, StoreUnavailableError, UnreadableError
from recurly_sessions.operations.edit import edit_session
from recurly_sessions.operations.generate import fill_gaps, generate
from recurly_sessions.operations.neighbours import snapshot_of
from recurly_sessions.operations.reports import Failure, Thresholds
from recurly_sessions.operations.undo import release_series, undo_run
from recurly_sessions.patterns import Turn, from_stored
from recurly_sessions.store import Store
from recurly_sessions.testing.store_contract import HOUR, NOW, a_course
from recurly_sessions.values.assignment import round_robin
from tests.operations.test_maintain import (
    DAY,
    Clock,
    DiedError,
    Failing,
    a_store,
    after,
    die,
    messages,
    not_for,
    run,
    sessions,
    some_courses,
    without_slots,
)

BUSY = Config(weeks_ahead=2, on_tutor_busy="skip")


# Several at once


def test_a_worker_whose_run_was_overtaken_takes_back_nothing() -> None:
    store = a_store()
    run(store)
    shut = Closure("shut", "2026-09-14", "2026-09-21")

    def others_go_on() -> None:
        run(store, now=NOW + DAY)
        store.save(attrs.evolve(store.school(), closures=[shut]))
        run(store, now=NOW + DAY + HOUR)

    late = run(store, now=NOW + DAY, batch=1, stop=after(1, others_go_on))

    assert (late.stopped, late.is_finished) == ("superseded", False)
    assert (late.visited, late.cancelled, late.reinstated) == (1, 0, 0)
    statuses = {each.status for own in sessions(store).values() for each in own if each.starts_at > NOW + 2 * DAY}
    assert statuses == {SessionStatus.CANCELLED}
    assert run(store, now=NOW + 2 * DAY).visited == 0


def test_a_worker_whose_run_was_finished_by_another_is_done() -> None:
    store = a_store()

    late = run(store, batch=1, stop=after(1, lambda: run(store)))

    assert (late.stopped, late.visited) == ("done", 1)
    assert (store.job_runs()[0].outcome, dict(store.job_runs()[0].counts)["created"]) == ("done", 10)
    assert run(store).run_id == "run-2"


def test_what_has_started_since_the_call_began_is_left_alone() -> None:
    early = Slot("mon", days="MO", start="11:00", duration=60)
    store = a_store(*some_courses(2, slots=[early]))
    clock = Clock()

    def wait() -> None:
        clock.now += 3600

    run(store, batch=1, clock=clock, stop=after(1, wait))

    assert [len(own) for own in sessions(store).values()] == [2, 1]


def test_all_are_generated_anew_whatever_run_is_unfinished() -> None:
    store = a_store()
    run(store, stop=lambda: True)

    report = generate(store, now=NOW + HOUR, switched_on=True)

    assert (report.run_id, report.now, report.visited) == ("run-2", NOW + HOUR, 5)


def test_a_full_run_stays_one_for_whoever_goes_on_with_it() -> None:
    store = a_store()
    run(store)
    with pytest.raises(DiedError):
        run(store, now=NOW + 2 * HOUR, full=True, stop=after(1, die))

    rest = run(store, now=NOW + 3 * HOUR)

    assert (rest.run_id, rest.visited) == ("run-2", 3)


# Cut short


def test_series_that_react_get_on_however_short_the_time_is() -> None:
    store = a_store(base=BUSY)

    reports = [run(store, clock=Clock(), budget=0.5) for _ in range(3)]

    assert [report.stopped for report in reports] == ["budget"] * 3
    assert [report.visited for report in reports] == [2, 2, 1]
    assert run(store).visited == 0


def test_a_series_that_fails_does_not_take_the_time_of_the_others() -> None:
    store = a_store()
    bad = Failing(store, not_for("c0"))

    reports = [run(bad, clock=Clock(), budget=0.5, batch=1) for _ in range(4)]

    assert [report.visited for report in reports] == [1, 1, 1, 1]
    assert {report.failures for report in reports} == {(Failure("c0", "the index is broken"),)}


def test_a_failed_series_is_left_alone_by_the_rest_of_a_run_and_tried_by_the_next() -> None:
    store = a_store()
    broken = iter([True])

    def once(series_ids: tuple[str, ...]) -> None:
        if series_ids == ("c0",) and next(broken, False):
            raise LookupError("not yet")

    first = run(Failing(store, once), batch=1)
    again = run(store, now=NOW + HOUR)

    assert first.failures == (Failure("c0", "not yet"),)
    assert (again.run_id, again.visited, again.created) == ("run-2", 1, 2)


def test_what_reacts_looks_again_at_the_end_of_the_run_that_has_written_another() -> None:
    store = a_store(a_course("art", config=BUSY), a_course("maths", assignments=round_robin("luc")))
    failing = Failing(store, not_for("maths"))
    quiet = [run(failing, now=NOW + hours * HOUR, batch=1).visited for hours in range(3)]

    mended = run(store, now=NOW + 3 * HOUR, batch=1)

    assert quiet == [1, 1, 0]
    assert (mended.visited, mended.created) == (2, 2)


def test_a_slot_that_can_not_be_planned_is_a_failure_and_the_others_are_kept() -> None:
    far = Slot("far", rrule="FREQ=DAILY", start="9:00", duration=60)
    near = attrs.evolve(a_course().slots[0], starts_on="2026-09-07")
    store = a_store(a_course(slots=[near, far], starts_on="1900-01-01"), *some_courses(1))

    report = run(store)

    assert [(failure.series_id, failure.why.split(",")[0]) for failure in report.failures] == [
        ("maths", "slot far is left out")
    ]
    assert (report.visited, report.created, len(messages(store))) == (1, 4, 1)


def test_a_series_that_somebody_has_locked_for_long_stops_no_other() -> None:
    store = a_store()

    def locked(series_ids: tuple[str, ...]) -> None:
        if "c1" in series_ids:
            raise LockedError("somebody else has locked it", "try again")

    report = run(Failing(store, locked), clock=Clock())

    assert (report.stopped, report.visited, report.created) == ("done", 4, 8)
    assert report.failures == (Failure("c1", "somebody else has locked it; try again"),)
    assert messages(store) == []
    assert run(store).visited == 1


def test_a_locked_series_is_waited_for_twice_and_not_once_more_to_say_that_it_failed() -> None:
    store, asked = a_store(), []

    def locked(series_ids: tuple[str, ...]) -> None:
        asked.append(series_ids)
        raise LockedError("somebody else has locked it", "try again")

    run(Failing(store, locked), batch=5)

    assert asked == [("c0", "c1", "c2", "c3", "c4"), ("c0",), ("c1",), ("c2",), ("c3",), ("c4",)]


def test_a_store_that_takes_nothing_is_not_asked_for_each_series() -> None:
    store, asked = a_store(*some_courses(40)), []

    def is_full(series_ids: tuple[str, ...]) -> None:
        asked.append(series_ids)
        raise StoreUnavailableError("the disk is full", "free some space, and try again")

    with pytest.raises(StoreUnavailableError, match="the disk is full"):
        run(Failing(store, is_full), batch=40)

    assert len(asked) == 1
    ended = store.job_runs()[0]
    assert (ended.outcome, {name: count for name, count in ended.counts if count}) == ("failed", {"failed_calls": 1})


def test_one_bad_series_costs_a_large_batch_a_few_transactions() -> None:
    store, asked = a_store(*some_courses(64)), []
    refuse = not_for("c40")

    def fail(series_ids: tuple[str, ...]) -> None:
        asked.append(len(series_ids))
        refuse(series_ids)

    report = run(Failing(store, fail), batch=64)

    assert (report.visited, report.failed) == (63, 1)
    assert sorted(asked, reverse=True) == [64, 32, 32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1, 1]  # the last keeps the failure


def test_a_bad_series_is_looked_for_no_longer_than_there_is_time() -> None:
    store = a_store(*some_courses(64))

    report = run(Failing(store, not_for("c40")), batch=64, clock=Clock(), budget=12)

    assert report.stopped == "budget"
    assert 0 < report.visited < 63
    assert run(store).visited == 64 - report.visited


# The brake


def test_what_is_edited_after_it_was_counted_does_not_pass_the_brake() -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=1))
    run(store)

    during = run(store, full=True, batch=1, stop=after(6, lambda: without_slots(store, "c2", "c3", "c4")))
    later = run(store)

    assert (during.stopped, during.cancelled) == ("done", 0)
    assert later.stopped == "braked"


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_it_does_not_matter_to_the_brake_who_is_planned_together(batch: int) -> None:
    store = a_store(a_course("z", config=Config(on_tutor_busy="skip")), base=Config(weeks_ahead=2, max_changes=0))
    run(store)
    store.save(
        attrs.evolve(
            store.school(), series=[a_course("a", config=Config(confirm_assigned=True)), *store.school().series]
        )
    )

    reports = [run(store, batch=batch) for _ in range(2)]

    assert [(report.cancelled, report.stopped) for report in reports] == [(0, "braked"), (0, "braked")]


def test_the_brake_stops_counting_when_it_is_to_stop() -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=1))
    answers = iter([False, False, True])

    report = run(store, batch=1, stop=lambda: next(answers))

    assert (report.stopped, sessions(store)["c0"]) == ("switched off", [])


def test_a_series_that_can_not_be_read_is_no_matter_to_the_brake() -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=1))

    class Unreadable(Failing):
        def snapshot(self, series_ids: Iterable[str] | None = None, *, now: datetime | str) -> Snapshot:
            if "c1" in (series_ids or ()):
                raise LookupError("its document is no JSON")
            return store.snapshot(series_ids, now=now)

    report = run(Unreadable(store, not_for("c1")))

    assert (report.visited, [failure.series_id for failure in report.failures]) == (4, ["c1"])


# What is told


def test_one_bad_series_on_quiet_nights_is_no_failed_run() -> None:
    store = a_store()
    run(store)
    nights = [run(Failing(store, not_for("c0")), now=NOW + hours * HOUR, full=hours == 1) for hours in range(1, 8)]
    bad = Failing(store, not_for("c0"))
    nights += [run(bad, now=NOW + night * DAY) for night in range(1, 7)]

    assert {alert.code for night in nights for alert in night.alerts} == set()


def test_runs_that_somebody_switches_off_are_none_that_failed() -> None:
    store = a_store(*some_courses(1))
    for night in range(6):
        bad = Failing(store, not_for("c0"))
        report = run(bad, now=NOW + night * DAY, **({"stop": lambda: True} if night % 2 else {}))

    assert [alert.code for alert in report.alerts] == []
    assert [alert.code for alert in run(bad, now=NOW + 8 * DAY).alerts] == ["failed-runs"]


def test_runs_whose_time_never_suffices_have_failed() -> None:
    store = a_store()
    for night in range(4):
        run(store, now=NOW + night * DAY, clock=Clock(), budget=0.5, full=True)

    assert [alert.code for alert in run(store, now=NOW + 5 * DAY).alerts] == ["failed-runs"]


def test_what_nobody_was_told_of_is_told_when_somebody_is() -> None:
    store = a_store(base=Config(weeks_ahead=2, unknown={"wekks": "2"}))
    run(store, notify=False)

    run(store)
    (told,) = messages(store)
    run(store)

    assert [line.kind for line in told.lines] == ["config-unknown-key"]
    assert messages(store) == []


def test_what_nobody_was_told_of_a_series_is_told_when_somebody_is() -> None:
    bad = Assignment("bad", tutor_id="tutor-1", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    store = a_store(*some_courses(2), a_course("wrong", assignments=[bad]))
    quiet = run(store, notify=False)

    telling = run(store)
    (told,) = messages(store)
    after_that = run(store)

    assert [report.visited for report in (quiet, telling, after_that)] == [3, 1, 0]
    assert [line.kind for line in told.lines] == ["bad-pattern"]
    assert messages(store) == []


def test_runs_that_die_tell_of_bad_rules_once() -> None:
    store = a_store(base=Config(weeks_ahead=2, unknown={"wekks": "2"}))
    for night in range(3):
        with pytest.raises(DiedError):
            run(store, now=NOW + night * DAY, stop=die)

    assert len(messages(store)) == 1


@pytest.mark.requirement("EC-3")
def test_rules_that_contradict_each_other_across_layers_are_told() -> None:
    courses = [attrs.evolve(each, config=Config(currency="JPY")) for each in some_courses(1)]
    store = a_store(*courses, *some_courses(3)[1:], base=Config(weeks_ahead=2, default_rate="5 EUR"))

    reports = [run(store), run(store, full=True)]

    (told,) = messages(store)
    assert [(line.kind, line.session_id) for line in told.lines] == [("config-contradiction", "c0")]
    assert [report.issues for report in reports] == [1, 1]


def test_who_is_told_of_a_bad_rule_is_told_though_the_run_is_undone() -> None:
    bad = Assignment("bad", tutor_id="tutor-1", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    store = a_store(attrs.evolve(some_courses(1)[0], assignments=[bad]))
    report = run(store)

    undo_run(report.run_id, store, now=NOW)

    (told,) = messages(store)
    assert [line.kind for line in told.lines] == ["bad-pattern"]


def test_a_bad_rule_of_a_series_that_was_held_is_not_told_again() -> None:
    bad = Assignment("bad", tutor_id="tutor-1", pattern=from_stored("WEEKLY", {"weeks": [0]}))
    store = a_store(attrs.evolve(some_courses(1)[0], assignments=[bad]))
    undo_run(run(store).run_id, store, now=NOW)
    before = messages(store)

    run(store)
    release_series("c0", store)
    run(store)

    assert len(before) == 1
    assert messages(store) == []


class Fickle:
    """A host's pattern that raises something else each time."""

    kind = "fickle"
    times = 0

    def claims(self, turn: Turn) -> str | None:
        self.times += 1
        raise LookupError(f"number {self.times}")


def test_a_series_that_can_not_be_planned_for_ever_new_reasons_is_told_once() -> None:
    store = a_store(a_course("bad", assignments=[Assignment("bad", tutor_id="tutor-1", pattern=Fickle())]))

    reports = [run(store, now=NOW + night * DAY) for night in range(3)]

    assert len({report.failures[0].why for report in reports}) == 3
    assert len(messages(store)) == 1


def test_whoever_is_alerted_can_not_undo_what_was_done(caplog: pytest.LogCaptureFixture) -> None:
    store = a_store(*some_courses(1))

    def no_mail(_: object) -> None:
        raise OSError("no mail")

    report = run(Failing(store, not_for("c0")), on_alert=no_mail, thresholds=Thresholds(failed_runs=0))

    assert [alert.code for alert in report.alerts] == ["failed-runs"]
    assert "stopped: no mail; see to on_alert: the alert is in the report and in this log" in caplog.messages


# Edits of what all share while a run goes on


@pytest.mark.requirement("FR-011", "EC-4")
def test_a_tutor_who_is_hired_during_a_run_is_for_the_next_one() -> None:
    store = a_store(tutors=[Tutor(f"tutor-{number}", hourly_rate="20 EUR") for number in range(5)])
    run(store)

    def hire() -> None:
        school = attrs.evolve(store.school(), tutors=[*(store.school().tutors or ()), "new"])
        store.save(school.with_series(attrs.evolve(school.one("c4"), assignments=round_robin("new"))))

    during = run(store, full=True, stop=after(1, hire))
    then = [each.tutor_id for each in store.sessions_of("c4")]
    later = run(store)

    assert (during.updated, during.visited, then) == (0, 4, ["tutor-4", "tutor-4"])
    assert later.updated == 2
    assert [each.tutor_id for each in store.sessions_of("c4")] == ["new", "new"]
    assert messages(store) == []


def test_a_lesson_of_a_tutor_who_is_hired_during_a_run_is_for_the_next_one() -> None:
    store = a_store(tutors=[Tutor(f"tutor-{number}", hourly_rate="20 EUR") for number in range(5)])
    run(store)

    def hire() -> None:
        store.save(attrs.evolve(store.school(), tutors=[*(store.school().tutors or ()), Tutor("new", hourly_rate=99)]))
        edit_session(store.sessions_of("c4")[0], store, now=NOW, tutor_id="new")

    during = run(store, full=True, stop=after(1, hire))
    then = [(each.tutor_id, str(each.price)) for each in store.sessions_of("c4")]
    run(store)

    assert (during.updated, during.visited, during.skipped) == (0, 4, 0)
    assert then == [("new", "30.00 EUR"), ("tutor-4", "30.00 EUR")]
    assert [str(each.price) for each in store.sessions_of("c4")] == ["148.50 EUR", "30.00 EUR"]


def test_a_branch_that_is_new_during_a_run_is_for_the_next_one() -> None:
    store = a_store()

    def open_a_branch() -> None:
        school = attrs.evolve(store.school(), branches={"north": Config(weeks_ahead=1)})
        store.save(school.with_series(attrs.evolve(school.one("c4"), branch_id="north")))

    during = run(store, stop=after(1, open_a_branch))

    assert (during.visited, len(store.sessions_of("c4"))) == (4, 0)
    assert (run(store).created, len(store.sessions_of("c4"))) == (1, 1)


# Arguments


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"budget": float("nan")}, "maintain: budget"),
        ({"budget": "3"}, "maintain: budget"),
        ({"budget": True}, "maintain: budget"),
        ({"pause": float("inf")}, "maintain: pause"),
        ({"pause": "1"}, "maintain: pause"),
        ({"pause": True}, "maintain: pause"),
        ({"edition": 3}, "maintain: edition"),
    ],
    ids=str,
)
def test_odd_arguments_are_refused_before_a_run_begins(more: dict[str, Any], where: str) -> None:
    store = a_store()

    with pytest.raises(InvalidValueError) as caught:
        run(store, clock=Clock(), **more)

    assert caught.value.where == where
    assert store.job_runs() == []


@pytest.mark.parametrize(
    "more",
    [
        {"failed_runs": "3"},
        {"failed_runs": -1},
        {"failed_runs": 20},
        {"failing_share": 1.1},
        {"failing_of": 0},
        {"slow_seconds": float("nan")},
        {"slow_seconds": "5"},
        {"slow_seconds": -1},
    ],
    ids=str,
)
def test_odd_thresholds_are_refused_by_name(more: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError) as caught:
        Thresholds(**more)

    assert caught.value.where == f"Thresholds.{next(iter(more))}"


# Series that react to each other


def three_that_clash() -> list[Series]:
    """Of which the last goes before the second, and that before the first."""
    starts = {"a": "10:40", "b": "10:00", "c": "9:30"}
    return [
        a_course(each, members=None, slots=[Slot("mon", days="MO", start=start, duration=60)])
        for each, start in starts.items()
    ]


def test_series_that_react_are_left_as_a_plan_of_all_wants_them() -> None:
    store = a_store(*three_that_clash(), base=BUSY)
    now = NOW - DAY

    first, second = run(store, batch=1, now=now), run(store, now=now + HOUR, full=True)

    assert {series_id: len(own) for series_id, own in sessions(store).items()} == {"a": 0, "b": 0, "c": 2}
    assert (first.created, second.created, second.cancelled, second.reinstated) == (2, 0, 0, 0)
    assert plan_sessions(store.snapshot(now=now + HOUR), now=now + HOUR).changes == ()


@pytest.mark.parametrize("series_id", ["a", "b", "c", None])
def test_one_series_is_generated_and_filled_as_in_a_plan_of_all(series_id: str | None) -> None:
    now = NOW - DAY
    for do in (generate, fill_gaps):
        store = a_store(*three_that_clash(), base=BUSY)

        do(store, now=now, series_id=series_id, switched_on=True)

        wanted = {"a": 0, "b": 0, "c": 2 * (series_id in {"c", None})}
        assert {each: len(own) for each, own in sessions(store).items()} == wanted


# What can't be read


class Unreadable(Failing):
    """A store in which a series can't be read."""

    def __init__(self, store: Store, bad: str) -> None:
        super().__init__(store, lambda _: None)
        self._bad = bad

    def snapshot(self, series_ids: Iterable[str] | None = None, *, now: datetime | str) -> Snapshot:
        if series_ids is not None and self._bad in [*series_ids]:
            raise UnreadableError("its text isn't JSON", "mend it", table="series", series_id=self._bad)
        return self._store.snapshot(series_ids, now=now)


def test_a_brake_that_is_hit_is_told_though_another_series_can_not_be_read() -> None:
    store = a_store(base=Config(weeks_ahead=2, max_changes=1))
    run(store)
    without_slots(store, "c1", "c3")

    report = run(Unreadable(store, "c0"))
    nothing_to_show = run(Unreadable(store, "c1"))

    assert (report.stopped, report.plan is None) == ("braked", False)
    assert (nothing_to_show.stopped, [alert.code for alert in nothing_to_show.alerts]) == ("braked", ["braked"])


def test_a_neighbour_that_can_not_be_read_stands_as_it_is() -> None:
    store = a_store(*three_that_clash(), base=BUSY)

    snapshot = snapshot_of(Unreadable(store, "b"), "a", now=NOW)

    assert snapshot.only == ("a",)
    assert snapshot_of(store, "a", now=NOW).only == ("a", "b", "c")


def test_a_run_that_ends_in_an_error_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    store = a_store()

    def broken() -> bool:
        raise OSError("no such switch")

    with pytest.raises(OSError, match="no such switch"):
        run(store, stop=broken)

    assert (store.job_runs()[0].outcome, store.job_runs()[0].finished_at) == ("failed", None)


def test_a_series_may_have_any_name() -> None:
    nobody = round_robin("nobody")
    store = a_store(
        a_course("school", assignments=nobody), tutors=["amina"], base=Config(weeks_ahead=2, unknown={"wekks": "2"})
    )

    run(store)

    (told,) = messages(store)
    assert sorted(line.kind for line in told.lines) == ["config-unknown-key", "no-tutor-profile"]
    assert "\n  school: " in told.as_text()


def test_the_plan_of_a_series_beyond_its_own_limit_is_kept_too() -> None:
    courses = some_courses()
    courses[1] = attrs.evolve(courses[1], config=Config(max_changes=1))
    store = a_store(*courses)
    run(store)
    without_slots(store, "c1")

    plan = run(store).plan

    assert plan is not None
    assert {change.series_id for change in plan.cancels} == {"c1"}
    assert apply_plan(plan, store, now=NOW, brake=False).cancelled == 2
