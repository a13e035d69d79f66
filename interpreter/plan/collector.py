"""Python's garbage collector, kept from looking through a plan again and again while it grows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collections inside. A plan is one large structure that stays: searching it costs more than building it.

    Who found the collector at work starts it again, so threads that overlap leave it running.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            # All that was made meanwhile goes among the old objects at once, without being looked at:
            # else the next collection, which is of the young ones, would go through all of it.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
