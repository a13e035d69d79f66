"""The files that commands write."""

from pathlib import Path

from plait.cli.remote import Refused


def write_file(path: Path, content: bytes) -> None:
    """Write a file, over what it was. Raises Refused where it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused({"code": "input", "detail": f"{path} cannot be written: {error.strerror}."}) from None
