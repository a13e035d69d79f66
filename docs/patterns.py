"""The generated parts of the page on patterns: what each example says of itself, its picture and its text."""

from functools import partial
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples" / "patterns"
PICTURES = Path(__file__).parent / "images" / "patterns"
PATTERNS = {path.stem: path for path in sorted(EXAMPLES.glob("*.yaml")) if not path.stem.endswith(".test")}
"""By name, the workflow's file."""


def pattern(name: str) -> str:
    """One pattern: the comment at the head of its file, the picture, and the document."""
    text = PATTERNS[name].read_text()
    comment, document = text[: text.index("plait: 1")], text[text.index("plait: 1") :]
    # The first line of the file is for editors.
    said = "\n".join(line.removeprefix("# ") for line in comment.splitlines()[1:])
    picture = f"![{name.replace('-', ' ')}](../images/patterns/{name}.svg)"
    return f"{said}\n\n{picture}\n\n```yaml\n{document}```"


SECTIONS = {f"pattern-{name}": partial(pattern, name) for name in PATTERNS}
