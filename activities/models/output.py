"""Output by a schema: what a model wrote, read as JSON and held against it, and how to tell the model what is wrong."""

import re
from typing import Any

import orjson

from activities.kind import NodeError
from activities.models.messages import Message, assistant, user
from activities.storable import storable
from interpreter.values import Json, canonical
from plait.values.schema import compiled

SHOWN = 1_000
"""Bytes of a refused text that the error keeps; what is over two thousand in all, errors drop."""
MOST_PROBLEMS = 10
FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n\s*```", re.DOTALL)


class Unfit(Exception):
    """The text is not what the schema wants; `problems` are sentences that a model can act on."""

    def __init__(self, text: str, problems: list[str]) -> None:
        self.text, self.problems = text, problems
        super().__init__("; ".join(problems))

    def error(self, model: str, *, cut: bool) -> NodeError:
        """As the node's failure. `cut`: the model stopped because it may say no more."""
        message = f"{model} gave no output of the schema: {'; '.join(self.problems[:3])}"
        if cut:
            message += "; it stopped at its limit of tokens, so raise max_tokens"
        details = {"problems": [_cut(problem, 150) for problem in self.problems[:5]], "text": _cut(self.text, SHOWN)}
        return NodeError("OutputInvalid", message, category="external", retryable=True, details=details)


def read_output(text: str, schema: dict[str, Any]) -> Json:
    """The value that the text holds: bare, or as models put it who were told not to talk, in a fence or between
    sentences. Raises Unfit.
    """
    value = storable(_parsed(text))
    if problems := [str(problem) for problem in compiled(schema).violations(value, limit=MOST_PROBLEMS)]:
        raise Unfit(text, problems)
    return value


def repair(text: str, problems: list[str]) -> list[Message]:
    """What is added to the messages so that the model sets it right."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    wish = f"This is not what was asked for:\n{listed}\nAnswer with the corrected JSON alone."
    return [assistant(text or "(nothing)"), user(wish)]


def instruction(schema: dict[str, Any]) -> str:
    """How a model is asked for JSON that has no structured output of its own."""
    return f"Answer with JSON alone, no other text, that fits this JSON Schema:\n{orjson.dumps(schema).decode()}"


def is_object(schema: dict[str, Any]) -> bool:
    """Whether providers take the schema as that of an answer: they want an object."""
    return schema.get("type") == "object"


def is_closed(schema: Any) -> bool:
    """Whether every object in the schema names all its fields: Anthropic takes no others, and would leave them empty."""
    if isinstance(schema, list):
        return all(is_closed(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and not schema.get("properties"):
        return False
    if schema.get("additionalProperties", False) is not False or "patternProperties" in schema:
        return False
    return all(is_closed(part) for part in schema.values())


def _cut(text: str, size: int) -> str:
    """The text, or so much of its beginning as takes so many bytes in JSON."""
    shown = text
    while len(canonical(shown).encode()) > size:
        shown = f"{shown[: len(shown) * 3 // 4]}…"
    return shown


def _parsed(text: str) -> Json:
    for candidate in _candidates(text):
        try:
            return orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
    raise Unfit(text, ["the answer is not JSON"])


def _candidates(text: str) -> list[str]:
    first = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    last = max(text.rfind("}"), text.rfind("]"))
    bare = [text[first : last + 1]] if 0 <= first < last else []
    return [text.strip(), *FENCED.findall(text)[:1], *bare]
