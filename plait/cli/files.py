"""The files that commands read and write."""

from pathlib import Path
from typing import Any

import orjson
import typer

from plait.cli.remote import Refused


def write_file(path: Path, content: bytes) -> None:
    """Write a file, over what it was. Raises Refused where it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused({"code": "input", "detail": f"{path} cannot be written: {error.strerror}."}) from None


def read_input(given: str | None) -> Any:
    """An input from a file, from JSON text or from standard input; an empty object without one."""
    if given is None:
        return {}
    text = typer.get_text_stream("stdin").read() if given == "-" else given
    if given != "-" and not given.lstrip().startswith(("{", "[", '"')):
        path = Path(given)
        if not path.is_file():
            raise Refused({"code": "input", "detail": f"There is no file {given}; give a JSON file, JSON text, or -."})
        text = path.read_text()
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused({"code": "input", "detail": f"The input is not JSON: {error}."}) from None
