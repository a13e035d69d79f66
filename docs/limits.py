"""The generated parts of the page on limits: what may be how large, from the constants that refuse it."""

from datetime import timedelta

from activities.agents.opening import DEPTH as AGENTS_DEEP
from activities.agents.trimming import MOST_SHOWN
from activities.code.sandbox import Limits
from activities.deliver import OUTPUT_BYTES
from activities.http.answer import MAX_BYTES as ANSWER_BYTES
from activities.http.request import MAX_HOPS
from activities.models.client import REPAIRS
from activities.models.limits import LONGEST_WAIT
from activities.models.media import MAX_BYTES as MEDIUM_BYTES
from activities.sending import ANSWER_BYTES as KEPT_BYTES
from activities.sending import SECONDS as SENDING_SECONDS
from activities.shell.results import DEPTH as RESULT_DEPTH
from activities.tools.files import MAX_BYTES as TOOL_FILE_BYTES
from api.bulk.schemas import MOST_IDS
from api.chat.asking import ANSWER_SECONDS
from api.chat.instructions import MOST_OFFERS
from api.chat.schemas import MESSAGE_LIMIT
from api.chat.service import MOST_OFFERS as MOST_KNOWN
from api.events.socket import COMMANDS_A_SECOND, LONGEST_COMMAND
from api.events.stream import SLOW_SECONDS
from api.http.bodies import BODY_LIMIT, DEPTH_LIMIT, DOCUMENT_LIMIT, KEYS_LIMIT
from api.http.idempotency import KEY_LIMIT
from api.inbound.service import PAYLOAD_LIMIT
from api.mcp.server import CALL_SECONDS, TASK_SECONDS
from api.mcp.tools import MOST_SECONDS
from api.runs.fixture import LIMIT as FIXTURE_BYTES
from api.upkeep.housekeeping import FED, TALKED
from api.upkeep.operations import PROPOSED
from api.workflows.compiler import COMPRESSED_LIMIT
from api.workflows.reader import COMPILE_SECONDS, SIMULATE_SECONDS
from docs.tables import table
from interpreter.document.builder import LIMIT_DEPTH, LIMIT_KEYS
from interpreter.document.model import LONGEST, SLUG_LENGTH
from interpreter.document.read import LIMIT_BYTES
from interpreter.expressions.limits import BYTES, LEVELS, LINKS
from interpreter.plan.bodies import MOST_AT_ONCE, MOST_LAPS, MOST_TURNS, MOST_WORKFLOWS
from interpreter.plan.limits import DEPTH, EDGES, NODES
from interpreter.rules.agents import MOST_CALLS
from interpreter.rules.facts import LIMIT as FACT_BYTES
from interpreter.shell.activities import IN_FLIGHT
from plait.endpoints.workflow import ATTEMPTS
from plait.starts import INPUT_LIMIT
from plait.store.endpoint_deliveries import GIVEN_UP
from plait.store.inbound import WAITING_BYTES, WAITING_EVENTS
from plait.store.operations import MOST_ITEMS
from plait.store.payloads import FILE_BYTES, VALUE_BYTES
from plait.store.tickets import LIFETIME
from plait.store.values import INLINE_BYTES


def of_documents() -> str:
    """What a document may hold, and the problem that says that it holds more."""
    rows = [
        ["the text", size(LIMIT_BYTES), "`document_too_large`, or `too_large` before it is read"],
        ["the stored version, compressed", size(COMPRESSED_LIMIT), "`document_too_large`"],
        ["nodes, those of bodies too", f"{NODES:,}", "`too_many_nodes`"],
        ["edges, those of bodies too", f"{EDGES:,}", "`too_many_edges`"],
        ["maps and loops inside of each other", str(DEPTH), "`too_deep_bodies`"],
        ["sub-workflows inside of each other", str(MOST_WORKFLOWS), "`too_deep_workflows`; in a run `TooDeep`"],
        ["values inside of each other", f"{LIMIT_DEPTH} levels", "`too_deep`"],
        ["keys of one object", f"{LIMIT_KEYS:,}", "`too_many_keys`"],
        ["an expression", f"{size(BYTES)}, {LEVELS} levels, chains of {LINKS}", "`expression`"],
        ["laps of a loop", f"{MOST_LAPS:,}", "`wrong_parameter`"],
        ["items of a map at once", f"{MOST_AT_ONCE:,}", "`wrong_parameter`"],
        ["turns of an agent", str(MOST_TURNS), "`wrong_parameter`; in a run `MaxTurnsInvalid`"],
        ["attempts of a node", "10,000", "`invalid_value`"],
        ["a slug", f"{SLUG_LENGTH} characters", "`invalid_slug`"],
        ["a duration", f"{timedelta(seconds=LONGEST).days // 365} years", "`invalid_duration`"],
        ["compiling it", f"{COMPILE_SECONDS:g} s of a processor", "`request_invalid`"],
        ["simulating it", f"{SIMULATE_SECONDS:g} s of a processor", "`request_invalid`"],
    ]
    return table(("Limit on", "Is", "Beyond it"), rows)


def of_runs() -> str:
    """What one run may hold, and how it fails."""
    code = Limits()
    rows = [
        ["the input, with its defaults", size(INPUT_LIMIT), "413 `too_large`"],
        ["a node's output", f"{size(VALUE_BYTES)}, {RESULT_DEPTH} levels", "`ResultTooLarge`, `OutputInvalid`"],
        ["the outputs of a map's items together", size(VALUE_BYTES), "`ResultTooLarge`"],
        ["a value that is kept in its row; a larger one lies beside it", size(INLINE_BYTES), ""],
        ["a value that a decision reads", size(FACT_BYTES), "`FactTooLarge`"],
        ["a file", size(FILE_BYTES), "413 `too_large`, `ResultTooLarge`"],
        ["a file that a tool reads whole", size(TOOL_FILE_BYTES), "`FileRefused`"],
        ["the answer of an `http_request`", size(ANSWER_BYTES), "`ResponseTooLarge`"],
        ["redirects of an `http_request`", str(MAX_HOPS), "`RedirectRefused`"],
        ["an image or file that a model is sent", size(MEDIUM_BYTES), "`MediaInvalid`"],
        ["rounds in which a model sets its output right", str(REPAIRS), "`OutputInvalid`"],
        ["an attempt's wait for its turn with a model", f"{LONGEST_WAIT:.0f} s", "`RateLimited`"],
        ["calls of one turn of an agent", str(MOST_CALLS), "the model is told"],
        ["a result that an agent's model is shown", f"{MOST_SHOWN:,} characters", "cut, with a mark"],
        ["agents inside of each other", str(AGENTS_DEEP), "`TooDeep`"],
        ["a `code` node", f"{code.seconds:g} s, {size(code.memory)}", "`CodeTimeout`, `CodeLimit`"],
        ["nodes that work at once", str(IN_FLIGHT), "the others wait"],
        ["events that wait for a node", f"{WAITING_EVENTS:,}, {size(WAITING_BYTES)}", "429 `quota_exceeded`"],
    ]
    return table(("Limit on", "Is", "Beyond it"), rows)


def of_requests() -> str:
    """What a request may hold, and the answer to one that holds more."""
    rows = [
        ["a body", size(BODY_LIMIT), "413 `too_large`"],
        ["a body that is a document", size(DOCUMENT_LIMIT), "413 `too_large`"],
        ["the payload of an event", size(PAYLOAD_LIMIT), "413 `too_large`"],
        ["values inside of each other", f"{DEPTH_LIMIT} levels", "400 `malformed_json`"],
        ["keys of one object", f"{KEYS_LIMIT:,}", "400 `malformed_json`"],
        ["an `Idempotency-Key`", f"{KEY_LIMIT} characters", "422 `request_invalid`"],
        ["a page of a list", "200 rows", "422 `request_invalid`"],
        ["a page of events", "1,000 events", "422 `request_invalid`"],
        ["runs of a bulk action", f"{MOST_ITEMS:,} by filters, {MOST_IDS:,} by id", "422 `request_invalid`"],
        ["a preview of one", f"good for {PROPOSED.seconds // 60} min", "422 `request_invalid`"],
        ["the values of a run that becomes a fixture", size(FIXTURE_BYTES), "413 `too_large`"],
        ["commands of a WebSocket", f"{COMMANDS_A_SECOND} a second, {size(LONGEST_COMMAND)} each", "closed, 4429"],
    ]
    return table(("Limit on", "Is", "Beyond it"), rows)


def of_telling() -> str:
    """How much is told of what happens, how long, and how often."""
    rows = [
        ["how far back the feed and the log of deliveries go", f"{FED.days} days", "410 `events_purged`"],
        ["a ticket", f"once, within {LIFETIME.seconds} s", "401 `unauthenticated`"],
        ["a watcher that reads nothing", f"{SLOW_SECONDS:g} s", "cut off; 4408 on a WebSocket"],
        ["the answer of a webhook endpoint", f"{SENDING_SECONDS:g} s", "tried again"],
        ["attempts of a delivery", str(ATTEMPTS), "given up: `failed`"],
        ["deliveries that are given up in a row", str(GIVEN_UP), "the endpoint is disabled: `failing`"],
        ["an output that is sent", size(OUTPUT_BYTES), "null"],
        ["what is kept of an answer", size(KEPT_BYTES), "cut"],
    ]
    return table(("Limit on", "Is", "Beyond it"), rows)


def of_agents() -> str:
    """How much agents and chats are given, and how long they are waited for."""
    rows = [
        ["a message", f"{MESSAGE_LIMIT:,} characters", "422 `request_invalid`"],
        ["workflows that a chat knows", str(MOST_KNOWN), "the first by slug"],
        ["workflows that a model is shown", str(MOST_OFFERS), "those that share most words with the message"],
        ["waiting for a model", f"{ANSWER_SECONDS:g} s", "words decide"],
        ["a conversation", f"{TALKED.days} days after its last message", "404 `not_found`"],
        ["waiting for the run of a tool", f"{CALL_SECONDS:g} s", "answered as it stands"],
        ["the same, where tasks are taken", f"{TASK_SECONDS:g} s", "a task"],
        ["`wait_seconds` of `get_run`", f"{MOST_SECONDS:g}", "the tool's error"],
    ]
    return table(("Limit on", "Is", "Beyond it"), rows)


def size(amount: int) -> str:
    """Bytes, as people say them."""
    return f"{amount // 2**20} MiB" if amount >= 2**20 else f"{amount // 1024} KiB"


BLOCKS = {
    "limits-of-documents": of_documents,
    "limits-of-runs": of_runs,
    "limits-of-requests": of_requests,
    "limits-of-telling": of_telling,
    "limits-of-agents": of_agents,
}
