"""That something ends. Slow machines keep the bound too: nothing here measures speed, benchmarks/ does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

A_MINUTE = 60  # of the processor; what is tried takes a second, and an hour where it grows with the square of its input


@contextmanager
def no_hang() -> Iterator[None]:
    """See that something ends in a minute of the processor's time, however busy the machine is."""
    began = time.process_time()
    yield

    assert time.process_time() - began < A_MINUTE
