"""Which files hold cases, and which workflow each of them is about."""

from collections.abc import Iterable, Iterator
from pathlib import Path

ENDINGS = (".yaml", ".yml", ".json")
MARK = ".test"


def fixtures_in(places: Iterable[Path]) -> Iterator[Path]:
    """The fixture files that these places name, each once, in the order of their names.

    A file is taken as it is; of a workflow's file its fixtures; of a folder all below it.
    """
    seen: set[Path] = set()
    for place in places:
        for file in _of_folder(place) if place.is_dir() else _of_file(place):
            if file not in seen:
                seen.add(file)
                yield file


def workflow_of(fixture: Path) -> Path | None:
    """The workflow that a fixture is named after: `a.yaml` of `a.test.yaml`, and of each file in `a.test/`."""
    if fixture.stem.endswith(MARK):
        stem, folder = fixture.stem.removesuffix(MARK), fixture.parent
    else:
        stem, folder = fixture.parent.name.removesuffix(MARK), fixture.parent.parent
    return next((path for ending in ENDINGS if (path := folder / f"{stem}{ending}").is_file()), None)


def _of_folder(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and _is_fixture(path))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _of_file(file: Path) -> list[Path]:
    if _is_fixture(file) or not file.is_file():
        return [file]
    beside = [file.parent / f"{file.stem}{MARK}{ending}" for ending in ENDINGS]
    folder = file.parent / f"{file.stem}{MARK}"
    return [*filter(Path.is_file, beside), *(_of_folder(folder) if folder.is_dir() else ())]


def _is_fixture(path: Path) -> bool:
    return path.suffix in ENDINGS and (path.stem.endswith(MARK) or path.parent.name.endswith(MARK))
