"""Stretches of time in which people and rooms are busy, to the pairs that overlap: a sweep for each person or room.

How it works. Nobody is booked twice if, in order of their starts, no stretch ends after the next one starts: one sort
and one comparison settle most people. Who is left has clusters of stretches that hang together, which are looked at one
by one. In each pair the one with the smaller rank stays; a session is compared with the strongest few.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import accumulate, chain, islice
from operator import gt, lt
from typing import Final, NamedTuple, TypeVar

Rank = tuple[int, datetime, str]  # see `planning.busy`
P = TypeVar("P")

MOST_OTHERS: Final = 20  # that are listed for one session and one person


class Clash(NamedTuple):
    """Two places that overlap: the one that gives way, and the one that stays."""

    gives_way: int
    stays: int


def clashes(
    places: Iterable[int], starts: Sequence[datetime], ends: Sequence[datetime], rank: Callable[[int], Rank]
) -> Iterator[Clash]:
    """The pairs among some places that overlap; touching ends don't."""
    mine = sorted(places, key=starts.__getitem__)
    if not any(map(gt, map(ends.__getitem__, mine), map(starts.__getitem__, islice(mine, 1, None)))):
        return
    for cluster in _clusters(mine, starts, ends):
        yield from _pairs(cluster, starts, ends, rank)


def _clusters(places: list[int], starts: Sequence[datetime], ends: Sequence[datetime]) -> Iterator[list[int]]:
    """Places, in order of their starts, that hang together: whatever starts before all before it have ended."""
    until = accumulate(map(ends.__getitem__, places), max)
    hangs = map(lt, map(starts.__getitem__, islice(places, 1, None)), until)
    cluster: list[int] = []
    for at in [at for at, each in enumerate(hangs, start=1) if each]:
        if not cluster or cluster[-1] != places[at - 1]:
            yield from [cluster] if cluster else []
            cluster = [places[at - 1]]
        cluster.append(places[at])
    if cluster:
        yield cluster


def _pairs(
    cluster: list[int], starts: Sequence[datetime], ends: Sequence[datetime], rank: Callable[[int], Rank]
) -> Iterator[Clash]:
    """The overlapping pairs of a cluster: at each start, what is there already is met, the strongest first."""
    ranks = {place: rank(place) for place in cluster}
    there: list[Rank] = []  # what hasn't ended yet, by rank
    unmet: list[Rank] = []  # and of that, what hasn't met its most
    places = {ranks[place]: place for place in cluster}
    ending: list[tuple[datetime, Rank]] = []
    met = dict.fromkeys(ranks.values(), 0)
    for place in sorted(cluster, key=lambda each: (starts[each], ranks[each])):
        mine = ranks[place]
        while ending and ending[0][0] <= starts[place]:
            gone = heappop(ending)[1]
            _remove(there, gone)
            _remove(unmet, gone)
        for stronger in islice(there, min(bisect_left(there, mine), MOST_OTHERS)):
            met[mine] += 1
            yield Clash(place, places[stronger])
        for weaker in unmet[bisect_left(unmet, mine) :]:
            met[weaker] += 1
            yield Clash(places[weaker], place)
            if met[weaker] == MOST_OTHERS:
                _remove(unmet, weaker)
        insort(there, mine)
        if met[mine] < MOST_OTHERS:
            insort(unmet, mine)
        heappush(ending, (ends[place], mine))


def _remove(ranks: list[Rank], rank: Rank) -> None:
    at = bisect_left(ranks, rank)
    if at < len(ranks) and ranks[at] == rank:
        del ranks[at]


def by_person(persons: Sequence[P | None]) -> dict[P, list[int]]:
    """The places of each person, or of each room."""
    found: defaultdict[P | None, list[int]] = defaultdict(list)
    if any(persons):
        for place, person in enumerate(persons):
            found[person].append(place)
    return {person: places for person, places in found.items() if person is not None}


def by_member(groups: Sequence[tuple[Sequence[str], Sequence[int]]]) -> Iterator[tuple[list[str], list[int]]]:
    """Members with the same groups, and the places of those groups: what holds for one holds for all of them."""
    memberships: dict[str, list[int]] = {}
    for number, (members, _) in enumerate(groups):
        for member in members:
            memberships.setdefault(member, []).append(number)
    alike: dict[tuple[int, ...], list[str]] = {}
    for member, numbers in memberships.items():
        alike.setdefault(tuple(numbers), []).append(member)
    for same, members in alike.items():
        yield members, list(chain.from_iterable(groups[number][1] for number in same))
