"""What a session costs: hourly rate × hours × members, exact, and rounded once."""

import decimal
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions import Member, Money, School, Series, SessionStatus, Tutor
from recurly_sessions.errors import InvalidValueError
from tests.planning.helpers import a_series, a_slot, days
from tests.planning.plans import FOUR, confirmed, issues, made, moved, planned, rules, steps, taught_by, utc


def price_of(series: Series, *tutors: Tutor, **base: Any) -> str:
    """The price of the first session of a series."""
    return str(made(School(series, tutors=tutors, base=rules(**base)))[0].price)


def half_up(exact: Fraction, digits: int = 2) -> Decimal:
    """An exact number to so many digits, by hand."""
    coins, rest = divmod(exact * 10**digits, 1)
    return Decimal(coins + (rest >= Fraction(1, 2))).scaleb(-digits)


@pytest.mark.requirement("P17")
@given(
    rate=st.decimals(0, 500, places=2),
    minutes=st.integers(1, 24 * 60),
    active=st.integers(0, 12),
    inactive=st.integers(0, 3),
)
def test_the_price_is_rate_times_hours_times_active_members(
    rate: Decimal, minutes: int, active: int, inactive: int
) -> None:
    members = [Member(f"m{number}", active=number < active) for number in range(active + inactive)]
    series = taught_by("amina", slots=[a_slot(duration=minutes)], members=members)

    sessions = made(School(series, tutors=[Tutor("amina", hourly_rate=rate)]))

    exact = Fraction(rate) * Fraction(minutes, 60) * active
    assert [session.price for session in sessions] == [Money(half_up(exact), "EUR")] * 4


@pytest.mark.requirement("P18")
@given(
    rate=st.none() | st.decimals(0, 500, places=2),
    minutes=st.integers(1, 24 * 60),
    members=st.none() | st.integers(0, 9),
)
def test_without_tutor_the_price_is_zero_or_that_of_the_default_rate(
    rate: Decimal | None, minutes: int, members: int | None
) -> None:
    enrolled = None if members is None else [f"m{number}" for number in range(members)]
    series = a_series(a_slot(duration=minutes), members=enrolled, config=rules(default_rate=rate))

    sessions = made(School(series, tutors=[Tutor("amina", hourly_rate="99 EUR")]))

    exact = Fraction(rate or 0) * Fraction(minutes, 60) * (1 if members is None else members)
    assert {session.tutor_id for session in sessions} == {None}
    assert [session.price for session in sessions] == [Money(half_up(exact), "EUR")] * 4


@pytest.mark.requirement("P19")
@given(
    st.lists(st.tuples(st.sampled_from(SessionStatus), st.booleans()), min_size=28, max_size=28),
    st.integers(0, 29 * 24),
)
def test_a_rate_change_reprices_the_pending_sessions_to_come_of_that_tutor_and_no_others(
    fates: list[tuple[SessionStatus, bool]], hours: int
) -> None:
    series = taught_by("amina", "luc", slots=[a_slot(days="MO,TU,WE,TH,FR,SA,SU", duration=60)])
    school = School(series, tutors=[Tutor("amina", hourly_rate="30 EUR"), Tutor("luc", hourly_rate="30 EUR")])
    new = made(school, window=days("2026-09-07", "2026-10-04"))
    sessions = [
        attrs.evolve(session, status=status, pinned=["price"] if pinned else [])
        for session, (status, pinned) in zip(new, fates, strict=True)
    ]
    now = utc("2026-09-07 00:00") + timedelta(hours=hours)
    dearer = attrs.evolve(school, tutors=[Tutor("amina", hourly_rate="31 EUR"), Tutor("luc", hourly_rate="30 EUR")])

    plan = planned(dearer, *sessions, now=now, window=days("2026-09-07", "2026-09-07"))

    repriced = [
        session.id
        for session, (status, pinned) in zip(sessions, fates, strict=True)
        if session.tutor_id == "amina" and status is SessionStatus.PENDING and not pinned and session.starts_at > now
    ]
    assert steps(plan) == [("UPDATE", "repriced", each, "price") for each in repriced]
    assert {change.after.price for change in plan.changes} <= {Money(31, "EUR")}


@pytest.mark.parametrize(
    ("rate", "minutes", "members", "expected"),
    [
        ("30 EUR", 90, None, "45.00 EUR"),
        ("30 EUR", 90, 3, "135.00 EUR"),
        # Rounded once, half up: 33.35 × 1/2 is 16.675; by the member it would be 3 × 16.68.
        ("33.35 EUR", 30, 1, "16.68 EUR"),
        ("33.35 EUR", 30, 3, "50.03 EUR"),
        ("10 EUR", 20, 1, "3.33 EUR"),
        ("10 EUR", 20, 3, "10.00 EUR"),
        ("1000 JPY", 50, 1, "833 JPY"),
        ("1 KWD", 20, 1, "0.333 KWD"),
        # A rate finer than a coin.
        ("0.335", 60, 1, "0.34 EUR"),
        ("0.335", 60, 3, "1.01 EUR"),
        (12, 45, 1, "9.00 EUR"),
        ("0 EUR", 90, 4, "0.00 EUR"),
    ],
)
def test_prices_are_exact_and_rounded_once(rate: Any, minutes: int, members: int | None, expected: str) -> None:
    enrolled = None if members is None else [f"m{number}" for number in range(members)]
    series = taught_by("amina", slots=[a_slot(duration=minutes)], members=enrolled)

    assert price_of(series, Tutor("amina", hourly_rate=rate)) == expected


def test_a_price_does_not_depend_on_the_program_s_own_decimal_context() -> None:
    with decimal.localcontext(prec=2, rounding=decimal.ROUND_DOWN):
        price = price_of(taught_by("amina"), Tutor("amina", hourly_rate="133.35 EUR"))

    assert price == "200.03 EUR"
    assert (
        half_up(Fraction("200.025")) == Decimal("200.03") == Decimal("200.025").quantize(Decimal("0.01"), ROUND_HALF_UP)
    )


def test_a_session_costs_what_it_really_lasts() -> None:
    """A night from 23:00 to 07:00 has 7 hours when clocks go forward, and 9 when they go back."""
    series = taught_by("amina", slots=[a_slot(days="SA", start="23:00", end="07:00")], starts_on="2026-01-01")
    school = School(series, tutors=[Tutor("amina", hourly_rate="10 EUR")])

    spring = made(school, now=utc("2026-03-28 00:00"), window=days("2026-03-28", "2026-04-04"))
    autumn = made(school, now=utc("2026-10-24 00:00"), window=days("2026-10-24", "2026-10-31"))

    assert [str(session.price) for session in spring] == ["70.00 EUR", "80.00 EUR"]
    assert [str(session.price) for session in autumn] == ["90.00 EUR", "80.00 EUR"]


@pytest.mark.parametrize(
    ("tutors", "base", "expected"),
    [
        # A tutor without a rate, one who isn't known, and profiles that aren't tracked cost the default rate, else 0.
        ([Tutor("amina")], {}, "0.00 EUR"),
        ([Tutor("amina")], {"default_rate": 20}, "30.00 EUR"),
        ([Tutor("luc", hourly_rate=99)], {"default_rate": 20}, "30.00 EUR"),
        (None, {"default_rate": "20 USD", "currency": "USD"}, "30.00 USD"),
        (None, {}, "0.00 EUR"),
        (None, {"currency": "JPY"}, "0 JPY"),
        # A bare number is in the config's currency, money in its own.
        ([Tutor("amina", hourly_rate=20)], {"currency": "JPY"}, "30 JPY"),
        ([Tutor("amina", hourly_rate="20 USD")], {"default_rate": 1}, "30.00 USD"),
        ([Tutor("amina", hourly_rate=0)], {"default_rate": 1}, "0.00 EUR"),
    ],
)
def test_the_rate_is_the_tutor_s_own_or_else_the_default(
    tutors: list[Tutor] | None, base: dict[str, Any], expected: str
) -> None:
    sessions = made(School(taught_by("amina"), tutors=tutors, base=rules(**base)))

    assert {str(session.price) for session in sessions} == {expected}


def test_a_class_in_which_nobody_takes_part_costs_nothing_and_that_is_told() -> None:
    tutors = [Tutor("amina", hourly_rate="30 EUR")]
    message = "nobody takes part, so its sessions cost nothing; enrol members, or leave members out to not track them"
    for nobody in ((), [Member("kim", active=False)]):
        plan = planned(School(taught_by("amina", members=nobody), tutors=tutors))

        assert [str(change.after.price) for change in plan.creates] == ["0.00 EUR"] * 4
        assert issues(plan) == [("no-members", message)]
    assert issues(planned(School(taught_by("amina"), tutors=tutors))) == []


def test_enrolling_a_member_reprices_what_is_pending() -> None:
    tutors = [Tutor("amina", hourly_rate="30 EUR")]
    first, second, third, fourth = made(School(taught_by("amina", members=["kim"]), tutors=tutors))
    pinned = attrs.evolve(fourth, pinned=["price"])

    plan = planned(
        School(taught_by("amina", members=["kim", "lea"]), tutors=tutors), first, confirmed(second), third, pinned
    )

    assert steps(plan) == [("UPDATE", "repriced", FOUR[0], "price"), ("UPDATE", "repriced", FOUR[2], "price")]
    assert [change.after for change in plan.changes] == [
        attrs.evolve(session, price="90 EUR", version=2) for session in (first, third)
    ]
    assert plan.changes[0].why == "90.00 EUR = 30.00 EUR × 1.5 h × 2 members (the rate of amina)"


def test_a_price_follows_the_time_that_a_person_has_set() -> None:
    school = School(taught_by("amina"), tutors=[Tutor("amina", hourly_rate="30 EUR")])
    first = made(school)[0]
    longer = attrs.evolve(first, ends_at=first.ends_at + timedelta(minutes=30), pinned=["ends_at"])

    plan = planned(school, longer, moved(made(school)[1], timedelta(days=1)))

    assert [change.after for change in plan.updates] == [attrs.evolve(longer, price="60 EUR", version=2)]


def test_a_negative_rate_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidValueError) as error:
        Tutor("amina", hourly_rate="-1 EUR")

    assert str(error.value) == "Tutor.hourly_rate must not be negative, got '-1 EUR'"
