"""A series whose last day has passed, to the archive; its sessions stay."""

from __future__ import annotations

from datetime import datetime

from recurly_sessions.config import ResolvedConfig, config_for, zone_of
from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.operations.trial import transaction_of
from recurly_sessions.store import Store
from recurly_sessions.time.zones import local_day
from recurly_sessions.values.series import Series
from recurly_sessions.values.window import to_edge


def end_series(series_id: str, store: Store, *, now: datetime | str, dry_run: bool = False) -> Series:
    """Take a series out of what is live once its last day has passed, with its members; its sessions stay.

    One that goes on, or has sessions to come that aren't off, is refused. With `dry_run`, nothing is done beyond that.
    """
    try:
        at = to_edge(now)
    except InvalidValueError as error:
        raise error.at("end_series: now") from None
    with transaction_of(store, series_id, dry_run=dry_run) as transaction:
        if series_id not in transaction.standing(series_id):
            raise UnknownNameError("series", series_id)
        school = transaction.snapshot([series_id], now=at).school
        series = next(each for each in school.series if each.id == series_id)
        config = config_for(school, series)
        if not is_over(series, config, now=at):
            today = local_day(at, zone_of(series, config))
            last = "has no last day" if series.ends_on is None else f"lasts until {series.ends_on}"
            hint = f"it {last}, and it is {today}; give it an ends_on that has passed"
            raise InvalidValueError("end_series", "must be given a series that is over", series_id, hint)
        coming = sorted(each.id for each in transaction.to_come(series_id, now=at) if each.is_open)
        if coming:
            hint = f"{', '.join(coming[:3])} {'is' if len(coming) == 1 else 'are'} still to come; cancel or hold them"
            raise InvalidValueError("end_series", "must have no session to come", series_id, hint)
        transaction.archive(series_id, at=at)
    return series


def is_over(series: Series, config: ResolvedConfig, *, now: datetime) -> bool:
    """Whether the last day of a series has passed where it takes place."""
    return series.ends_on is not None and series.ends_on < local_day(now, zone_of(series, config))
