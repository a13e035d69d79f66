"""What a rerun does anew and what it takes from the run before it: decided from plans and paths alone."""

from interpreter.reuse.fresh import Fresh, UnknownPath
from interpreter.reuse.work import changes_of

__all__ = ["Fresh", "UnknownPath", "changes_of"]
