"""Who may decide a gate. Pure: the gate's frozen names on one side, the caller on the other.

There is no directory of people yet. So every caller is a member of each group and role, a name
`user:…` is that person alone, and the local caller of an open API is everybody.
"""

from collections.abc import Iterable

from plait.auth import Caller

LOCAL = "local"
USER = "user:"


def approving_names(approvers: Iterable[str], caller: Caller) -> list[str]:
    """Those of the gate's names that the caller answers to."""
    everybody = caller.open_mode and caller.actor.id == LOCAL
    return [name for name in approvers if everybody or not name.startswith(USER) or name == user_name(caller)]


def user_name(caller: Caller) -> str:
    """How a gate names this caller alone."""
    return f"{USER}{caller.actor.id}"


def groups_of(names: Iterable[str]) -> list[str]:
    """The groups and roles among the names, as written and bare: a quorum may name them either way."""
    found = [name for name in names if not name.startswith(USER)]
    return list(dict.fromkeys([*found, *(name.partition(":")[2] for name in found if ":" in name)]))


def approves_own(started_by: str, caller: Caller, *, allowed: bool) -> bool:
    """Whether a person would decide over the run that they started, where that is not allowed.

    A key stands for nobody in particular, and an open API trusts whoever reaches it.
    """
    return not allowed and not caller.open_mode and caller.actor.type == "user" and started_by == caller.actor.id
