"""One step of retention, for the workflow that goes on with the next."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.heart import Heart
from activities.services import Services
from plait.retention import ARCHIVE


def archiving(services: Services) -> Callable[[], Awaitable[int]]:
    """The activity `plait.archive_due`: how many runs it archived or purged; 0 where nothing is due."""

    @activity.defn(name=ARCHIVE)
    async def archive_due() -> int:
        if services.archiver is None:
            return 0
        with Heart():
            return await services.archiver.archive_due()

    return archive_due
