"""What every field of a document says, for people: the text an editor shows beside it."""

from pydantic import BaseModel

from interpreter.document import model

FIELDS: dict[type[BaseModel], dict[str, str]] = {
    model.Document: {
        "plait": "The version of this language: 1.",
        "slug": "The name in URLs, unique in a project: a-z, 0-9 and -. It is fixed once the workflow is stored.",
        "name": "The name that people see.",
        "description": "What the workflow is for.",
        "tags": "Words to find it by.",
        "input": "JSON Schema 2020-12 of a run's input. Defaults are filled in, then the input is checked, "
        "before anything starts.",
        "vars": "Constants, read as `vars.NAME`.",
        "env": "Variables of the environment, read as `env.NAME`.",
        "deadline": "How long the whole run may take by the clock on the wall: 14d.",
        "budget": "Limits of one run.",
        "defaults": "What nodes that run as activities get where they say nothing themselves.",
        "priority": "1 (first) to 5.",
        "concurrency": "How many runs of one key may be open at once.",
        "expect": "The duration after which a run counts as late.",
        "retention": "How long ended runs are kept.",
        "expose": "Where else the workflow is offered: `mcp` to agents as a tool, `chat` in chats.",
        "on_failure": "The workflow that is started when a run of this one fails.",
        "nodes": "The steps.",
        "edges": "What leads from a step to another.",
        "chain": "Steps that run one after another, in place of `nodes` and `edges`.",
        "output": "What the run gives: a value with `{{ … }}` in it. Without it, the outputs of the last nodes by id.",
    },
    model.Node: {
        "id": "Its name in expressions: a-z, 0-9 and _, a letter first, unique in the document.",
        "type": "What kind of step it is.",
        "name": "The name that people see.",
        "description": "What the step is for.",
        "with": "The type's parameters.",
        "when": "An expression: false skips the node.",
        "join": "How it reads its in-edges.",
        "timeout": "How long one attempt may take: 90s. Of a gate or an event, how long it waits.",
        "deadline": "How long all attempts may take together, waits between them included: 10m.",
        "retry": "When and how often a failed attempt is repeated. Without it three attempts; one where repeating "
        "could do harm.",
        "output_schema": "JSON Schema that the output has to fit; its readers are checked against it.",
        "accept": "An expression over `output`; false ends the attempt as `NotAccepted`.",
        "on_error": "What a failure does that no edge handles: fail (the run fails), continue (without an output), "
        "hold (wait for a person).",
        "compensate": "What undoes it once it has completed, when the run fails later.",
    },
    model.Edge: {
        "from": "The id of the node that it leads from.",
        "to": "The id of the node that it leads to.",
        "on": "The outcome, or a list of outcomes, of `from` with which the edge is taken; `success` if left out. "
        "After a condition or a gate it must be written.",
        "when": "An expression, evaluated once when `from` has ended with such an outcome.",
    },
    model.Join: {
        "mode": "settled: one in-edge taken when all have settled. all: all taken. any: the first. quorum: the first n. "
        "always: also while the run is stopping. all_failed: all error edges taken.",
        "n": "How many in-edges a quorum needs.",
        "cancel_rest": "Cancel what has lost the race.",
    },
    model.Retry: {
        "max_attempts": "Counts the first try; 3 if left out.",
        "initial_interval": "The wait after the first failure; 1s if left out.",
        "backoff_coefficient": "By how much each wait grows; 2 if left out.",
        "max_interval": "The longest wait; 60s if left out.",
        "non_retryable_errors": "Failure types that end the attempts at once.",
    },
    model.Compensation: {
        "type": "The type of the step that undoes; one that runs as an activity.",
        "with": "Its parameters.",
    },
    model.Defaults: {
        "timeout": "How long one attempt may take: 90s.",
        "deadline": "How long all attempts of a node may take together: 10m.",
        "retry": "When and how often a failed attempt is repeated.",
        "on_error": "What a failure does that no edge handles: fail, continue or hold.",
    },
    model.Variable: {
        "type": "What its value is.",
        "default": "The value where the environment says none.",
        "description": "What it is for.",
    },
    model.Budget: {
        "cost_usd": "What models may cost, in US dollars.",
        "tokens": "How many tokens models may read and write.",
        "seconds": "How long activities may execute; waiting does not count.",
    },
    model.Concurrency: {
        "key": "An expression: runs with an equal value are counted together.",
        "limit": "How many may be open at once.",
        "when_full": "What becomes of one more: queue, reject, or cancel_oldest.",
    },
    model.Expose: {
        "mcp": "Offer it to chat clients as a tool.",
        "chat": "Offer it in the chat.",
        "form": "Offer it as a form.",
    },
    model.OnFailure: {
        "workflow": "Its slug.",
        "input": "Its input: a value with `{{ … }}` in it; `error` is what the run failed with.",
    },
}
"""By model and field, as documents write the field."""

PARAMETERS: dict[tuple[str, str], str] = {
    ("condition", "cases"): "The cases, in order: the first that is true is the outcome.",
    ("human_gate", "title"): "What is to be decided, in a line.",
    ("human_gate", "instructions"): "What people should look at, and how to decide.",
    ("human_gate", "show"): "What people are shown.",
    ("human_gate", "prefill"): "Answers that stand in the form already.",
    ("human_gate", "reject"): "When rejections decide: any (the first), majority, all.",
    ("human_gate", "allow_self_approval"): "Whether who started the run may decide.",
    ("human_gate", "remind_after"): "After how long people are reminded.",
    ("human_gate", "escalate"): "Who is asked next, and after how long.",
    ("loop", "max_iterations"): "The most laps; then the outcome is `exhausted`.",
    ("map", "on_item_error"): "fail (the map fails), skip (leave the item out), collect (give each item's status).",
    ("subworkflow", "environment"): "The environment whose version runs.",
    ("subworkflow", "mode"): "wait for its output, or detach and go on with its run's id.",
    ("end", "status"): "What the run ends as; completed if left out.",
    ("end", "output"): "The run's output.",
    ("end", "message"): "Why, for people.",
    ("end", "cancel_rest"): "Cancel what still runs; needed where something may.",
    ("http_request", "url"): "Where to; only public addresses unless the operator allows more.",
    ("http_request", "headers"): "Headers by name.",
}
"""What the catalogue says too briefly for somebody who has not read the manual."""
