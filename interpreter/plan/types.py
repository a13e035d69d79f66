"""x"""

from collections.abc import Iterator

from interpreter.plan.draft import Draft
from interpreter.problems import Problem


def check_types(draft: Draft) -> Iterator[Problem]:
    yield from ()
