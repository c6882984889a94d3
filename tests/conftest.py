"""Hypothesis profiles, chosen by the variable HYPOTHESIS_PROFILE.

default: the same 100 examples every time, so that a run which fails had a reason to.
deep:    5,000 other ones each time; a failure prints how to repeat it.
"""

import os

from hypothesis import HealthCheck, settings

from recurly_sessions.time import clock, rules, zones

# Whether a machine is slow is no property of the code.
settings.register_profile(
    "default", max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "deep", settings.get_profile("default"), max_examples=5_000, derandomize=False, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_sessionstart() -> None:
    """Begin with empty caches: under mutation, the tests run again and again in copies of one process."""
    for cached in (clock.on_clock, rules.weekly_days, rules._walked, zones._load):
        cached.cache_clear()
