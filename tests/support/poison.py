"""Documents that are as bad as the language allows, and those that are one step worse."""

from collections.abc import Iterable
from itertools import pairwise, product
from typing import Any

Json = dict[str, Any]


def document(slug: str, nodes: Iterable[Json], edges: Iterable[Json] = (), **said: Any) -> Json:
    """A document, as a caller sends it."""
    return {"plait": 1, "slug": slug, "nodes": list(nodes), "edges": list(edges), **said}


def transform(name: str, value: Any = 1, **said: Any) -> Json:
    """A node that needs no activity."""
    return {"id": name, "type": "transform", "with": {"value": value}, **said}


def edge(source: str, target: str, **said: Any) -> Json:
    """An edge."""
    return {"from": source, "to": target, **said}


def names(count: int) -> list[str]:
    """Ids of nodes."""
    return [f"n{number}" for number in range(count)]


def chain(slug: str, count: int, value: Any = 1, **said: Any) -> Json:
    """So many nodes, one after another, each with this value."""
    ids = names(count)
    return document(slug, (transform(name, value, **said) for name in ids), (edge(a, b) for a, b in pairwise(ids)))


def fan(slug: str, count: int, join: Json | None = None, **said: Any) -> Json:
    """So many nodes at once, and one after all of them."""
    ids = names(count)
    last = transform("last", join=join) if join else transform("last")
    return document(slug, [*(transform(name, **said) for name in ids), last], (edge(name, "last") for name in ids))


def bushy(levels: int, length: int) -> str:
    """An expression of exactly so many levels and characters, with something to do in all of them."""
    # The three innermost levels are the arguments of `sum` and `size`, and the list.
    opening, closing = "(1 + " * (levels - 3), ")" * (levels - 3)
    room = length - len(opening) - len(closing) - len("sum([size(run.id)])")
    terms = ", size('a')" * (room // 11)
    return f"{opening}sum([size(run.id){terms}]){' ' * (room % 11)}{closing}"


def burning(steps: int = 3) -> str:
    """A guard that is true after ten to the power of `steps` looks at something."""
    ten = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    heads = "".join(f"{ten}.all(v{number}, " for number in range(steps))
    return f"{heads}v0 + size(run.id) > 0{')' * steps}"


def dense(slug: str, edges: int) -> Json:
    """Exactly so many edges, in layers of 250 nodes that each lead to all of the next."""
    width = 250
    pairs = product(range(-(-edges // (width * width))), range(width), range(width))
    found = [edge(f"l{layer}_{a}", f"l{layer + 1}_{b}") for (layer, a, b), _ in zip(pairs, range(edges), strict=False)]
    ends = {end for each in found for end in (each["from"], each["to"])}
    return document(slug, (transform(name) for name in sorted(ends)), found)


def nested(slug: str, depth: int) -> Json:
    """Maps in each other, so many, over two items each, with one node in the innermost."""
    body = transform("inner")
    for level in range(depth):
        said = {"items": "[1, 2]", "as": f"row{level}", "nodes": [body], "output": "{{ 1 }}"}
        body = {"id": f"each{level}", "type": "map", "with": said}
    return document(slug, [body])


def crossroads(slug: str, count: int) -> Json:
    """Conditions at once that know nothing of each other, and nodes that each read what three of them led to."""
    nodes: list[Json] = []
    edges: list[Json] = []
    for number in range(count):
        said = {"cases": [{"name": "yes", "when": f"input.x{number} > 0"}], "default": "no"}
        nodes.append({"id": f"c{number}", "type": "condition", "with": said})
        nodes += [transform(f"{case}{number}") for case in ("yes", "no")]
        edges += [edge(f"c{number}", f"{case}{number}", on=case) for case in ("yes", "no")]
        edges += [edge(f"{case}{number}", f"j{(number * step + 1) % count}") for case, step in (("yes", 7), ("no", 11))]
    met = {(each["from"], each["to"]): each for each in edges}
    for number in range(count):
        before = [source for source, target in met if target == f"j{number}"]
        read = ", ".join([f"nodes.{source}.output" for source in before] + ["0"])
        nodes.append(transform(f"j{number}", f"{{{{ coalesce({read}) }}}}"))
    everything = ", ".join(f"nodes.j{number}.output" for number in range(0, count, 20))
    nodes.append(transform("last", f"{{{{ coalesce({everything}) }}}}"))
    return document(slug, nodes, [*met.values(), *(edge(f"j{number}", "last") for number in range(count))])


def knotted(slug: str, count: int) -> Json:
    """Schemas that mean themselves and all others, read as deep as an expression goes."""
    ids = [f"t{number}" for number in range(count)]
    one_of_them = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in ids]}
    schemas = {name: {"type": "object", "properties": {"p": one_of_them}} for name in ids}
    schema = {"type": "object", "properties": {"p": one_of_them}, "$defs": schemas}
    return document(slug, [transform("deep", f"{{{{ coalesce(input{'.p' * 100}, 1) }}}}")], input=schema)


def meaningless(slug: str) -> Json:
    """A schema that is defined by itself."""
    knot = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    return document(slug, [transform("deep", "{{ input }}")], input=knot)


def laps(slug: str, count: int) -> Json:
    """Laps that do nothing."""
    said = {"until": "false", "max_iterations": count, "nodes": [transform("step")], "output": "{{ lap }}"}
    again = {"id": "again", "type": "loop", "with": said}
    return document(slug, [again, transform("after")], [edge("again", "after", on=["success", "exhausted"])])


def items(slug: str, body: Json, **said: Any) -> Json:
    """The body for each item of the input's `rows`."""
    return document(slug, [{"id": "each", "type": "map", "with": {"items": "input.rows", "nodes": [body], **said}}])


def calling(slug: str, other: str) -> Json:
    """A workflow that runs another one."""
    return document(slug, [{"id": "child", "type": "subworkflow", "with": {"workflow": other, "input": {}}}])
