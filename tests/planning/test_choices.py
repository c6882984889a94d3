"""What can be done about a conflict: who else is free, which room, or a move; on one sheet for the whole horizon."""

from typing import Any

from recurly_sessions import Availability, Plan, School, Tutor, round_robin
from recurly_sessions.values.school import Booking
from tests.planning.helpers import a_series, a_slot, days
from tests.planning.plans import made, manual, moved, planned, rules, taught_by, two_slots, utc

WINDOW = days("2026-09-07", "2026-09-07")


def choices(plan: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(row.kind, row.session_id, row.choices) for row in plan.conflict_sheet()]


def school(*tutors: Tutor, **more: Any) -> School:
    """Amina has two lessons at the same time."""
    return School(a_series(*two_slots(), assignments=round_robin("amina"), **more), tutors=[Tutor("amina"), *tutors])


def test_tutors_who_are_free_and_teach_the_subject_are_offered_three_at_most() -> None:
    busy = Booking("b", starts_at=utc("2026-09-07 17:00"), ends_at=utc("2026-09-07 18:00"), tutor_id="busy")
    whole = school(
        Tutor("away", availability=()),
        Tutor("busy"),
        Tutor("music", subjects=["music"]),
        Tutor("ben", name="Ben", subjects=["Maths"]),
        Tutor("chi"),
        Tutor("dora", availability=[Availability("m", start="18:00", end="19:30", weekday="MO")]),
        Tutor("emil"),
        subject="maths",
    )

    plan = planned(whole, window=WINDOW, bookings=[busy])

    assert choices(plan) == [
        (
            "tutor",
            "s/b/2026-09-07",
            ("assign Ben", "assign chi", "assign dora", "move it", "call it off", "leave it"),
        )
    ]


def test_a_slot_s_own_subject_counts_first() -> None:
    series = a_series(*two_slots(subject="music"), subject="maths", assignments=round_robin("amina"))
    whole = School(series, tutors=[Tutor("amina"), Tutor("ben", subjects=["maths"]), Tutor("chi", subjects=["music"])])

    assert choices(planned(whole, window=WINDOW))[0][2] == ("assign chi", "move it", "call it off", "leave it")


def test_nobody_is_offered_where_profiles_are_not_tracked_or_nobody_is_free() -> None:
    untracked = a_series(*two_slots(), assignments=round_robin("amina"))

    assert choices(planned(untracked, window=WINDOW))[0][2] == ("move it", "call it off", "leave it")
    assert choices(planned(school(), window=WINDOW))[0][2] == ("move it", "call it off", "leave it")


def test_a_tutor_who_has_no_hours_then_is_replaced_by_one_who_has() -> None:
    whole = School(taught_by("amina"), tutors=[Tutor("amina", availability=()), Tutor("luc")])

    assert choices(planned(whole, window=WINDOW)) == [
        ("unavailable", "s/a/2026-09-07", ("assign luc", "move it", "call it off", "leave it"))
    ]


def test_rooms_of_the_school_that_are_free_are_offered() -> None:
    series = a_series(*two_slots(room_id="blue"), a_slot("c", room_id="green", days="TU"), room_id="red")
    taken = Booking("b", starts_at=utc("2026-09-07 17:00"), ends_at=utc("2026-09-07 18:00"), room_id="green")

    assert choices(planned(series, window=WINDOW))[0][2][:2] == ("room green", "room red")
    assert choices(planned(series, window=WINDOW, bookings=[taken]))[0][2][:2] == ("room red", "move it")


def test_a_student_can_only_be_spared_by_moving_or_calling_off() -> None:
    plan = planned(a_series(*two_slots(), members=["kim"]), window=WINDOW)

    assert choices(plan) == [("student", "s/b/2026-09-07", ("move it", "call it off", "leave it"))]


def test_a_date_that_is_skipped_is_made_by_itself_once_it_is_free() -> None:
    plan = planned(school(config=rules(on_tutor_busy="skip")), window=WINDOW)

    assert choices(plan) == [("tutor", "s/b/2026-09-07", ("made once the time is free", "free the time"))]


def test_the_sheet_shows_sessions_as_the_plan_leaves_them() -> None:
    """Luc is free only because the plan takes his lesson away from him."""
    given = school(Tutor("luc"))
    was_lucs = made(a_series(a_slot("c"), assignments=round_robin("luc")), window=WINDOW)[0]

    plan = planned(given, was_lucs, window=WINDOW)

    assert choices(plan)[0][2][0] == "assign luc"
    own = manual("own", "2026-09-07 16:00", "2026-09-07 17:00", tutor_id="luc")
    assert choices(planned(given, moved(own, utc("2026-09-07 17:00") - own.starts_at), window=WINDOW))[0][2][0] == (
        "move it"
    )


def test_the_table_has_a_row_for_each_conflict_of_the_whole_horizon() -> None:
    plan = planned(school(Tutor("luc", name="Luc")))

    assert plan.conflict_table().splitlines()[0].split() == [
        "date", "time", "lesson", "session", "problem", "with", "done", "choices", "why"
    ]  # fmt: skip
    assert [line.split()[:5] for line in plan.conflict_table().splitlines()[1:-1]] == [
        ["Mon", day, "Sep", "2026", "18:00"] for day in ("7", "14", "21", "28")
    ]
    assert planned().conflict_table() == "No conflicts."
