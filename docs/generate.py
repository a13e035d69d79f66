"""Fills the generated parts of the pages from the code: `python -m docs.generate`.

A page marks such a part by `<!-- generated: NAME -->` and `<!-- end -->`. What stands between them
is written here and nowhere else; a test fails when it is out of date. So are the schemas for editors.
"""

import re
from pathlib import Path

from activities.catalogue import NODE_TYPES
from docs.blocks import BLOCKS
from interpreter.catalogue import Catalogue
from plait.language.schema import schema_text
from plait.testing.schema import schema_text as fixture_schema_text

DOCS = Path(__file__).parent
SCHEMA = DOCS.parent / "schema" / "workflow.json"
FIXTURE_SCHEMA = SCHEMA.with_name("fixture.json")
PART = re.compile(r"(?P<head><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<tail><!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with each generated part as the code is now. Raises KeyError for a part of no known name."""
    return PART.sub(lambda part: f"{part['head']}{BLOCKS[part['name']]()}\n{part['tail']}", page)


def main() -> None:
    """Bring every page and the schemas up to date, and name the pages that changed."""
    SCHEMA.write_bytes(schema_text(Catalogue(node_types=dict(NODE_TYPES))))
    FIXTURE_SCHEMA.write_text(fixture_schema_text())
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text()
        if (fresh := filled(page)) != page:
            path.write_text(fresh)
            print(f"updated {path.relative_to(DOCS)}")  # noqa: T201 - what a script says


if __name__ == "__main__":
    main()
