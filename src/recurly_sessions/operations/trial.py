"""A transaction that may be a trial: all is done as it would be, and taken back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from recurly_sessions.store import Store, Transaction


class _TakenBackError(Exception):
    """What ends a trial."""


@contextmanager
def transaction_of(store: Store, *series_ids: str, dry_run: bool) -> Iterator[Transaction]:
    """Lock some series; with `dry_run`, whatever is written is gone when the block ends."""
    with suppress(_TakenBackError), store.transaction(*series_ids) as transaction:
        yield transaction
        if dry_run:
            raise _TakenBackError
