"""Sessions, bookings, occurrences' identities, issues."""

import pickle
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

from recurly_sessions import Issue, Occurrence, Origin, Session, SessionStatus, Slot
from recurly_sessions.values.occurrence import Identity, occurrences_of
from recurly_sessions.values.school import Booking
from tests.values.examples import DAY, END, START, made, refused

NAIVE = "must say its timezone, got {}; a naive datetime names no instant; add tzinfo=UTC or a ZoneInfo"
STATUSES = "PENDING, CONFIRMED, COMPLETED, NO_SHOW_STUDENT, NO_SHOW_TUTOR, CANCELLED, RESCHEDULED"
PINNABLE = "ends_at, meeting_url, notes, package_id, price, room_id, starts_at, status, tutor_id"
ID = "must have 1 to 200 characters"
BOTH = "must be there when slot_id is, and only then"


@pytest.mark.requirement("EH-6")
@pytest.mark.parametrize("kind", [Session, Booking])
@pytest.mark.parametrize("ends_at", ["2026-09-07T16:00:00+00:00", "2026-09-07T15:59:00+00:00"])
def test_what_ends_before_it_starts_is_refused(kind: type, ends_at: str) -> None:
    assert refused(lambda: made(kind, ends_at=ends_at)) == (
        f"{kind.__name__}.ends_at must be after starts_at (2026-09-07T16:00:00+00:00), got '{ends_at}'"
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"id": ""}, f"Session.id {ID}, got ''"),
        ({"id": "x" * 201}, f"Session.id {ID}, got '{'x' * 119}…"),
        ({"id": "a\nb"}, r"Session.id must not contain control characters, got 'a\nb'"),
        ({"id": 5}, "Session.id must be text, got 5"),
        ({"id": "\0"}, r"Session.id must not contain NUL or half a character, got '\x00'"),
        ({"series_id": None}, "Session.series_id must be text, got None"),
        (
            {"timezone": None},
            "Session.timezone must be an IANA timezone like Europe/Paris, got None; "
            "recurly_sessions.time.zones.zone_names() has them all",
        ),
        (
            {"starts_at": datetime(2026, 9, 7)},  # noqa: DTZ001 - naive on purpose
            "Session.starts_at " + NAIVE.format("datetime.datetime(2026, 9, 7, 0, 0)"),
        ),
        (
            {"starts_at": date(2026, 9, 7)},
            "Session.starts_at must be an instant (an aware datetime), got datetime.date(2026, 9, 7)",
        ),
        ({"slot_id": "mon"}, f"Session.occurs_on {BOTH}, got None; it stands in 's1'"),
        (
            {"occurs_on": "2026-09-07"},
            f"Session.occurs_on {BOTH}, got datetime.date(2026, 9, 7); it stands in 's1'",
        ),
        ({"status": "x"}, f"Session.status must be one of {STATUSES}, got 'x'"),
        ({"status": None}, f"Session.status must be one of {STATUSES}, got None"),
        ({"origin": "x"}, "Session.origin must be one of GENERATED, MANUAL, got 'x'"),
        ({"notes": None}, "Session.notes must be text, got None"),
        ({"notes": "\0"}, r"Session.notes must not contain NUL or half a character, got '\x00'"),
        ({"cause_id": 5}, "Session.cause_id must be text, got 5"),
        ({"pinned": "price"}, "Session.pinned must be a list, got 'price'"),
        ({"pinned": ["title"]}, f"Session.pinned must name fields that can be pinned ({PINNABLE}), got 'title'"),
        (
            {"pinned": ["occurs_on"]},
            f"Session.pinned must name fields that can be pinned ({PINNABLE}), got 'occurs_on'",
        ),
        ({"pinned": [1]}, "Session.pinned must be a list of str values, got 1"),
        ({"number": 0}, "Session.number must be a whole number from 1 to 1000000, got 0"),
        ({"version": -1}, "Session.version must be a whole number from 0 to 2147483647, got -1"),
        ({"version": True}, "Session.version must be a whole number from 0 to 2147483647, got True"),
        (
            {"updated_by": "a/b"},
            """Session.updated_by must not contain "/", got 'a/b'; a "/" parts the ids in a session's id""",
        ),
    ],
)
def test_a_session_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Session, **said)) == message


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("scheduled", "PENDING"),
        ("done", "COMPLETED"),
        ("no_show", "NO_SHOW_STUDENT"),
        ("no_show_student", "NO_SHOW_STUDENT"),
        ("no_show_tutor", "NO_SHOW_TUTOR"),
        ("Canceled", "CANCELLED"),
        ("cancelled", "CANCELLED"),
        ("RESCHEDULED", "RESCHEDULED"),
        (SessionStatus.CONFIRMED, "CONFIRMED"),
    ],
)
def test_what_other_vocabularies_call_a_status_is_understood(typed: object, status: str) -> None:
    assert made(Session, status=typed).status is SessionStatus(status)


def test_fields_are_pinned_once_each_and_in_order() -> None:
    assert made(Session, pinned=["starts_at", "notes", "starts_at"]).pinned == ("notes", "starts_at")


def test_a_session_of_a_slot_knows_what_was_promised() -> None:
    of_a_slot = made(Session, slot_id="mon", occurs_on="2026-09-07")

    assert of_a_slot.identity == Identity("maths", "mon", date(2026, 9, 7))
    assert made(Session).identity is None


def test_a_session_shows_its_start_on_the_clock_of_the_series() -> None:
    session = made(Session, timezone="Europe/Paris")

    assert session.local_start == START
    assert session.local_start.isoformat() == "2026-09-07T18:00:00+02:00"


def test_the_start_of_a_session_that_its_clock_would_show_in_the_year_10000_stays_in_utc() -> None:
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    session = made(Session, timezone="Pacific/Kiritimati", starts_at=last, ends_at="9999-12-31T23:30Z")

    assert session.local_start == last


def test_a_session_is_pending_and_generated_unless_it_says_otherwise() -> None:
    session = made(Session)

    assert (session.status, session.origin, session.version) == (SessionStatus.PENDING, Origin.GENERATED, 1)


# Occurrences, which come in thousands


def test_occurrences_made_in_bulk_are_like_those_made_one_by_one() -> None:
    made_in_bulk = occurrences_of(
        ["maths", "maths"], ["mon", "tue"], [DAY, DAY], [0, 1], [START] * 2, [END] * 2, [None, "trip"], [None, "gap"]
    )

    assert made_in_bulk == [
        Occurrence("maths", "mon", DAY, 0, START, END),
        Occurrence("maths", "tue", DAY, 1, START, END, "trip", "gap"),
    ]
    assert [type(each) for each in made_in_bulk] == [Occurrence, Occurrence]
    assert pickle.loads(pickle.dumps(made_in_bulk)) == made_in_bulk
    assert len({*made_in_bulk, *made_in_bulk}) == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made_in_bulk[0].index = 5  # type: ignore[misc]


# Identities


def test_an_identity_is_read_as_it_is_written() -> None:
    identity = Identity.parse("maths/mon/2026-09-14")

    assert identity == Identity("maths", "mon", "2026-09-14")
    assert str(identity) == "maths/mon/2026-09-14"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a/b", """Identity must be written like "maths/mon/2026-09-14", got 'a/b'"""),
        ("a/b/2026-09-14/c", """Identity must be written like "maths/mon/2026-09-14", got 'a/b/2026-09-14/c'"""),
        (5, """Identity must be written like "maths/mon/2026-09-14", got 5"""),
        ("//2026-09-14", "Identity.series_id must have 1 to 64 characters, got ''"),
        ("a/b/2026-9-14", "Identity.occurs_on must be a date like 2026-09-07, got '2026-9-14'"),
    ],
)
def test_a_text_that_is_no_identity_is_refused(text: Any, message: str) -> None:
    assert refused(lambda: Identity.parse(text)) == message


@pytest.mark.parametrize("id", ["x" * 64, "Élève n° 7", "lundi\xa018h", "👩\u200d🏫", ".."])
def test_whatever_a_slot_is_called_its_sessions_can_be_named_after_it(id: str) -> None:
    identity = Identity(id, made(Slot, id=id).id, "2026-09-14")

    session = made(Session, id=str(identity), series_id=id, slot_id=id, occurs_on="2026-09-14")

    assert session.identity == identity == Identity.parse(session.id)


# Issues


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"code": 5}, "Issue.code must be text, got 5"),
        ({"message": None}, "Issue.message must be text, got None"),
        ({"audience": "x"}, "Issue.audience must be one of CREATOR, ADMIN, SYSTEM, got 'x'"),
        ({"series_id": ""}, "Issue.series_id must have 1 to 64 characters, got ''"),
    ],
)
def test_an_issue_refuses_what_it_can_not_be(said: dict[str, Any], message: str) -> None:
    assert refused(lambda: made(Issue, **said)) == message


def test_the_details_of_an_issue_are_texts_in_order() -> None:
    issue = Issue("late", message="too late", details={"tutor": "amina", "at": START, "day": 3})

    assert issue.details == (("at", "2026-09-07T16:00:00Z"), ("day", "3"), ("tutor", "amina"))
    assert START.tzinfo is UTC
