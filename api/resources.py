"""What the process holds open, from its start to its end; handed to whoever needs a part of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.temporal import TemporalLink
from plait.settings import Settings
from plait.store.pool import Pool

if TYPE_CHECKING:
    from plait.store.notify import RunFeed
    from plait.store.payloads import Payloads
    from plait.store.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that services are made of. Tests build it with what they need."""

    settings: Settings
    pool: Pool
    temporal: TemporalLink
    recorder: "Recorder"
    payloads: "Payloads"
    feed: "RunFeed"


def resources_of(connection: HTTPConnection) -> Resources:
    """The resources of the app that a request came to."""
    return cast("Resources", connection.app.state.resources)


Held = Annotated[Resources, Depends(resources_of)]
"""For a dependency that builds a service."""
