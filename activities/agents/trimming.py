"""What of a long conversation a model still sees. Pure.

The system message, the conversation that was given and the task stay; of what came after them the newest rounds that fit.
A round is what a model said with the results of its calls: these are never parted, and the newest round always stays.
"""

from collections.abc import Sequence

from activities.models.messages import Message, user
from interpreter.values import canonical
from plait.agents import Trimming
from plait.money import BYTES_A_TOKEN

MOST_SHOWN = 32 * 1024
"""Characters of one result that a model is shown."""
Round = Sequence[Message]


def trimmed(head: Sequence[Message], rounds: Sequence[Round], policy: Trimming) -> list[Message]:
    """The messages, the oldest rounds left out that do not fit both limits; a note says how many these are."""
    first = 0 if policy.turns is None else max(0, len(rounds) - policy.turns)
    if policy.tokens is not None:
        room = policy.tokens * BYTES_A_TOKEN - sum(map(size_of, head))
        sizes = [sum(map(size_of, one)) for one in rounds]
        while first < len(rounds) - 1 and sum(sizes[first:]) > room:
            first += 1
    left_out = [user(f"(The {first} turns before this are left out.)")] if first else []
    return [*head, *left_out, *(message for one in rounds[first:] for message in one)]


def size_of(message: Message) -> int:
    """Bytes of a message as JSON."""
    return len(canonical(message).encode())


def cut(text: str, whole: int | None = None) -> str:
    """The text as a model is shown it: the beginning of a large one, with a mark. `whole` is its size where only the
    beginning was read.
    """
    size = len(text) if whole is None else whole
    if size <= MOST_SHOWN:
        return text
    return f"{text[:MOST_SHOWN]}\n[The result is cut here: {size - MOST_SHOWN:,} more characters.]"
