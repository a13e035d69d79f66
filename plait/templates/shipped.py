"""The templates that come with Plait: a folder each, with `template.yaml`, `workflow.yaml` and its tests."""

from functools import cache
from importlib.resources import files
from typing import Any

from interpreter.document.yaml import scan
from plait.templates.model import EVERYTHING, Template


@cache
def shipped() -> dict[str, Template]:
    """All of them, by slug, in its order."""
    folders = sorted((each for each in files("plait.templates").iterdir() if each.is_dir()), key=lambda each: each.name)
    return {folder.name: _read(folder) for folder in folders if (folder / "template.yaml").is_file()}


def _read(folder: Any) -> Template:
    said: Any = scan((folder / "template.yaml").read_text()).value
    return Template(
        slug=folder.name,
        name=said["name"],
        description=said["description"],
        tags=tuple(said.get("tags", ())),
        parameters=said.get("parameters", EVERYTHING),
        source=(folder / "workflow.yaml").read_text(),
        media_type="application/yaml",
        origin="shipped",
    )
