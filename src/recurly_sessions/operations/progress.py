"""Batches of series that are worked at, to how far that is, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple


class Progress(NamedTuple):
    """How far something has come: what is being done, and with how many series of how many it's done."""

    doing: str
    done: int
    total: int


OnProgress = Callable[[Progress], object]


def watched(batches: Iterable[Sequence[str]], doing: str, on_progress: OnProgress | None) -> Iterator[Sequence[str]]:
    """Walk batches, and tell of each once the next one is asked for; all are read before, if somebody watches."""
    if on_progress is None:
        yield from batches
        return
    every = [*batches]
    done, total = 0, sum(map(len, every))
    on_progress(Progress(doing, done, total))
    for series_ids in every:
        yield series_ids
        done += len(series_ids)
        on_progress(Progress(doing, done, total))
