"""Texts of a certain form: names, amounts, addresses. Whoever wrote another is told in words, not by a regular expression."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema


@dataclass(frozen=True, slots=True)
class Form:
    """Stands in an `Annotated[str, …]`: what the whole text has to match, and a sentence that says so.

    The pattern has no anchors, and no alternatives outside of brackets; the JSON Schema of the text has the anchors.
    """

    pattern: str
    wanted: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"pattern": f"^{self.pattern}$"}

    def _checked(self, text: str) -> str:
        if re.fullmatch(self.pattern, text) is None:
            # Its message is a template, in which a word in braces would be a variable.
            raise PydanticCustomError("wrong_form", "{wanted}", {"wanted": self.wanted})
        return text


NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
Name = Annotated[
    str,
    Form(
        NAME.pattern,
        "Write a name of a-z, 0-9, _ and - that begins with a letter and has at most 63 characters.",
    ),
]
"""Of an environment, an agent, a provider of models, an alias."""
SecretName = Annotated[
    str,
    Form(
        r"[A-Za-z_][A-Za-z0-9_]{0,62}",
        "Write the name of a secret, not its value: letters, digits and _, at most 63 characters, no digit first.",
    ),
]
"""Under which a worker has a secret: `ACME_KEY` for `PLAIT_SECRET_ACME_KEY`."""
