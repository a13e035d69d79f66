"""The process that answers: `plait api`."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop

from api.app import create_app
from api.http.bodies import BODY_LIMIT
from api.resources import open_resources
from api.upkeep.housekeeping import keeping_house
from api.workflows.compiler import examine
from plait.errors import NotReady, PlaitError
from plait.process import keep_what_is_loaded, leave
from plait.settings import Settings, secrets_in
from plait.telemetry import open_telemetry
from plait.telemetry.logs import configure_logging

GRACE_SECONDS = 3
"""How long requests may take to end once the process is told to stop; streams are cut then."""
KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep an idle connection: one that is closed under a request cannot be repeated safely."""

log = logging.getLogger("plait.api")


def run_api(settings: Settings) -> None:
    """Answer until told to stop by SIGTERM or SIGINT, and end the process."""
    configure_logging(settings)
    code = 0
    try:
        refuse_open_address(settings)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings))
    except PlaitError as error:
        log.error("%s", error)  # noqa: TRY400 - a sentence for whoever started it, not a traceback
        code = 1
    except KeyboardInterrupt:
        code = 130
    except Exception:
        log.exception("the API fails")
        code = 1
    leave(code)


def refuse_open_address(settings: Settings) -> None:
    """Without a key the API does whatever it is asked, so only this machine may ask."""
    if not settings.open_mode:
        return
    if not settings.on_loopback:
        raise NotReady(
            f"Without PLAIT_API_KEY the API is open to whoever reaches it, and {settings.host} may be reached from "
            "outside: set PLAIT_API_KEY, or listen on 127.0.0.1."
        )
    log.warning("the API is open: without PLAIT_API_KEY every program on this machine is its admin")


async def serve(settings: Settings) -> None:
    """Everything between start and stop; returns once all of it is closed.

    Until there is something to close, a signal simply ends the process.
    """
    with listening(settings) as listener:
        async with (
            open_telemetry(settings, "api") as telemetry,
            open_resources(settings, telemetry, secrets_in(os.environ)) as resources,
            keeping_house(resources),
        ):
            resources.computer.prepare(examine)
            config = uvicorn.Config(
                create_app(resources),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                ws_max_size=BODY_LIMIT,
            )
            keep_what_is_loaded()
            log.info("answering on http://%s:%s", settings.host, listener.getsockname()[1])
            await Server(config).serve(sockets=[listener])


def listening(settings: Settings) -> socket.socket:
    """The socket to answer on, taken before anything is opened."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise NotReady(
            f"The API cannot listen on {settings.host}, port {settings.port}: {error.strerror}. "
            "Set PLAIT_HOST or PLAIT_PORT."
        ) from error


class Server(uvicorn.Server):
    """Ends on a signal without passing it on: the process has more to close than this."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have SIGTERM and SIGINT end the server."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        yield

    def stop(self) -> None:
        """Take nothing more, and let what is under way end."""
        self.should_exit = True
