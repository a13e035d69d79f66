"""What an operation of an OpenAPI document takes as its body: JSON, a form, a text or a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plait.tools.model import Content, FormField
from plait.tools.references import DEEPEST, References, Unusable, list_in, object_in
from plait.tools.styles import STYLES

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
ONE_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
FILE = "The name of a file in the folder that workflows may read."


@dataclass(frozen=True, slots=True)
class Body:
    """The schema of the argument, and how it is sent: as JSON where there is no `content`."""

    schema: dict[str, Any]
    required: bool
    content: Content | None = None
    headers: dict[str, str] = field(default_factory=dict)


def body_of(references: References, said: Any, *, ignored: bool) -> Body | None:
    """The body; None where there is none, and where it is `ignored` unless it is required. Of several media types
    the first that is JSON, else a form, a text, a file. Raises Unusable.
    """
    if said is None:
        return None
    body = references.followed(said)
    required = bool(body.get("required"))
    if ignored and not required:
        return None
    content = object_in(body.get("content"))
    for fits in (is_json, _is(FORM), _is(MULTIPART), _is_text, _is_bytes):
        for media_type, each in content.items():
            if fits(media_type):
                return _as(references, media_type, object_in(each), required=required)
    raise Unusable(f"its body is {next(iter(content), 'nothing')}, which is not sent here")


def is_json(media_type: str) -> bool:
    """Whether bodies of this type are JSON."""
    plain = plain_type(media_type)
    return plain in {JSON, "*/*"} or plain.endswith("+json")


def plain_type(media_type: str) -> str:
    """A media type without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def _is(wanted: str) -> Any:
    return lambda media_type: plain_type(media_type) == wanted


def _is_text(media_type: str) -> bool:
    plain = plain_type(media_type)
    return plain.startswith("text/") or plain.endswith(("/xml", "+xml", "/yaml", "+yaml", "/x-ndjson"))


def _is_bytes(media_type: str) -> bool:
    return plain_type(media_type).startswith(("application/", "image/", "audio/", "video/"))


def _as(references: References, media_type: str, said: Mapping[str, Any], *, required: bool) -> Body:
    plain = plain_type(media_type)
    if is_json(media_type):
        headers = {} if plain in {JSON, "*/*"} else {"content-type": plain}
        return Body(references.schema(said.get("schema")), required, headers=headers)
    if plain in {FORM, MULTIPART}:
        form = _Form(references, object_in(said.get("encoding")))
        schema = references.schema(form.taken(said.get("schema") or {"type": "object"}))
        kind = "form" if plain == FORM else "multipart"
        return Body(schema, required, Content(kind=kind, media_type=plain, fields=form.fields))
    if _is_text(media_type):
        return Body({"type": "string"}, required, Content(kind="text", media_type=plain))
    sent_as = plain if ONE_TYPE.fullmatch(plain) else "application/octet-stream"
    return Body({"type": "string", "description": FILE}, required, Content(kind="file", media_type=sent_as))


class _Form:
    """The fields of a form: which are written in a way of their own, and which are files."""

    def __init__(self, references: References, encoding: Mapping[str, Any]) -> None:
        self.fields: dict[str, FormField] = {}
        self._references, self._encoding = references, encoding

    def taken(self, said: Any, depth: int = 0) -> dict[str, Any]:
        """The schema of a form, in which a file is its name."""
        if depth > DEEPEST:
            raise Unusable("its references lead in a circle")
        schema = dict(self._references.followed(said))
        if "allOf" in schema:
            schema["allOf"] = [self.taken(each, depth + 1) for each in list_in(schema["allOf"])]
        properties = object_in(schema.get("properties"))
        schema["properties"] = {name: self._field(str(name), each) for name, each in properties.items()}
        return schema

    def _field(self, name: str, said: Any) -> Any:
        encoding = object_in(self._encoding.get(name))
        media_type = encoding.get("contentType")
        if not isinstance(media_type, str) or not ONE_TYPE.fullmatch(media_type := plain_type(media_type)):
            media_type = None  # a list of types, or image/*, says what is taken, and not what is sent
        if (named := self._named(said)) is not None:
            self.fields[name] = FormField(style="each", file=True, media_type=media_type)
            return named
        style = encoding.get("style", "form" if "explode" in encoding else None)
        if style is None and media_type is None:
            return said
        if style is not None and style not in STYLES["query"]:
            raise Unusable(f"its field {name[:80]} is written in a way that is not known here")
        as_json = style is None and media_type is not None and is_json(media_type)
        explode = encoding.get("explode", style in {None, "form", "deepObject"})
        self.fields[name] = FormField(
            style="json" if as_json else style or "each", explode=explode is True, media_type=media_type
        )
        return said

    def _named(self, said: Any) -> dict[str, Any] | None:
        """The schema of the name where a file is meant, or of the names of several; else None."""
        if not isinstance(said, dict):
            return None
        schema = self._references.followed(said)
        if schema.get("type") == "array" and (one := self._named(schema.get("items"))):
            return {"type": "array", "items": one}
        encoded = "contentEncoding" in schema or "contentMediaType" not in schema
        if schema.get("type") != "string" or (schema.get("format") != "binary" and encoded):
            return None
        return {"type": "string", "description": f"{schema.get('description') or ''} {FILE}".strip()}
