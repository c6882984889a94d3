"""What is shown of a session: its mark, its title, and the names of people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recurly_sessions import Decision, School, Series, Session, Slot, Tutor
from recurly_sessions.render.entries import Entry, entries_of
from recurly_sessions.values.change import Change
from recurly_sessions.values.conflict import Conflict

START = datetime(2026, 9, 14, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_session(id: str = "maths/mon/2026-09-14", **more: Any) -> Session:
    slot = {"slot_id": "mon", "occurs_on": "2026-09-14"}
    times = {"starts_at": START, "ends_at": more.get("starts_at", START) + HOUR}
    return Session(id, **{"series_id": "maths", "timezone": "Europe/Paris", **slot, **times, **more})


def a_school(*, subject: str | None = None, slot_subject: str | None = None, tutors: Any = None) -> School:
    slot = Slot("mon", days="MO", start="18:00", end="19:00", subject=slot_subject)
    series = Series("maths", timezone="Europe/Paris", starts_on="2026-09-07", slots=[slot], subject=subject)
    return School([series], tutors=tutors)


def updated(*fields: str, **before: Any) -> Change:
    return Change("UPDATE", before=a_session(**before), after=a_session(version=2), fields=fields, code="updated")


def test_an_entry_says_all_that_is_shown_of_a_change() -> None:
    before = a_session(tutor_id="luc")
    after = a_session(tutor_id="amina", pinned=("notes",), version=2)
    decision = Decision("amina", "a1", "round_robin", "it is Amina's turn")
    change = Change(
        "UPDATE",
        before=before,
        after=after,
        fields=("tutor_id",),
        code="reassigned",
        decision=decision,
        because="Luc left",
    )
    conflict = Conflict("tutor", session_id=after.id, starts_at=START, ends_at=START + HOUR)
    school = a_school(subject="Algebra", tutors=[Tutor("amina", name="Amina Belkacem"), "luc"])

    assert entries_of([change], [], [conflict], school=school) == [
        Entry(
            session=after,
            mark="changed",
            before=before,
            title="Algebra · maths · mon",
            tutor="Amina Belkacem",
            tutor_before="luc",
            why="Luc left; it is Amina's turn",
            conflicts=(conflict,),
            pinned=("notes",),
        )
    ]


def test_an_unchanged_session_is_kept_and_has_no_reason() -> None:
    session = a_session()

    assert entries_of([], [session], [], school=a_school()) == [
        Entry(
            session=session,
            mark="kept",
            before=None,
            title="maths · mon",
            tutor=None,
            tutor_before=None,
            why="",
            conflicts=(),
            pinned=(),
        )
    ]


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        (Change("CREATE", after=a_session(), code="due"), "created"),
        (Change("CANCEL", before=a_session(), after=a_session(status="CANCELLED"), code="closed"), "cancelled"),
        (Change("REINSTATE", before=a_session(), after=a_session(), code="wanted-again"), "reinstated"),
        (updated("ends_at", "starts_at"), "moved"),
        (updated("ends_at", "price"), "moved"),
        (updated("price", "tutor_id"), "changed"),
        (updated(), "changed"),
    ],
)
def test_the_mark_says_what_becomes_of_a_session(change: Change, mark: str) -> None:
    assert [entry.mark for entry in entries_of([change], [], [], school=a_school())] == [mark]


def test_entries_stand_by_start_then_id() -> None:
    later = Change("CREATE", after=a_session("maths/a", starts_at=START + HOUR), code="due")
    first = Change("CREATE", after=a_session("maths/c"), code="due")
    entries = entries_of([later, first], [a_session("maths/b"), a_session("maths/d")], [], school=a_school())

    assert [entry.session.id for entry in entries] == ["maths/b", "maths/c", "maths/d", "maths/a"]


@pytest.mark.parametrize(
    ("school", "session", "title"),
    [
        (a_school(), a_session(), "maths · mon"),
        (a_school(subject="MATHS"), a_session(), "MATHS · mon"),
        (a_school(subject="Algebra"), a_session(), "Algebra · maths · mon"),
        (a_school(subject="Algebra", slot_subject="Proofs"), a_session(), "Proofs · maths · mon"),
        (a_school(subject="Algebra"), a_session(slot_id="gone"), "Algebra · maths · gone"),
        (a_school(subject="Algebra"), a_session("x", slot_id=None, occurs_on=None), "Algebra · maths"),
        (a_school(subject="Algebra"), a_session(series_id="chess"), "chess · mon"),
    ],
)
def test_a_title_is_the_subject_with_the_series_and_the_slot(school: School, session: Session, title: str) -> None:
    assert [entry.title for entry in entries_of([], [session], [], school=school)] == [title]


@pytest.mark.parametrize(
    ("tutors", "tutor_id", "shown"),
    [
        ([Tutor("amina", name="Amina")], "amina", "Amina"),
        ([Tutor("amina", name="Amina")], "luc", "luc"),
        ([Tutor("amina", name="  ")], "amina", "amina"),
        (None, "luc", "luc"),
        (None, None, None),
        ([Tutor("a1", name="Amina"), Tutor("a2", name="Amina ")], "a2", "Amina (a2)"),
    ],
)
def test_a_tutor_is_shown_by_name_as_far_as_it_is_known(tutors: Any, tutor_id: str | None, shown: str | None) -> None:
    entries = entries_of([], [a_session(tutor_id=tutor_id)], [], school=a_school(tutors=tutors))

    assert [entry.tutor for entry in entries] == [shown]


def test_a_conflict_belongs_to_the_session_that_gives_way() -> None:
    gives_way, stays = a_session("maths/a"), a_session("maths/b")
    conflict = Conflict("tutor", session_id="maths/a", other="maths/b", starts_at=START, ends_at=START + HOUR)
    elsewhere = Conflict("tutor", session_id="maths/z", other="maths/b", starts_at=START, ends_at=START + HOUR)
    entries = entries_of([], [gives_way, stays], [elsewhere, conflict], school=a_school())

    assert [entry.conflicts for entry in entries] == [(conflict,), ()]
