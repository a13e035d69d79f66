"""A whole project on the command line: taken out into a folder, and put in from one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from plait.cli.files import write_file
from plait.cli.output import AsJson, console, show_json
from plait.cli.remote import Refused, Remote, connected
from plait.projects import MANIFEST, MOST_BYTES, NAME, packed, unpacked

ZIP = "application/zip"
Place = Annotated[Path, typer.Argument(metavar="PLACE", help="A folder, or a file that ends in .zip.")]


def export(place: Place, *, as_json: AsJson = False) -> None:
    """Take the whole project out: workflows byte for byte, what runs where, variables. No secrets, and no runs."""
    with connected() as api:
        archive = api.content("/export", accept=ZIP)
    files = unpacked(archive)
    if place.suffix == ".zip":
        write_file(place, archive)
    else:
        write_folder(place, files)
    if as_json:
        show_json({"place": str(place), "files": sorted(files)})
    else:
        console.print(f"Wrote {len(files)} files to {place}.")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """The files in the folder, and no others of an earlier export. Raises Refused for a folder of something else."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        detail = f"{folder} is not empty and holds no earlier export: name a new folder, or an earlier export's."
        raise Refused({"code": "input", "detail": detail})
    for name in (folder / name for name in names_in(folder) if name not in files):
        name.unlink()
    for name, content in files.items():
        path = folder / name
        # The names lead nowhere else; a link inside the folder might.
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Refused({"code": "input", "detail": f"{path} leads out of {folder}: take the link away."})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused({"code": "input", "detail": f"{path.parent} cannot be made: {error.strerror}."}) from None
        write_file(path, content)


def names_in(folder: Path) -> Iterator[str]:
    """The names of the files in a folder that an export may have."""
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return (name for name in found if NAME.fullmatch(name))


def import_(
    place: Place,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put an export in: all of it or nothing. What is there already and not in it stays."""
    archive = archive_in(place)
    with connected() as api:
        report = send_archive(api, archive, dry_run=dry_run)
    if as_json:
        show_json(report)
    else:
        show_report(report)


def archive_in(place: Path) -> bytes:
    """The zip at a place, or one of the export in a folder."""
    if place.is_dir():
        if not (place / MANIFEST).is_file():
            detail = f"{place} is no export: it has no {MANIFEST}. Workflows alone are stored by plait apply."
            raise Refused({"code": "input", "detail": detail})
        return packed({name: (place / name).read_bytes() for name in names_in(place)})
    try:
        return place.read_bytes()
    except FileNotFoundError:
        raise Refused({"code": "not_found", "detail": f"There is no folder or file {place}."}) from None
    except OSError as error:
        raise Refused({"code": "input", "detail": f"{place} cannot be read: {error.strerror}."}) from None


def send_archive(api: Remote, archive: bytes, *, dry_run: bool = False) -> Any:
    """Put an archive in; the report of it."""
    if len(archive) > MOST_BYTES:
        detail = f"The export is larger than {MOST_BYTES // 1024 // 1024} MiB, which is the limit."
        raise Refused({"code": "too_large", "detail": detail})
    parameters = {"dry_run": "true"} if dry_run else {}
    return api.send("POST", "/import", content=archive, headers={"content-type": ZIP}, parameters=parameters)


def show_report(report: dict[str, Any]) -> None:
    """What was done, a line each; what was there already is counted."""
    verb = {True: "would be", False: "was"}[report["dry_run"]]
    same = 0
    for each in report["workflows"]:
        if each["did"] == "unchanged" and not each["settings"]:
            same += 1
            continue
        settings = " with other settings" if each["settings"] else ""
        console.print(f"{each['slug']} {verb} {each['did']}{settings}: version {each['version']}.")
    for part, what in (
        ("environments", "made"),
        ("variables", "set"),
        ("promoted", "promoted"),
        ("schedules", "scheduled"),
        ("templates", "kept as a template"),
        ("models", "set as a model's provider or alias"),
        ("agents", "stored as an agent"),
        ("tools", "stored as a tool"),
    ):
        for each in report[part]:
            console.print(f"{each} {verb} {what}.", markup=False)
    for each in report["kept"]:
        console.print(f"[yellow]kept[/] {each}")
    if same:
        console.print(f"{same} workflow{'' if same == 1 else 's'} unchanged.")
