"""Fills the generated parts of the pages from the code: `python -m docs.generate`.

A page marks such a part by `<!-- generated: NAME -->` and `<!-- end -->`. What stands between them
is written here and nowhere else; a test fails when it is out of date. So are the schemas for editors
and the drawings of examples.
"""

import re
from pathlib import Path

from activities.catalogue import NODE_TYPES
from docs.blocks import BLOCKS
from docs.patterns import PATTERNS, PICTURES
from interpreter.catalogue import Catalogue
from interpreter.document.read import read_document
from plait.drawing.document import picture_of
from plait.drawing.svg import svg
from plait.language.schema import schema_text
from plait.testing.schema import schema_text as fixture_schema_text

DOCS = Path(__file__).parent
SCHEMA = DOCS.parent / "schema" / "workflow.json"
FIXTURE_SCHEMA = SCHEMA.with_name("fixture.json")
DRAWN = {
    DOCS / "images" / "invoice-approval.svg": DOCS.parent / "examples" / "invoice-approval" / "workflow.yaml",
    **{PICTURES / f"{name}.svg": path for name, path in PATTERNS.items()},
}
"""The pictures, and the workflows that they show."""
LANGUAGE = Catalogue(node_types=dict(NODE_TYPES))
PART = re.compile(r"(?P<head><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<tail><!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with each generated part as the code is now. Raises KeyError for a part of no known name."""
    return PART.sub(lambda part: f"{part['head']}{BLOCKS[part['name']]()}\n{part['tail']}", page)


def drawing(workflow: Path) -> str:
    """An example as `plait graph` draws it."""
    document = read_document(workflow.read_bytes(), "application/yaml").document
    assert document is not None, "the examples are workflows"
    return svg(picture_of(document, LANGUAGE), document.name or document.slug)


def main() -> None:
    """Bring every page, the schemas and the drawings up to date, and name the pages that changed."""
    for picture, workflow in DRAWN.items():
        picture.write_text(drawing(workflow))
    SCHEMA.write_bytes(schema_text(LANGUAGE))
    FIXTURE_SCHEMA.write_text(fixture_schema_text())
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text()
        if (fresh := filled(page)) != page:
            path.write_text(fresh)
            print(f"updated {path.relative_to(DOCS)}")  # noqa: T201 - what a script says


if __name__ == "__main__":
    main()
