"""Where archives lie: a folder, or a store that speaks S3. Knows bytes, names and hashes, nothing of runs."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from plait.errors import NotFound, NotReady, Unavailable
from plait.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

S3 = "s3://"
PART_BYTES = 8 * 1024 * 1024
"""What is uploaded at once; a store takes parts from 5 MiB."""


def open_archive(settings: Settings) -> "ArchiveFiles | None":
    """The archive that the settings name; None where they name none, and nothing is ever purged.

    Raises NotReady for one that cannot be.
    """
    try:
        if not settings.archive:
            return None
        if settings.archive.startswith(S3):
            return ArchiveFiles(s3_store(settings))
        folder = Path(settings.archive).expanduser().resolve()
        return ArchiveFiles(LocalStore(folder, mkdir=True), folder)
    except (BaseError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise NotReady(f"PLAIT_ARCHIVE names no place for archives: {reason}") from error


def s3_store(settings: Settings) -> S3Store:
    """The bucket, with our own key or, without one, the credentials that the machine has (AWS_..., its role)."""
    bucket, _, prefix = settings.archive.removeprefix(S3).partition("/")
    said: S3Config = {}
    if settings.archive_region:
        said["region"] = settings.archive_region
    if settings.archive_endpoint:
        said["endpoint"] = settings.archive_endpoint
    if settings.archive_key_id and settings.archive_secret_key:
        said["access_key_id"] = settings.archive_key_id
        said["secret_access_key"] = settings.archive_secret_key.get_secret_value()
    plain = (settings.archive_endpoint or "").startswith("http://")
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=said,
        client_options={"allow_http": plain, "timeout": "60s", "connect_timeout": "5s"},
        retry_config={"max_retries": 3},
    )


class ArchiveFiles:
    """Files by name. What was put is there once the call returns, also after a power cut."""

    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    async def put(self, name: str, content: Path | bytes) -> None:
        """Keep the content of a file, or some bytes, under a name; what was there is replaced as a whole."""
        with translated(name):
            if isinstance(content, bytes):
                await self._store.put_async(name, content)
            else:
                with content.open("rb") as file:
                    await self._store.put_async(name, file, use_multipart=True, chunk_size=PART_BYTES)
        if self._folder is not None:
            await asyncio.to_thread(sync, self._folder / name)

    async def sha256(self, name: str) -> str:
        """The hash of what lies under a name, read from there."""
        digest = hashlib.sha256()
        with translated(name):
            async for part in (await self._store.get_async(name)).stream():
                digest.update(part)
        return digest.hexdigest()

    async def read(self, name: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Some bytes of a file, in parts."""
        with translated(name):
            for at in range(start, start + length, PART_BYTES):
                size = min(PART_BYTES, start + length - at)
                yield bytes(await self._store.get_range_async(name, start=at, length=size))


@contextmanager
def translated(name: str) -> Iterator[None]:
    """The store's errors as ours; what it says may hold addresses and is not repeated."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"The archive has no file {name}.") from error
    except (BaseError, OSError) as error:
        raise Unavailable(
            f"The archive does not answer ({type(error).__name__}); the same may succeed later."
        ) from error


def sync(path: Path) -> None:
    """Have a file and the folder that names it reach the disk."""
    for each in (path, path.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
