"""Agree on the API's description as it is now: `python -m tests.integration.api.snapshot`."""

import json

from api.app import description
from tests.integration.api.test_openapi import SNAPSHOT


def main() -> None:
    """Write the snapshot."""
    SNAPSHOT.write_text(json.dumps(description(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
