"""What is to be checked: files by name, the workflows in a folder, standard input."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from interpreter.document.read import MediaType

STDIN = "-"
ENDINGS = (".yaml", ".yml", ".json")
IS_WORKFLOW = re.compile(rb"""^\s*\{?\s*["']?plait["']?\s*:""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A text under the name that people know it by."""

    name: str
    content: bytes
    media_type: "MediaType"

    @property
    def text(self) -> str:
        """What the reader sees; what is no UTF-8 is shown as such."""
        return self.content.decode("utf-8-sig", errors="replace")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A name behind which there is nothing to check, and why."""

    name: str
    reason: str


def sources_of(names: Iterable[str]) -> Iterator[Source | Unreadable]:
    """Each name's source once, those of a folder in the order of their paths."""
    for name in dict.fromkeys(names):
        if name == STDIN:
            yield from_stdin()
        elif (folder := Path(name)).is_dir():
            yield from in_folder(folder)
        else:
            yield read_source(folder)


def from_stdin() -> Source:
    """Standard input: JSON if it begins like an object, YAML otherwise."""
    content = typer.get_binary_stream("stdin").read()
    return Source("<stdin>", content, "application/json" if content.lstrip()[:1] == b"{" else "application/yaml")


def in_folder(folder: Path) -> Iterator[Source | Unreadable]:
    """The workflows in a folder and those below it: what has a field `plait`. Hidden folders are passed over."""
    empty = True
    for path in files_below(folder):
        found = read_source(path)
        if isinstance(found, Unreadable) or IS_WORKFLOW.search(found.content):
            empty = False
            yield found
    if empty:
        yield Unreadable(str(folder), f"There is no workflow in {folder}: no YAML or JSON file with a field `plait`.")


def files_below(folder: Path) -> Iterator[Path]:
    """All YAML and JSON files, sorted. Links to folders are not followed: they may lead in a circle."""
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where, name) for name in sorted(files) if name.endswith(ENDINGS))


def read_source(path: Path) -> Source | Unreadable:
    """A file; JSON by its ending, YAML otherwise."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Unreadable(str(path), f"There is no file {path}.")
    except OSError as error:
        return Unreadable(str(path), f"{path} cannot be read: {error.strerror}.")
    return Source(str(path), content, "application/json" if path.suffix == ".json" else "application/yaml")
