"""Messages: one a person and run, in their own time, until they have arrived."""

import logging
from datetime import datetime, timedelta

import pytest

from recurly_sessions import Cancellation, Member, School, Tutor, apply_plan, plan_sessions, round_robin
from recurly_sessions.adapters.memory import MemoryStore
from recurly_sessions.errors import InvalidValueError
from recurly_sessions.operations.deliver import CallbackNotifier, Delivered, Line, LoggingNotifier, Message, deliver
from recurly_sessions.operations.end import end_series
from recurly_sessions.operations.undo import undo_run
from recurly_sessions.store import Recipient
from recurly_sessions.testing.store_contract import edit, put
from tests.plans.examples import BOTH, NOW, a_course, a_school

FIRST, SECOND = BOTH
MINUTE = timedelta(minutes=1)
SECONDS = timedelta(seconds=1)
TUTORS = (Tutor("amina", name="Amina", timezone="America/New_York"), Tutor("luc", name="Luc"))


def a_told_store(school: School) -> MemoryStore:
    """A store in which a plan was applied, so that people are to be told."""
    store = MemoryStore(school)
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)
    return store


def arrived(store: MemoryStore, *, now: datetime = NOW) -> dict[str, Message]:
    """What arrives, by who gets it."""
    messages: list[Message] = []
    deliver(store, CallbackNotifier(messages.append), now=now)
    return {message.recipient.id: message for message in messages}


def texts(store: MemoryStore) -> dict[str, str]:
    """What is read, by who reads it."""
    return {name: message.as_text() for name, message in arrived(store).items()}


class Unreachable:
    """A notifier that reaches only some."""

    def __init__(self, *reached: str) -> None:
        self.keys: list[str] = []
        self._reached = reached

    def notify(self, message: Message) -> None:
        self.keys.append(message.key)
        if message.recipient.id not in self._reached:
            raise ConnectionError(f"no way to {message.name}")


def test_times_are_those_of_the_recipient_or_else_of_the_series() -> None:
    members = [Member("kim", name="Kim", timezone="Asia/Tokyo"), Member("lea")]

    read = texts(a_told_store(a_school(a_course(members=members), tutors=TUTORS)))

    assert read == {
        "kim": ("New:\n  Tue 2026-09-08 01:00–02:30 Asia/Tokyo  maths\n  Tue 2026-09-15 01:00–02:30 Asia/Tokyo  maths"),
        "lea": (
            "New:\n  Mon 2026-09-07 18:00–19:30 Europe/Paris  maths\n  Mon 2026-09-14 18:00–19:30 Europe/Paris  maths"
        ),
        "amina": "You teach:\n  Mon 2026-09-07 12:00–13:30 America/New_York  maths",
        "luc": "You teach:\n  Mon 2026-09-14 18:00–19:30 Europe/Paris  maths",
    }


@pytest.mark.requirement("P23", "P36")
def test_a_cancellation_is_told_with_its_reason() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    put(store, FIRST, SECOND)
    trip = Cancellation.day("trip", None, "2026-09-14", reason="a trip to Rome")
    store.save(a_school(a_course(members=["kim"], cancellations=[trip])))
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    read = texts(store)

    words = "Cancelled:\n  Mon 2026-09-14 18:00–19:30 Europe/Paris  maths (called off by trip (a trip to Rome))"
    assert read == {"kim": words, "luc": words}


@pytest.mark.requirement("P34")
def test_another_tutor_is_told_to_everybody_in_their_own_words() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"])))
    put(store, FIRST, SECOND)
    store.save(a_school(a_course(members=["kim"], assignments=round_robin("zoe", "luc"))))
    apply_plan(plan_sessions(store.snapshot(now=NOW), now=NOW), store, now=NOW)

    read = texts(store)

    line = "  Mon 2026-09-07 18:00–19:30 Europe/Paris  maths"
    assert read == {
        "kim": f"Tutor changed:\n{line}",
        "zoe": f"You teach:\n{line}",
        "amina": f"No longer yours:\n{line}",
    }


def test_a_message_tells_what_is_off_first() -> None:
    kinds = ("confirmed", "assigned", "generated", "reinstated", "moved", "unassigned", "cancelled", "moved")
    lines = [Line(kind=kind, session_id=FIRST.id, session=FIRST) for kind in kinds]
    gone = Line(kind="generated", session_id="maths/mon/2026-09-21", session=None)
    member = Recipient("member", "kim")
    message = Message(key="k", recipient=member, name="Kim", timezone="UTC", lines=(*lines, gone))

    read = message.as_text()

    when = "  Mon 2026-09-07 16:00–17:30 UTC  maths"
    assert read.splitlines() == [
        *("Cancelled:", when),
        *("No longer yours:", when),
        *("Moved:", when, when),
        *("Takes place after all:", when),
        *("New:", when, "  maths/mon/2026-09-21 (no longer there)"),
        *("Tutor changed:", when),
        *("Confirmed:", when),
    ]


def test_a_message_has_its_sessions_by_start_as_they_are_now() -> None:
    store = a_told_store(a_school(a_course(members=["kim"])))
    later = 20 * MINUTE
    moved = edit(store, FIRST.id, starts_at=SECOND.starts_at + later, ends_at=SECOND.ends_at + later)

    lines = arrived(store)["kim"].lines

    assert lines == (
        Line(kind="generated", session_id=SECOND.id, session=SECOND),
        Line(kind="generated", session_id=FIRST.id, session=moved),
    )


def test_a_member_of_several_series_is_who_the_series_says_that_the_message_is_about() -> None:
    other = a_course("art", members=[Member("kim", name="K.", timezone="UTC")], slots=())
    own = a_course(members=[Member("kim", name="Kim", timezone="Asia/Tokyo")])

    message = arrived(a_told_store(a_school(other, own)))["kim"]

    assert (message.name, message.timezone) == ("Kim", "Asia/Tokyo")


def test_somebody_who_is_no_longer_known_is_told_under_their_id() -> None:
    store = a_told_store(a_school(a_course(members=[Member("kim", name="Kim", timezone="Asia/Tokyo")])))
    store.save(a_school(a_course(members=[])))

    message = arrived(store)["kim"]

    assert (message.name, message.timezone) == ("kim", None)


def test_who_took_part_in_a_series_that_is_archived_is_told_by_name_and_in_their_own_time() -> None:
    over = a_course(ends_on="2026-09-14", members=[Member("kim", name="Kim", timezone="Asia/Tokyo")])
    store = a_told_store(a_school(over))
    end_series("maths", store, now=NOW + 3 * 7 * 24 * 60 * MINUTE)

    message = arrived(store)["kim"]

    assert (message.name, message.timezone) == ("Kim", "Asia/Tokyo")


def test_a_message_is_tried_again_after_longer_and_longer_and_then_given_up() -> None:
    store = a_told_store(a_school(a_course(members=["kim"], assignments=())))
    notifier = Unreachable()
    at = NOW
    outcomes = []

    for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 256):
        outcomes.append(deliver(store, notifier, now=at))
        at += minutes * MINUTE
        assert deliver(store, notifier, now=at - SECONDS) == Delivered()
    last = deliver(store, notifier, now=at)

    errors = ("member kim: no way to kim",)
    assert outcomes == [Delivered(put_off=1, errors=errors)] * 9
    assert last == Delivered(given_up=1, errors=errors)
    assert deliver(store, notifier, now=at + timedelta(days=99)) == Delivered()
    assert (store.prune(before=at).notices, store.prune(before=at + SECONDS).notices) == (0, 1)
    assert (len(notifier.keys), len(set(notifier.keys))) == (10, 1)


def test_those_who_can_be_reached_are_told_though_others_can_not() -> None:
    store = a_told_store(a_school(a_course(members=["kim", "lea"], assignments=())))

    outcome = deliver(store, Unreachable("lea"), now=NOW)

    assert outcome == Delivered(arrived=1, put_off=1, errors=("member kim: no way to kim",))
    assert list(arrived(store, now=NOW + MINUTE)) == ["kim"]


def test_what_a_worker_took_that_died_is_taken_by_another_after_five_minutes() -> None:
    store = a_told_store(a_school(a_course(members=["kim"], assignments=())))
    keys: list[str] = []

    def dies(message: Message) -> None:
        keys.append(message.key)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(store, CallbackNotifier(dies), now=NOW)

    assert arrived(store, now=NOW + 5 * MINUTE - SECONDS) == {}
    assert [each.key for each in arrived(store, now=NOW + 5 * MINUTE).values()] == keys


def test_no_more_is_delivered_at_once_than_is_asked_for() -> None:
    store = a_told_store(a_school(a_course(members=["kim", "lea"], assignments=())))

    outcomes = [deliver(store, CallbackNotifier(repr), now=NOW, limit=1) for _ in range(3)]

    assert outcomes == [Delivered(arrived=1), Delivered(arrived=1), Delivered()]


def test_a_correction_is_a_message_of_its_own() -> None:
    store = MemoryStore(a_school(a_course(members=["kim"], assignments=())))
    plan = plan_sessions(store.snapshot(now=NOW), now=NOW)
    apply_plan(plan, store, now=NOW)
    first = arrived(store)["kim"]
    undo_run(plan.id, store, now=NOW)

    second = arrived(store)["kim"]

    assert second.key != first.key
    assert second.as_text().splitlines() == [
        "Cancelled:",
        "  Mon 2026-09-07 18:00–19:30 Europe/Paris  maths (the run that made it was undone)",
        "  Mon 2026-09-14 18:00–19:30 Europe/Paris  maths (the run that made it was undone)",
    ]


def test_messages_can_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    store = a_told_store(a_school(a_course(members=[Member("kim", name="Kim")], assignments=())))

    with caplog.at_level(logging.INFO, "recurly_sessions.notices"):
        deliver(store, LoggingNotifier(), now=NOW)

    assert caplog.messages == [
        "to member kim (Kim):\n"
        "New:\n"
        "  Mon 2026-09-07 18:00–19:30 Europe/Paris  maths\n"
        "  Mon 2026-09-14 18:00–19:30 Europe/Paris  maths"
    ]


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        deliver(MemoryStore(), LoggingNotifier(), now="soon")

    assert caught.value.where == "deliver: now"
