"""Rotations: whose turn it is while members come and go, against a simulation turn by turn."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recurly_sessions.patterns.rotation import Dealt, Member, deal

ALWAYS = 2**62


def places(members: list[Member], turns: int) -> list[int | None]:
    """Whose the first turns are, by place."""
    return [found and found.place for found in deal(members, range(turns))]


def simulate(members: list[Member], turns: int) -> list[Dealt | None]:
    """Deal turn by turn, as one would by hand: the last dealt goes on with a block, else the next one begins one."""
    answers: list[Dealt | None] = []
    last, used = -1, 0
    for turn in range(turns):
        live = [place for place, member in enumerate(members) if member.first <= turn < member.end]
        if not live:
            answers.append(None)
        else:
            if last in live and used < members[last].block:
                used += 1
            else:
                last, used = next((place for place in live if place > last), live[0]), 1
            answers.append(Dealt(last, used, tuple(live)))
    return answers


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([Member(1, 0, ALWAYS)], [0, 0, 0, 0]),
        ([Member(1, 0, ALWAYS)] * 3, [0, 1, 2, 0, 1, 2, 0]),
        ([Member(2, 0, ALWAYS), Member(1, 0, ALWAYS), Member(3, 0, ALWAYS)], [0, 0, 1, 2, 2, 2, 0, 0, 1, 2]),
        # The second comes for turn 2: the first was dealt last, so it's theirs.
        ([Member(1, 0, ALWAYS), Member(1, 2, ALWAYS)], [0, 0, 1, 0, 1]),
        # The first comes for turn 2 in the middle of a round of the others.
        ([Member(1, 2, ALWAYS), Member(1, 0, ALWAYS), Member(1, 0, ALWAYS)], [1, 2, 0, 1, 2, 0]),
        ([Member(1, 3, ALWAYS), Member(1, 0, ALWAYS), Member(1, 0, ALWAYS)], [1, 2, 1, 2, 0, 1]),
        # The one who was dealt last goes: the next after them follows.
        ([Member(1, 0, ALWAYS), Member(1, 0, 2), Member(1, 0, ALWAYS)], [0, 1, 2, 0, 2, 0]),
        ([Member(1, 0, ALWAYS), Member(1, 0, ALWAYS), Member(1, 0, 3)], [0, 1, 2, 0, 1, 0]),
        ([Member(1, 0, 1), Member(1, 0, ALWAYS), Member(1, 0, ALWAYS)], [0, 1, 2, 1, 2]),
        # In the middle of a block somebody comes: the block goes on.
        ([Member(3, 0, ALWAYS), Member(1, 1, ALWAYS)], [0, 0, 0, 1, 0, 0, 0, 1]),
        ([Member(1, 1, ALWAYS), Member(3, 0, ALWAYS)], [1, 1, 1, 0, 1, 1, 1, 0]),
        # In the middle of a block its owner goes, and comes back never.
        ([Member(3, 0, 2), Member(2, 0, ALWAYS)], [0, 0, 1, 1, 1, 1]),
        ([Member(2, 0, ALWAYS), Member(3, 0, 3)], [0, 0, 1, 0, 0, 0]),
        # Nobody is there for a while: the block that was begun goes on afterwards.
        ([Member(1, 0, 2), Member(1, 4, ALWAYS)], [0, 0, None, None, 1, 1]),
        ([Member(1, 2, ALWAYS), Member(1, 5, ALWAYS)], [None, None, 0, 0, 0, 1, 0]),
        ([], [None, None]),
        # Turns before the first and an end before the start are nobody's.
        ([Member(1, -5, 2), Member(1, -5, -1), Member(1, 3, 3), Member(1, 0, ALWAYS)], [0, 3, 3, 3]),
    ],
)
def test_turns_go_round_in_blocks_and_on_after_the_last_dealt(
    members: list[Member], expected: list[int | None]
) -> None:
    assert places(members, len(expected)) == expected


def test_a_turn_says_the_how_manieth_of_a_block_it_is_and_who_is_there() -> None:
    members = [Member(2, 0, ALWAYS), Member(1, 0, 3), Member(1, 4, ALWAYS)]

    assert deal(members, range(7)) == [
        Dealt(0, 1, (0, 1)),
        Dealt(0, 2, (0, 1)),
        Dealt(1, 1, (0, 1)),
        Dealt(0, 1, (0,)),
        Dealt(0, 2, (0, 2)),
        Dealt(2, 1, (0, 2)),
        Dealt(0, 1, (0, 2)),
    ]


def test_no_turns_are_dealt_to_nobody() -> None:
    assert deal([Member(1, 0, ALWAYS)], []) == []


def test_a_turn_in_the_far_future_costs_no_more_than_one_of_today() -> None:
    """It's found by counting: a walk over so many turns would never end."""
    members = [Member(2, 0, ALWAYS), Member(1, 0, 10**15), Member(1, 10**15, ALWAYS)]

    assert deal(members, [10**15 - 1, 10**17]) == [Dealt(0, 1, (0, 1)), Dealt(0, 2, (0, 2))]


members = st.builds(
    lambda block, first, length: Member(block, first, ALWAYS if length is None else first + length),
    st.integers(1, 4),
    st.integers(0, 25),
    st.none() | st.integers(0, 25),
)


@given(roster=st.lists(members, max_size=7))
@example(roster=[Member(3, 0, 2), Member(1, 4, ALWAYS), Member(2, 4, ALWAYS)])
@example(roster=[Member(1, 0, ALWAYS)] * 3)
@example(roster=[Member(4, 0, ALWAYS), Member(2, 3, 9), Member(3, 5, 6), Member(1, 20, ALWAYS)])
def test_dealing_by_counting_is_dealing_turn_by_turn(roster: list[Member]) -> None:
    assert deal(roster, range(60)) == simulate(roster, 60)


@given(roster=st.lists(members, max_size=7), asked=st.sets(st.integers(0, 80)))
def test_turns_that_are_asked_for_singly_are_those_of_the_whole(roster: list[Member], asked: set[int]) -> None:
    turns, whole = sorted(asked), deal(roster, range(81))

    assert deal(roster, turns) == [whole[turn] for turn in turns]
    assert [deal(roster, [turn])[0] for turn in turns] == [whole[turn] for turn in turns]


@given(count=st.integers(1, 9), turns=st.integers(1, 60))
def test_a_roster_that_does_not_change_deals_by_the_number_of_the_turn(count: int, turns: int) -> None:
    assert places([Member(1, 0, ALWAYS)] * count, turns) == [turn % count for turn in range(turns)]
