"""Agree on the API's description as it is now: `python -m tests.integration.api.snapshot`."""

import json
from types import SimpleNamespace
from typing import Any, cast

from api.app import create_app
from plait.settings import Settings
from tests.integration.api.test_openapi import SNAPSHOT


def main() -> None:
    """Write the snapshot. The description needs no open resources."""
    resources: Any = SimpleNamespace(settings=Settings())
    app = create_app(cast("Any", resources))
    SNAPSHOT.write_text(json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
