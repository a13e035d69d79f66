"""What another project has is answered as what nobody has: at every address, and behind every reference in a body."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app, description
from tests.integration.api.support import client_of, save
from tests.integration.api.test_schemathesis import UNKNOWN, seeded
from tests.support.bodies import each, laps
from tests.support.live import Live

OF_NO_PROJECT = ("/in/{token}", "/environments/{environment}/variables")
"""What is found by no project: a token is as good as a key, and every project has environments of these names."""
REQUEST = {"kind": "http", "url": "https://api.example.com/x"}
AGENT = {"model": "local:demo", "instructions": "Read."}
PROVIDER = {"kind": "openai", "base_url": "https://models.example.com/v1", "secret": "ACME_KEY", "prices": {}}
ROWS, FINE = [{"input": None}], {"name": "fine", "expression": "true"}
CONSTANT = [{"id": "a", "type": "transform", "with": {"value": 1}}]
NOBODYS = {UNKNOWN, "no-such-slug", "support-triage"}
NAMES = {"tools": "their_tool", "agents": "their_agent", "providers": "their-provider", "aliases": "their-alias"}
NEW = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z")


class Elsewhere:
    """Middleware behind the entrance: whoever comes is of another project."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if caller := scope["state"].get("caller"):
            scope["state"]["caller"] = replace(caller, project="other")
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Two:
    """A project that has everything, by kind of name, and somebody of another one."""

    theirs: dict[str, list[str]]
    stranger: httpx2.AsyncClient
    live: Live

    async def ask(self, method: str, address: str, body: Any = None) -> httpx2.Response:
        """What the stranger is answered."""
        headers = {"If-Match": "*", "Accept": "application/json"}
        content = {} if body is None else {"json": body}
        params = {"wait": 0} if address.endswith(("/events", "/feed")) else {}
        answer = await self.stranger.request(method, address, headers=headers, params=params, **content)
        assert answer.status_code < 500, (method, address, answer.text)
        return answer

    async def told(self, method: str, address: str, body: Any, name: str) -> tuple[int, str]:
        """The same about this name, without the name and what is new each time."""
        answer = await self.ask(method, address, body)
        return answer.status_code, NEW.sub("…", answer.text.replace(name, "…"))

    @property
    def names(self) -> set[str]:
        """The ids and names of theirs that nothing else has."""
        ids = {name for names in self.theirs.values() for name in names if len(str(name)) == len(UNKNOWN)}
        return (ids | {"theirs-offered", *NAMES.values()}) - NOBODYS

    async def rows(self) -> dict[str, list[str]]:
        """All rows of the project that has everything, by table."""
        pool = self.live.resources.pool
        tables = await pool.fetch(
            "select table_name from information_schema.columns where column_name = 'project' and table_schema = 'public'"
        )
        query = "select t::text from {} t where project = 'default' order by 1"
        return {name: [row[0] for row in await pool.fetch(query.format(name))] for (name,) in tables}


@pytest.fixture
async def two(live: Live) -> AsyncIterator[Two]:
    theirs = await seeded(live)

    async def made(method: str, address: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await live.client.request(method, f"/api/v1{address}", json=body, headers={"If-Match": "*"})
        assert answer.is_success, answer.text
        return answer.json()

    await made("POST", "/tools", {"name": NAMES["tools"], "source": REQUEST})
    await made("POST", "/agents", {"name": NAMES["agents"], "definition": AGENT})
    await made("PUT", "/models/providers/their-provider", PROVIDER)
    await made("PUT", "/models/aliases/their-alias", {"model": "their-provider:large"})
    await live.save("theirs-offered", CONSTANT, expose={"chat": True, "mcp": True})
    theirs["conversation_id"] = [(await made("POST", "/chat", {"message": "start theirs-offered"}))["conversation_id"]]
    theirs["eval_id"] = [(await made("POST", "/evals", {"workflow": "chain", "rows": ROWS, "scores": [FINE]}))["id"]]
    await live.resources.pool.execute("insert into projects (id, name) values ('other', 'Other')")
    app = create_app(live.resources)
    app.user_middleware.append(Middleware(Elsewhere))
    async with client_of(app) as stranger:
        await save(stranger, "mine", input=None, nodes=CONSTANT, output=1)
        yield Two(theirs, stranger, live)


def operations() -> Iterator[tuple[str, str, Any]]:
    """Every operation on something that has a name, with the body that is its example."""
    schemas = description()["components"]["schemas"]
    for address, methods in description()["paths"].items():
        if "{" not in address or any(each in address for each in OF_NO_PROJECT):
            continue
        for method in sorted(methods.keys() & {"get", "put", "post", "patch", "delete"}):
            content = methods[method].get("requestBody", {}).get("content", {}).get("application/json", {})
            named = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            body = content.get("example") or schemas.get(named, {}).get("examples", [None])[0]
            yield method.upper(), address, body


def named_in(address: str) -> str:
    """The kind of the name that an address has first."""
    kind = address[address.index("{") + 1 : address.index("}")]
    if kind == "name":
        return address[: address.index("/{")].rpartition("/")[2]
    return "payload" if "/payloads/" in address else "slug of a project" if "/projects/" in address else kind


def like(name: str) -> str:
    """An id or a name of the same form that nobody has."""
    return UNKNOWN if len(name) == len(UNKNOWN) else "x" * len(name)


async def test_what_another_project_has_is_at_no_address_and_in_no_list(two: Two) -> None:
    known = {**two.theirs, **{kind: [name] for kind, name in NAMES.items()}, "slug of a project": ["default"]}
    before = await two.rows()
    for address, methods in description()["paths"].items():
        if "get" in methods and "{" not in address:
            listed = (await two.ask("GET", address)).text
            assert [name for name in two.names if name in listed] == [], address
    for method, address, body in operations():
        first, _, rest = re.split(r"\{(\w+)\}", address, maxsplit=1)
        for name in set(known[named_in(address)]) - NOBODYS:
            behind = rest.format_map(
                {each: min(set(values) - {name}, default=UNKNOWN) for each, values in two.theirs.items()}
            )
            nobody = like(name)
            of_theirs = await two.told(method, f"{first}{name}{behind}", body, name)
            assert of_theirs == await two.told(method, f"{first}{nobody}{behind}", body, nobody), (method, address)
    assert await two.rows() == before


def nested(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Documents that have this node at the top, in a map, and in a loop in a map."""
    a_map, a_loop = {"id": "each", **each("input", node)}, {"id": "again", **laps("true", node)}
    for first in (node, a_map, {"id": "each", **each("input", a_loop)}):
        yield {"plait": 1, "slug": "naming", "nodes": [first]}


NODES = {
    "their_tool": {"id": "a", "type": "tool_call", "with": {"tool": "their_tool", "args": {}}},
    "their_agent": {"id": "a", "type": "agent_call", "with": {"agent": "their_agent", "task": "Read."}},
    "their-alias": {"id": "a", "type": "llm", "with": {"model": "their-alias", "prompt": "x"}},
    "their-provider": {"id": "a", "type": "llm", "with": {"model": "their-provider:large", "prompt": "x"}},
    "gated": {"id": "a", "type": "subworkflow", "with": {"workflow": "gated", "input": {}}},
}
NAMED_BY_AGENTS = (
    ("tools", "their_tool", "their_tool"),
    ("tools", "gated", "workflow:gated"),
    ("tools", "their_agent", "agent:their_agent"),
    ("hand_over", "their_agent", "their_agent"),
)


def bodies(two: Two) -> Iterator[tuple[str, str, str, Any]]:
    """Every way to name in a body what another project has: method, address, the name, and the body."""
    for name, node in NODES.items():
        for whole in nested(node):
            yield "POST", "/workflows", name, whole
            yield "POST", "/templates", name, {"slug": "own", "name": "Own", "workflow": json.dumps(whole)}
            yield "POST", "/evals", name, {"workflow": "mine", "document": whole, "rows": ROWS, "scores": [FINE]}
            yield "POST", "/workflows/mine/backtest", name, {"document": whole}
    judge = {"name": "tone", "judge": {"criteria": "Friendly.", "scale": 4, "model": "their-alias"}}
    yield "POST", "/evals", "their-alias", {"workflow": "mine", "rows": ROWS, "scores": [judge]}
    for key, name, said in NAMED_BY_AGENTS:
        yield "POST", "/agents", name, {"name": "asking", "definition": AGENT | {key: [said]}}
    yield "PUT", "/agents/asking", "their-alias", AGENT | {"model": "their-alias"}
    yield "PUT", "/models/aliases/own", "their-provider", {"model": "their-provider:large"}
    yield "POST", "/schedules", "gated", {"name": "Again", "workflow": "gated", "cron": "0 2 * * *"}
    hook = {"name": "In", "verify": {"scheme": "standard"}}
    yield "POST", "/webhook_triggers", "gated", hook | {"start": {"workflow": "gated"}}
    yield "POST", "/evals", "gated", {"workflow": "gated", "rows": ROWS, "scores": [FINE]}
    (file, *_), (conversation,) = two.theirs["payload"], two.theirs["conversation_id"]
    yield "POST", "/evals", file, {"workflow": "mine", "file": file, "scores": [FINE]}
    yield "POST", "/chat", conversation, {"message": "yes", "conversation_id": conversation}
    for run in sorted(set(two.theirs["run_id"]) - NOBODYS):
        yield "POST", "/workflow_runs/bulk", run, {"action": "cancel", "ids": [run], "dry_run": True}
    run, gate = two.theirs["run_id"][0], two.theirs["gate_id"][0]
    for name, tool, said in (
        ("theirs-offered", "theirs-offered", {}),
        ("theirs-offered", "start_run", {"workflow": "theirs-offered"}),
        (run, "get_run", {"run_id": run}),
        (run, "cancel_run", {"run_id": run}),
        (run, "list_gates", {"run_id": run}),
        (gate, "decide_gate", {"gate_id": gate, "decision": "approved"}),
    ):
        params = {"name": tool, "arguments": said}
        yield "POST", "/mcp", name, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def test_what_another_project_has_is_behind_no_reference_in_a_body(two: Two) -> None:
    before = await two.rows()
    for method, address, name, body in bodies(two):
        nobody = like(name)
        as_nobody = json.loads(json.dumps(body).replace(name, nobody))
        of_theirs = await two.told(method, f"/api/v1{address}", body, name)
        assert of_theirs == await two.told(method, f"/api/v1{address}", as_nobody, nobody), (method, address, body)
    assert await two.rows() == before
