"""Layers of rules to the rules that hold, each with the layer that said so; and what is wrong with the layers."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import attrs

from recurly_sessions.errors import InvalidValueError, UnknownNameError
from recurly_sessions.fields import readable
from recurly_sessions.time.zones import Zone, zone_named
from recurly_sessions.values.config import RULES, Config
from recurly_sessions.values.days_off import Closure
from recurly_sessions.values.issue import Audience, Issue
from recurly_sessions.values.money import Money
from recurly_sessions.values.school import School
from recurly_sessions.values.series import Series

BUILT_IN: Final = "built-in"


@attrs.frozen(repr=False, kw_only=True)
class ResolvedConfig:
    """The rules that hold: the built-in ones where no layer says otherwise.

    `issues` tells what is wrong with the layers: unknown keys, rules that contradict each other.
    """

    weeks_ahead: int = 4
    auto_generate: bool = True
    timezone: str | None = None
    currency: str = "EUR"
    default_rate: Money | Decimal | None = None
    confirm_assigned: bool = False
    confirmed_follow: str = "time"
    on_gap: str = "shift"
    on_overlap: str = "earlier"
    on_tutor_busy: str = "flag"
    on_student_busy: str = "flag"
    on_room_busy: str = "flag"
    on_unavailable: str = "flag"
    on_closure: str = "skip"
    cancellation_turn: str = "spend"
    closure_turn: str = "spend"
    absence_turn: str = "keep"
    closures: tuple[Closure, ...] = ()
    reschedule_notice_hours: int = 24
    max_changes: int | float | None = attrs.field(default=None, eq=lambda value: (type(value), value))
    origins: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    issues: tuple[Issue, ...] = ()

    def origin(self, rule: str) -> str:
        """The layer that said so: "built-in", "base", "branch" or "series"; for closures, all that named one."""
        if rule not in RULES:
            raise UnknownNameError("rule", rule, RULES)
        return dict(self.origins).get(rule, BUILT_IN)

    __repr__ = readable


def resolve_config(base: Config, branch: Config | None = None, series: Config | None = None) -> ResolvedConfig:
    """Lay branch over base and series over both, rule by rule; closures add up.

    >>> rules = resolve_config(Config(weeks_ahead=8), series=Config(on_gap="skip"))
    >>> rules.weeks_ahead, rules.origin("weeks_ahead"), rules.origin("on_gap"), rules.origin("on_overlap")
    (8, 'base', 'series', 'built-in')
    """
    layers = {
        name: layer for name, layer in (("base", base), ("branch", branch), ("series", series)) if layer is not None
    }
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, layer in layers.items():
        for rule in RULES:
            said = getattr(layer, rule)
            if rule != "closures" and said is not None:
                values[rule], origins[rule] = said, name
    closing = [name for name, layer in layers.items() if layer.closures]
    if closing:
        values["closures"] = tuple(dict.fromkeys(closure for name in closing for closure in layers[name].closures))
        origins["closures"] = ", ".join(closing)
    resolved = ResolvedConfig(**values, origins=tuple(sorted(origins.items())))
    issues = (*_unknown_keys(layers), *_contradictions(resolved))
    return attrs.evolve(resolved, issues=issues) if issues else resolved


def config_for(school: School, series: Series) -> ResolvedConfig:
    """The rules that hold for one series of a school, with the school's closures for its branch."""
    if not isinstance(school, School):
        raise InvalidValueError("config_for: school", "must be a School", school)
    if not isinstance(series, Series):
        raise InvalidValueError("config_for: series", "must be a Series", series)
    closures = tuple(closure for closure in school.closures if closure.branch_id in {None, series.branch_id})
    base = attrs.evolve(school.base, closures=(*school.base.closures, *closures)) if closures else school.base
    return _of_series(resolve_config(base, school.branch(series.branch_id), series.config), series)


def config_of(series: Series) -> ResolvedConfig:
    """The rules that hold for a series by itself: its own layer over the built-in ones."""
    if series.config == _SILENT:
        return _BUILT_IN_RULES
    return _of_series(resolve_config(Config(), series=series.config), series)


_SILENT: Final = Config()
_BUILT_IN_RULES: Final = ResolvedConfig()


def rules_of(series: Series, config: ResolvedConfig | None) -> ResolvedConfig:
    """The rules to use for a series: those given, or its own."""
    if not isinstance(series, Series):
        raise InvalidValueError("series", "must be a Series", series)
    if config is None:
        return config_of(series)
    if not isinstance(config, ResolvedConfig):
        raise InvalidValueError(
            "config", "must be resolved", config, "by resolve_config() or config_for(school, series)"
        )
    return config


def zone_of(series: Series, config: ResolvedConfig) -> Zone:
    """The zone of a series: its own, or what the config says."""
    name = series.timezone or config.timezone
    if name is None:
        hint = f"series {series.id!r} has none, and no config says one"
        raise InvalidValueError("Series.timezone", "must be said by the series or by a config", None, hint)
    return zone_named(name)


def _of_series(resolved: ResolvedConfig, series: Series) -> ResolvedConfig:
    """Tell whose layers they are, and what contradicts the series itself."""
    issues = [attrs.evolve(issue, series_id=series.id) for issue in resolved.issues]
    own = series.config.timezone
    if own is not None and series.timezone is not None and own != series.timezone:
        message = (
            f"the series says timezone {series.timezone}, its config says {own}; the first holds, remove the other"
        )
        issues.append(_issue("config-contradiction", message, layer="series", rule="timezone", series_id=series.id))
    return attrs.evolve(resolved, issues=tuple(issues)) if issues else resolved


def _unknown_keys(layers: dict[str, Config]) -> Iterator[Issue]:
    for name, layer in layers.items():
        for key, said in layer.unknown:
            near = difflib.get_close_matches(key[:80], RULES, n=1)
            hint = f"did you mean {near[0]}?" if near else "remove it"
            yield _issue(
                "config-unknown-key", f"the {name} config says {key} = {said}, which is no rule; {hint}", name, key
            )


def _contradictions(config: ResolvedConfig) -> Iterator[Issue]:
    rate = config.default_rate
    if isinstance(rate, Money) and rate.currency != config.currency:
        message = (
            f"the {config.origin('default_rate')} config says default_rate {rate}, "
            f"but the currency is {config.currency} ({config.origin('currency')}); change one of them"
        )
        yield _issue("config-contradiction", message, config.origin("default_rate"), "default_rate")
    if config.closures and config.on_closure == "ignore":
        message = (
            f"the {config.origin('on_closure')} config ignores closures, but {config.origin('closures')} names "
            f'{len(config.closures)}; say on_closure = "skip" or remove them'
        )
        yield _issue("config-contradiction", message, config.origin("on_closure"), "on_closure")
    for twice in _same_id(config.closures):
        message = f"{config.origin('closures')} name different closures with the id {twice!r}; give one of them another"
        yield _issue("config-contradiction", message, config.origin("closures"), "closures")


def _same_id(closures: tuple[Closure, ...]) -> list[str]:
    counts = Counter(closure.id for closure in closures)
    return sorted(each for each, count in counts.items() if count > 1)


def _issue(code: str, message: str, layer: str, rule: str, series_id: str | None = None) -> Issue:
    details = {"layer": layer, "rule": rule}
    return Issue(code, series_id=series_id, message=message, audience=Audience.SYSTEM, details=details)
