"""Which row each item of a graph stands in: below all that lead to it, and no further from them than needed."""

from collections.abc import Sequence

Pair = tuple[int, int]


def forward(count: int, pairs: Sequence[Pair]) -> list[bool]:
    """For each pair whether it leads on; those that would close a circle lead back.

    A depth-first walk from the items that nothing leads to, in their order, then from what is left.
    """
    leaving: list[list[int]] = [[] for _ in range(count)]
    reached = [False] * count
    for place, (source, target) in enumerate(pairs):
        leaving[source].append(place)
        reached[target] = True
    onward = [True] * len(pairs)
    state = [0] * count  # 0 not seen, 1 on the way, 2 done
    for start in sorted(range(count), key=lambda item: reached[item]):
        if state[start]:
            continue
        way: list[tuple[int, int]] = [(start, 0)]
        state[start] = 1
        while way:
            item, seen = way.pop()
            if seen == len(leaving[item]):
                state[item] = 2
                continue
            way.append((item, seen + 1))
            place = leaving[item][seen]
            target = pairs[place][1]
            if state[target] == 1:
                onward[place] = False
            elif state[target] == 0:
                state[target] = 1
                way.append((target, 0))
    return onward


def ranks(count: int, pairs: Sequence[Pair]) -> list[int]:
    """The row of each item by its longest way from the top; `pairs` form no circle.

    An item that nothing leads to moves down to just above what it leads to.
    """
    leaving: list[list[int]] = [[] for _ in range(count)]
    missing = [0] * count
    for source, target in pairs:
        leaving[source].append(target)
        missing[target] += 1
    first = [item for item in range(count) if not missing[item]]
    found = [0] * count
    ready = list(first)
    for item in ready:
        for target in leaving[item]:
            found[target] = max(found[target], found[item] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for item in first:
        if leaving[item]:
            found[item] = min(found[target] for target in leaving[item]) - 1
    return found
