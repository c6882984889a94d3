"""The machine's clock: it waits, and tries a store again that can't be reached."""

import attrs
import pytest

from recurly_sessions.adapters.machine import MachineClock
from recurly_sessions.errors import LockedError, StoreError, StoreUnavailableError


@attrs.define
class Lost:
    """Work with a store that is away for some times."""

    times: int
    error: type[StoreError] = StoreUnavailableError

    def __call__(self) -> str:
        self.times -= 1
        if self.times >= 0:
            raise self.error("the server went away", "start it again")
        return "done"


class Impatient(MachineClock):
    """A clock that notes how long it would wait."""

    def __init__(self, *, patience: float = 60) -> None:
        super().__init__(patience=patience)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.requirement("IN-5")
def test_a_store_that_is_away_is_tried_again_after_longer_and_longer() -> None:
    clock, told = Impatient(), list[tuple[float, str]]()

    answer = clock.retry(Lost(6), waiting=lambda seconds, error: told.append((seconds, str(error))))

    assert answer == "done"
    assert [seconds for seconds, _ in told] == clock.slept
    assert {words for _, words in told} == {"the server went away; start it again"}
    for seconds, least in zip(clock.slept, (0.5, 1, 2, 4, 8, 15), strict=True):
        assert least <= seconds < least + 0.5


def test_a_store_that_stays_away_is_given_up_when_patience_ends() -> None:
    clock = Impatient(patience=0.4)

    with pytest.raises(StoreUnavailableError, match="the server went away"):
        clock.retry(Lost(9), waiting=lambda *_: None)

    assert clock.slept == []


@pytest.mark.parametrize("error", [StoreError, LockedError])
def test_what_waiting_does_not_mend_or_was_waited_for_is_not_tried_again(error: type[StoreError]) -> None:
    clock = Impatient()

    with pytest.raises(error, match="the server went away"):
        clock.retry(Lost(1, error), waiting=lambda *_: None)

    assert clock.slept == []


def test_time_passes() -> None:
    clock = MachineClock()
    began = clock.seconds()

    clock.sleep(0.01)

    assert clock.seconds() > began
