"""A value put together from what a reader meets, with the place of each part and what is wrong in it."""

from typing import Any

from interpreter.problems import PathPart, Problem

Path = tuple[PathPart, ...]
Mark = tuple[int, int]
"""Line and column, both from 1."""

LIMIT_DEPTH = 64
LIMIT_KEYS = 10_000
INT64 = 2**63


class Unreadable(Exception):
    """What follows cannot be read; the problem says why. Those found before it still count."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class Builder:
    """Takes keys, values and ends in their order in the text.

    A key's mark stands for its field, as people look for a field by its name.
    """

    def __init__(self) -> None:
        self.value: Any = None
        self.marks: dict[Path, Mark] = {}
        self.problems: list[Problem] = []
        self._open: list[tuple[dict[str, Any] | list[Any], Path]] = []
        self._key: str | None = None

    @property
    def expects_key(self) -> bool:
        """Whether what comes next in the text is the key of a field."""
        return bool(self._open) and isinstance(self._open[-1][0], dict) and self._key is None

    def key(self, name: str, mark: Mark) -> None:
        """Begin a field."""
        container, path = self._open[-1]
        if name in container:
            fix = "Keep one of the two."
            self.report("duplicate_key", f"`{_short(name)}` stands twice in this object", (*path, name), mark, fix)
        if len(container) == LIMIT_KEYS and name not in container:
            self.report("too_many_keys", f"an object has at most {LIMIT_KEYS:,} keys", path, mark)
        self._check_text(name, path, mark)
        self.marks.setdefault((*path, name), mark)
        self._key = name

    def scalar(self, value: Any, mark: Mark) -> None:
        """Add a value that is no container."""
        path = self._place(value, mark)
        if isinstance(value, str):
            self._check_text(value, path, mark)
        elif isinstance(value, int) and not -INT64 <= value < INT64:
            fix = "Write it as text if it is an identifier."
            self.report("number_too_large", "this integer does not fit in 64 bits", path, mark, fix)
        elif isinstance(value, float) and value in (float("inf"), float("-inf")):
            self.report("number_too_large", "this number does not fit in a double", path, mark)

    def open(self, container: dict[str, Any] | list[Any], mark: Mark) -> None:
        """Begin an object or a list."""
        path = self._place(container, mark)
        if len(self._open) == LIMIT_DEPTH:
            message = f"objects and lists nest at most {LIMIT_DEPTH} deep"
            raise Unreadable(Problem("too_deep", message, path, line=mark[0], column=mark[1]))
        self._open.append((container, path))

    def close(self) -> None:
        """End the innermost object or list."""
        self._open.pop()

    def here(self) -> Path:
        """The path of what is being read."""
        if not self._open:
            return ()
        container, path = self._open[-1]
        if isinstance(container, list):
            return (*path, len(container))
        return path if self._key is None else (*path, self._key)

    def report(self, code: str, message: str, path: Path, mark: Mark, fix: str | None = None) -> None:
        """Note a problem and read on."""
        self.problems.append(Problem(code, message, path, fix=fix, line=mark[0], column=mark[1]))

    def _place(self, value: Any, mark: Mark) -> Path:
        path = self.here()
        self.marks.setdefault(path, mark)
        if not self._open:
            self.value = value
            return path
        container = self._open[-1][0]
        if isinstance(container, list):
            container.append(value)
        else:
            assert self._key is not None, "a reader passes the key before its value"
            container[self._key] = value
            self._key = None
        return path

    def _check_text(self, text: str, path: Path, mark: Mark) -> None:
        if "\0" in text:
            self.report("invalid_character", "text cannot hold the character U+0000", path, mark, "Take it out.")
        if any("\ud800" <= character <= "\udfff" for character in text if character > "\ud7ff"):
            self.report("invalid_character", "text cannot hold half of a surrogate pair", path, mark, "Take it out.")


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"
