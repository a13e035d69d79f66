"""The modules with users' code: found by their entry points and by name, imported once."""

import importlib
import importlib.util
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from plait.errors import NotReady

GROUP = "plait.tools"
OURS = ("api", "worker", "activities", "interpreter")


def load_modules(modules: str = "") -> list[ModuleType]:
    """Import what the entry points of the group `plait.tools` and `modules` (comma-separated) name.

    Raises NotReady, with one sentence, when a module cannot be imported or stands in the way.
    """
    _refuse_shadows()
    named = [name for part in modules.split(",") if (name := part.strip())]
    installed = sorted(point.value.partition(":")[0] for point in entry_points(group=GROUP))
    if named and "" not in sys.path and str(Path.cwd()) not in sys.path:
        # Behind everything else: a file next to the user's tools must not hide a package.
        sys.path.append(str(Path.cwd()))
    return [_import(name) for name in dict.fromkeys([*installed, *named])]


def _import(name: str) -> ModuleType:
    if name.partition(".")[0] in {*OURS, "plait"} and name != "activities.tools":
        raise NotReady(f"PLAIT_TOOLS names {name}, which is Plait's own: give your module another name")
    try:
        return importlib.import_module(name)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise NotReady(f"the tools module {name} cannot be imported: {reason}") from error


def _refuse_shadows() -> None:
    """A file `worker.py` in the wrong place would run in place of Plait's own package."""
    home = Path(__file__).resolve().parents[1]
    for name in OURS:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if origin is None or origin.parent.parent != home:
            raise NotReady(f"{origin or 'another module'} hides Plait's package {name}: rename it or move it away")
