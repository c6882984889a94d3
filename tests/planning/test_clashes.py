"""Stretches of time to the pairs that overlap."""

from datetime import timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from recurly_sessions.planning.clashes import MOST_OTHERS, Clash, Rank, by_member, by_person, clashes
from tests.planning.plans import NOW

Stretch = tuple[int, int, int]  # start and length in minutes, and the first part of the rank


def found(stretches: list[Stretch]) -> list[Clash]:
    starts = [NOW + timedelta(minutes=start) for start, _, _ in stretches]
    ends = [start + timedelta(minutes=length) for start, (_, length, _) in zip(starts, stretches, strict=True)]

    def rank(place: int) -> Rank:
        return stretches[place][2], NOW, f"{place:06}"

    return list(clashes(range(len(stretches)), starts, ends, rank))


def by_hand(stretches: list[Stretch]) -> set[Clash]:
    """Every pair, by the definition; the greater rank gives way."""
    pairs = set()
    for (first, (start, length, rank)), (second, (begin, long, other)) in combinations(enumerate(stretches), 2):
        if start < begin + long and begin < start + length:
            pairs.add(Clash(second, first) if (rank, first) < (other, second) else Clash(first, second))
    return pairs


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(0, 4)), max_size=MOST_OTHERS))
def test_the_clashes_are_the_pairs_that_overlap_each_once(stretches: list[Stretch]) -> None:
    pairs = found(stretches)

    assert set(pairs) == by_hand(stretches)
    assert len(pairs) == len(set(pairs))


def test_those_who_were_there_before_and_those_who_come_later_are_counted_together() -> None:
    pairs = found([*[(0, 60, 0)] * 15, (0, 60, 9), *[(30, 30, 0)] * 10])

    assert [pair.stays for pair in pairs if pair.gives_way == 15] == [*range(15), *range(16, 21)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 30), st.integers(0, 4)), min_size=22, max_size=45))
def test_who_gives_way_to_very_many_is_told_of_some_of_them(stretches: list[Stretch]) -> None:
    pairs, expected = found(stretches), by_hand(stretches)

    for place in range(len(stretches)):
        told = [pair for pair in pairs if pair.gives_way == place]
        all_of_them = [pair for pair in expected if pair.gives_way == place]
        assert len(told) == min(len(all_of_them), MOST_OTHERS)
        assert set(told) <= set(all_of_them)


def test_touching_ends_do_not_overlap() -> None:
    assert found([(0, 30, 1), (30, 30, 1), (60, 30, 1)]) == []
    assert found([(0, 31, 1), (30, 30, 1)]) == [Clash(1, 0)]


def test_nothing_clashes_with_nothing() -> None:
    assert found([]) == found([(0, 30, 1)]) == []


def test_ten_thousand_stretches_at_once_are_told_without_looking_at_every_pair() -> None:
    pairs = found([(0, 60, number % 5) for number in range(10_000)])

    assert len(pairs) == sum(min(place, MOST_OTHERS) for place in range(10_000))


def test_places_are_grouped_by_person_and_nobody_is_nobody() -> None:
    assert by_person(["amina", None, "luc", "amina"]) == {"amina": [0, 3], "luc": [2]}
    assert by_person([None, None]) == by_person([]) == {}


def test_members_with_the_same_groups_are_looked_at_together() -> None:
    groups = [(("kim", "lea"), (0, 1)), (("kim", "lea", "max"), (2,))]

    assert list(by_member(groups)) == [(["kim", "lea"], [0, 1, 2]), (["max"], [2])]
