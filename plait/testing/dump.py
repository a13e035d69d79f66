"""A fixture as YAML that our own reader reads back as it was."""

from typing import Any

import yaml

from interpreter.document.yaml import scan

WIDTH = 120


class Dumper(yaml.CSafeDumper):
    """Writes JSON's types without anchors, and quotes every text that would be read as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is the base's
        """Equal parts are written out: anchors are not read."""
        return True


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    if "\n" in text and not text.startswith((" ", "\n")) and all(line == line.rstrip() for line in text.split("\n")):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    misread = len(text) < 400 and text.isprintable() and text.isascii() and not _reads_as_text(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if misread else None)


def _reads_as_text(text: str) -> bool:
    """Whether this, written without quotes, is text by YAML 1.2 too, and not only by 1.1."""
    return "'" in text or isinstance(scan(text).value, str)


Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """The JSON value as YAML."""
    return yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)
