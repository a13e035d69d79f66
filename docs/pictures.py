"""Takes a picture of a command that is really run: `python -m docs.pictures NAME COMMAND…`.

The picture is an SVG under docs/images. A command may come after others that prepare it, joined by `&&`.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
COLUMNS = 104
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def picture(command: str) -> str:
    """What the command prints, as SVG. Raises CalledProcessError if it cannot be run."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    done = subprocess.run(  # noqa: S602 - whoever takes a picture types a command line
        command, shell=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode > 1:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(f"[bold green]$[/] [bold]{command}[/]", highlight=False)
    console.print(Text.from_ansi(done.stdout.decode()))
    drawn = console.export_svg(title="", theme=MONOKAI, unique_id="plait")
    # The fonts would be fetched from elsewhere by whoever looks at the picture.
    return "\n".join(line.rstrip() for line in FONTS.sub("", drawn).splitlines()) + "\n"


if __name__ == "__main__":
    name, *words = sys.argv[1:]
    (IMAGES / f"{name}.svg").write_text(picture(" ".join(words)))
