"""Reads programs without running them: what is wrong with them is told when a version is saved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic_monty import Monty, MontyCrashedError, MontyError

from activities.code.failures import flaw_in, is_flaw, place_of

SECONDS = 10.0
"""What the reading of one program may take. It takes a millisecond, but by the clock, on a machine that may be busy."""

# A program is read whole before its first line runs, and this one ends it. With `raise`, what
# follows would be known never to run, and not be looked at as closely.
_STOP = "[][0]\n"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a program cannot be read, and its line, counted from 1."""

    message: str
    line: int | None


def flaws_in(sources: Iterable[str]) -> Iterator[Flaw | None]:
    """The flaw of each program, None where it can be run. In one process, which is there as long as this."""
    with Monty(max_processes=1, request_timeout=SECONDS) as pool:
        for source in sources:
            yield _flaw(pool, source)


def _flaw(pool: Monty, source: str) -> Flaw | None:
    try:
        with pool.checkout() as session:
            session.feed_run(_STOP + source)
    except MontyCrashedError:
        return Flaw(f"Reading it takes more than {SECONDS:g} seconds, or more memory than there is", None)
    except MontyError as error:
        place = place_of(error)
        if is_flaw(error):
            return Flaw(flaw_in(error), place.line - 1 if place else None)
    return None
