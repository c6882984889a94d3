"""Roster epochs: members who come and go, and a turn's number, to whose turn it is.

How it works. Members are given in turn order, each with the turns for which they're eligible. Between two comings or
goings (an *epoch*) the roster is constant, and the turns go round in blocks, so any turn is found by counting: with
blocks of 2, 1 and 1 turns a round is 4 turns, and turn 9 of the epoch is the 2nd of a round. An epoch goes on where the
last one stopped: with the rest of a block if its member is still there, else with the next member after the last dealt.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple


class Member(NamedTuple):
    """Someone in a rotation: the length of their block, and their turns, from `first` up to and without `end`."""

    block: int
    first: int
    end: int


class Dealt(NamedTuple):
    """A turn that was dealt: to whom (their place among all members), the how-manieth of a block, and who was there."""

    place: int
    nth: int
    present: tuple[int, ...]


class _Epoch(NamedTuple):
    first: int
    end: int
    present: list[int]


def deal(members: Sequence[Member], turns: Sequence[int]) -> list[Dealt | None]:
    """Say whose each of some turns is; None while nobody is eligible. Turns and answers ascend.

    >>> both = [Member(1, 0, 100), Member(1, 2, 100)]  # the second comes for turn 2
    >>> [found.place for found in deal(both, range(6))]
    [0, 0, 1, 0, 1, 0]
    """
    answers: list[Dealt | None] = []
    last: Dealt | None = None
    for epoch in _epochs(members, turns[-1] + 1 if turns else 0):
        wanted = turns[len(answers) : bisect_left(turns, epoch.end)]
        if not epoch.present:
            answers += [None] * len(wanted)
            continue
        present = tuple(epoch.present)
        ends = list(accumulate(members[place].block for place in present))
        done = _begin(members, present, ends, last)
        for turn in wanted:
            answers.append(_nth(present, ends, done + turn - epoch.first))
        last = _nth(present, ends, done + epoch.end - 1 - epoch.first)
    return answers


def deal_always(blocks: Sequence[int], turn: int) -> Dealt:
    """Say whose one turn is among those who are always there, by the lengths of their blocks.

    >>> [deal_always([2, 1], turn).place for turn in range(6)]
    [0, 0, 1, 0, 0, 1]
    """
    return _nth(tuple(range(len(blocks))), list(accumulate(blocks)), turn)


def _epochs(members: Sequence[Member], end: int) -> list[_Epoch]:
    """Cut the turns up to `end` wherever somebody comes or goes."""
    comings: dict[int, list[int]] = defaultdict(list)
    goings: dict[int, list[int]] = defaultdict(list)
    for place, member in enumerate(members):
        first = max(member.first, 0)
        if first < min(member.end, end):
            comings[first].append(place)
            goings[min(member.end, end)].append(place)
    cuts = sorted({0, end, *comings, *goings})
    present: list[int] = []
    epochs = []
    for first, until in pairwise(cuts):
        for place in goings[first]:
            present.remove(place)
        for place in comings[first]:
            insort(present, place)
        epochs.append(_Epoch(first, until, present.copy()))
    return epochs


def _begin(members: Sequence[Member], present: tuple[int, ...], ends: list[int], last: Dealt | None) -> int:
    """How far into its first round an epoch begins, so that it goes on after the last dealt."""
    if last is None:
        return 0
    at = bisect_left(present, last.place)
    if at < len(present) and present[at] == last.place:
        # Still there: the rest of the block comes first; a block that is done leads to the next member by itself.
        return ends[at] - members[last.place].block + last.nth
    return ends[at - 1] if at else 0


def _nth(present: tuple[int, ...], ends: list[int], turn: int) -> Dealt:
    in_round = turn % ends[-1]
    at = bisect_right(ends, in_round)
    return Dealt(present[at], in_round - (ends[at - 1] if at else 0) + 1, present)
