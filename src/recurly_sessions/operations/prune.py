"""What a store keeps of runs that are long over, forgotten: they can't be undone any more, and all sessions stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from recurly_sessions.errors import InvalidValueError
from recurly_sessions.store import Pruned, Store
from recurly_sessions.values.window import to_edge

LEAST: Final = timedelta(days=7)


def prune(store: Store, *, now: datetime | str, days: int = 365, dry_run: bool = False) -> Pruned:
    """Forget the runs of more than so many days ago, what people were told of them, and how the job went then.

    What was told must have arrived, or been given up, as long ago; a run of which it hasn't stays as a whole. The last
    twenty runs of the job stay. With `dry_run`, only say how much that is.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("prune: now") from None
    if isinstance(days, bool) or not isinstance(days, int) or not LEAST.days <= days <= 36_500:
        hint = "a run of the last days may still be gone on with, or be undone"
        raise InvalidValueError("prune: days", f"must be {LEAST.days} to 36500", days, hint)
    return store.prune(before=at - timedelta(days=days), dry_run=dry_run)
