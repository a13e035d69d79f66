"""The one folder that workflows may read and write, which nothing leads out of."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

MAX_BYTES = 64 * 1024 * 1024
"""A file larger than this is not read into memory."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FileRefused(Exception):
    """The name leads out of the folder, or what lies there is not a file that may be read."""


class Files:
    """Files below `root`, by relative names with `/`.

    Every folder on the way is opened without following symbolic links, relative to the one before:
    what was checked is what is used, whoever renames things meanwhile.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        """The file's bytes; one that has more than `most` is refused before it is read."""
        with self._folder_of(name) as (folder, last):
            # Without O_NONBLOCK, opening a named pipe would wait for somebody to write.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with _explained(name), os.fdopen(os.open(last, flags, dir_fd=folder), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    raise FileRefused(f"{name} is not a file")
                if found.st_size > most:
                    raise FileRefused(f"{name} has {found.st_size:,} bytes; at most {most:,} can be read")
                return file.read(most)

    def write(self, name: str, data: bytes) -> None:
        """Put the file there whole: readers see the old one or the new one, and writing it again
        changes nothing. Missing folders are made.
        """
        with self._folder_of(name, make=True) as (folder, last):
            temporary = f".{secrets.token_hex(8)}.tmp"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with _explained(name):
                try:
                    with os.fdopen(os.open(temporary, flags, 0o666, dir_fd=folder), "wb") as file:
                        file.write(data)
                        file.flush()
                        os.fsync(file.fileno())
                    os.replace(temporary, last, src_dir_fd=folder, dst_dir_fd=folder)
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(temporary, dir_fd=folder)

    @contextmanager
    def _folder_of(self, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        *folders, last = _parts(name)
        if make:
            self.root.mkdir(parents=True, exist_ok=True)
        with _explained(name):
            here = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                for folder in folders:
                    if make:
                        with suppress(FileExistsError):
                            os.mkdir(folder, dir_fd=here)
                    below = os.open(folder, _FOLDER, dir_fd=here)
                    os.close(here)
                    here = below
                yield here, last
            finally:
                os.close(here)


def _parts(name: str) -> tuple[str, ...]:
    """The name's parts; refused when one of them would lead elsewhere."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name:
        raise FileRefused(f"{name!r} is not a relative name inside the files folder")
    return path.parts


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """The operating system's refusals as sentences about the name, never about the machine's paths."""
    try:
        yield
    except FileNotFoundError:
        raise FileRefused(f"there is no file {name}") from None
    except OSError as error:
        raise FileRefused(f"{name} cannot be used: {error.strerror}") from None
