"""Names of tools as providers take them: letters, digits, `_` and `-`, at most 64 of them."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

_TAKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]")


def wire_names(names: Iterable[str]) -> dict[str, str]:
    """What each name is called on the wire: itself where it may be, else what is left of it; no two alike."""
    every = list(dict.fromkeys(names))
    called = {name: name for name in every if _TAKEN.fullmatch(name)}
    taken = set(called)
    for name in every:
        if name in called:
            continue
        short = _OTHER.sub("_", name)[:64]
        called[name] = (
            short if short and short not in taken else f"{short[:55]}_{sha256(name.encode()).hexdigest()[:8]}"
        )
        taken.add(called[name])
    return called


def own_name(called: str, names: Mapping[str, str]) -> str:
    """The name behind what a model called; a tool that it was not told of is as it named it."""
    return next((name for name, wire in names.items() if wire == called), called)
