"""The layers of the import contract, held against the tree that they speak of."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_part_of_plait_has_its_place_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    placed = {name for layer in contracts[0]["layers"] for name in layer.split(" | ") if name.startswith("plait.")}
    there = {f"plait.{path.stem}" for path in (ROOT / "plait").iterdir() if path.stem[0].isalpha()}
    assert placed == there
