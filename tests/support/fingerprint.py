"""What a run's workflow is made of: the source behind the stored histories, known again by its hash.

Comments, docstrings and layout do not count; what remains is the same for every version of Python.
Run as a module it notes that the histories have been held against the source as it is now.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.histories import HOME

ROOT = Path(__file__).parents[2]
ENTRANCE = "interpreter.shell.workflow"
NOTE = HOME / "interpreter.json"


def fingerprint() -> str:
    """The hash of all modules that the workflow imports, directly or not."""
    shapes = {name: shape_of(file.read_text(encoding="utf-8")) for name, file in sorted(modules().items())}
    return hashlib.sha256(json.dumps(shapes).encode()).hexdigest()


def noted() -> str:
    """The hash with which `make histories` ended last."""
    return json.loads(NOTE.read_text(encoding="utf-8"))["fingerprint"]


def modules() -> dict[str, Path]:
    """The files of the interpreter that the workflow imports, by the name of the module."""
    found: dict[str, Path] = {}
    waiting = [ENTRANCE]
    while waiting:
        name = waiting.pop()
        file = _file_of(name)
        if file is not None and name not in found:
            found[name] = file
            waiting.extend(_imported(ast.parse(file.read_text(encoding="utf-8"))))
    return found


def shape_of(source: str) -> Any:
    """A module's tree as JSON, without what only people read."""
    return _shape(ast.parse(source))


def _shape(part: Any) -> Any:
    match part:
        case ast.AST():
            fields = ((name, _shape(value)) for name, value in ast.iter_fields(part))
            return [type(part).__name__, *([name, shape] for name, shape in fields if shape not in ([], "None"))]
        case list():
            return [_shape(each) for each in part if not _is_text_alone(each)]
        case _:
            return repr(part)


def _is_text_alone(part: Any) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Names of modules that may be meant: of `from a import b` both `a` and `a.b`."""
    for part in ast.walk(tree):
        match part:
            case ast.Import():
                yield from (each.name for each in part.names)
            case ast.ImportFrom(module=str(module)):
                yield module
                yield from (f"{module}.{each.name}" for each in part.names)
            case _:
                pass


def _file_of(name: str) -> Path | None:
    """The module's file, if it is one of the interpreter's."""
    if name.partition(".")[0] != "interpreter":
        return None
    place = ROOT.joinpath(*name.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


if __name__ == "__main__":
    NOTE.write_text(json.dumps({"fingerprint": fingerprint()}) + "\n", encoding="utf-8")
