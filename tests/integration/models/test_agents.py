"""Agents in real runs: a worker, Temporal, Postgres, and a server of models."""

import asyncio
from typing import Any

from plait.clock import now
from plait.verify import audit_run
from tests.support.agents import asks, offer_agents
from tests.support.engine import Engine, Run
from tests.support.histories import replayed
from tests.support.model_server import ModelServer
from tests.support.model_steps import calls, fails, gives, says
from tests.support.tools import CALLS

ANSWER = "It is here."


async def started(engine: Engine, node: dict[str, Any] | None = None, **agent: Any) -> Run:
    """A run of one agent, `researcher`, with what it says."""
    await offer_agents(engine, researcher={"tools": ("work",), **agent})
    return await engine.start("research", nodes={"research": node or asks()})


def told(models: ModelServer, request: int = -1) -> list[str]:
    """What a request tells the model of its calls."""
    return [message["content"] for message in models.asked[request].body["messages"] if message["role"] == "tool"]


async def test_an_agent_calls_tools_side_by_side_and_answers(asking: Engine, models: ModelServer) -> None:
    models.then(calls(("work", {"value": "a"}), ("work", {"value": "b"}), usage=(10, 5)), says(ANSWER, usage=(20, 5)))
    run = await started(asking, instructions="You look for {{ things }}.")
    assert await run.ended() == "completed"
    nodes = await run.nodes()

    assert {path: (row["type"], row["status"], row["node"]) for path, row in nodes.items()} == {
        "research": ("agent_call", "completed", "research"),
        "research.turn~1": ("agent_turn", "completed", "research"),
        "research.turn~1.work~1": ("agent_tool", "completed", "research"),
        "research.turn~1.work~2": ("agent_tool", "completed", "research"),
        "research.turn~2": ("agent_turn", "completed", "research"),
    }
    assert nodes["research"]["output"] == ANSWER
    assert nodes["research.turn~1.work~2"]["input"] == {"tool": "work", "args": {"value": "b"}}
    assert nodes["research.turn~1"]["input"]["messages"] == [
        {"role": "system", "content": "You look for {{ things }}."},
        {"role": "user", "content": "Find it."},
    ]
    assert told(models) == ["a", "b"]
    meta = nodes["research"]["metadata"]
    assert (meta["turns"], meta["model"], meta["finish_reason"], meta["agent"]) == (
        2,
        "acme:small",
        "stop",
        "researcher",
    )
    assert meta["usage"] == {"input_tokens": 30, "output_tokens": 10, "cached_tokens": 0}
    assert [message["role"] for message in meta["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "tool",
        "assistant",
    ]
    await replayed(run.handle, "agent_calls")


async def test_output_fits_the_schema_and_what_accept_refuses_is_told_to_the_model(
    asking: Engine, models: ModelServer
) -> None:
    schema = {"type": "object", "required": ["score"], "properties": {"score": {"type": "number"}}}
    models.then(gives({"score": 2}), gives({"score": 9}))
    run = await started(asking, asks(output_schema=schema, accept="output.score > 5"))
    assert await run.ended() == "completed"
    assert (await run.nodes())["research"]["output"] == {"score": 9}
    assert "output.score > 5" in models.asked[1].last


async def test_an_answer_that_is_refused_too_often_fails_the_agent(asking: Engine, models: ModelServer) -> None:
    models.always(says("short"))
    run = await started(asking, asks(accept="size(output) > 100", retry={"max_attempts": 2}))
    assert await run.ended() == "failed"
    error = (await run.nodes())["research"]["error"]
    assert (error["type"], error["details"]["output"], len(models.asked)) == ("NotAccepted", "short", 2)


async def test_a_model_that_goes_on_calling_is_stopped_at_its_most_turns(asking: Engine, models: ModelServer) -> None:
    models.always(calls(("work", {"value": 1})))
    run = await started(asking, asks(max_turns=3))
    assert await run.ended() == "failed"
    error = (await run.nodes())["research"]["error"]
    assert (error["type"], len(models.asked)) == ("TurnsExhausted", 3)
    await replayed(run.handle, "agent_exhausted")


async def test_what_a_model_calls_wrongly_it_is_told_and_nothing_runs(asking: Engine, models: ModelServer) -> None:
    models.then(calls(("serch", {}), ("work", "{not json"), ("sleep", {"seconds": "x"})), says(ANSWER))
    run = await started(asking, tools=("work", "sleep"))
    assert await run.ended() == "completed"
    unknown, malformed, unfit = told(models)
    assert "You have: work, sleep." in unknown
    assert "not a JSON object" in malformed
    assert "seconds" in unfit
    assert len(await run.nodes()) == 3


async def test_a_tool_that_fails_is_told_to_the_model_once_its_retries_are_spent(
    asking: Engine, models: ModelServer
) -> None:
    models.then(calls(("flaky", {"failures": 9})), says(ANSWER))
    run = await started(asking, asks(retry={"max_attempts": 2, "initial_interval": "10ms"}), tools=("flaky",))
    assert await run.ended() == "completed"
    row = (await run.nodes())["research.turn~1.flaky~1"]
    assert (row["status"], row["attempt"]) == ("failed", 2)
    assert told(models) == ["The call failed: Flaky: failure 2"]


async def test_a_large_result_reaches_the_model_cut_and_the_history_not_at_all(
    asking: Engine, models: ModelServer
) -> None:
    models.then(calls(("big", {"size": 1_000_000}), ("big", {"size": 20_000_000})), says(ANSWER))
    run = await started(asking, tools=("big",))
    assert await run.ended() == "completed"
    cut, refused = told(models)
    assert (len(cut) < 40_000, "cut here" in cut, "ResultTooLarge" in refused) == (True, True, True)
    history = await run.handle.fetch_history()
    assert sum(event.ByteSize() for event in history.events) < 60_000


async def test_a_call_waits_for_its_approval_and_is_made_with_the_arguments_that_people_changed(
    asking: Engine, models: ModelServer
) -> None:
    models.then(calls(("work", {"value": "delete all"}), ("work", {"value": "send"})), says(ANSWER))
    run = await started(asking, needs_approval=("work",), approvers=("group:legal",))
    first, second = (f"research.turn~1.work~{number}" for number in (1, 2))
    for path in (first, second):
        await run.until(f"{path}.approval", "waiting")
    gate = await asking.pool.fetchrow(
        "select * from gates where run_id = $1 and path = $2", run.id, f"{first}.approval"
    )
    assert gate is not None
    assert (gate["kind"], gate["node"], gate["approvers"]) == ("tool_approval", "research", ["group:legal"])
    assert (gate["prefill"], gate["title"]) == ({"value": "delete all"}, "researcher asks to call work")
    await run.vote(f"{first}.approval", "rejected")
    await run.vote(f"{second}.approval", "approved", form={"value": "send kindly"})
    assert await run.ended() == "completed"
    assert told(models) == [
        "The call was not made: a person rejected it.",
        'A person changed the arguments to {"value":"send kindly"}. send kindly',
    ]
    assert (await run.statuses())[first] == "skipped"
    await replayed(run.handle, "agent_approvals")


async def test_an_agent_calls_another_one_which_has_turns_below_the_call(asking: Engine, models: ModelServer) -> None:
    await offer_agents(asking, writer={"tools": ("work",), "instructions": "You write."})
    models.then(
        calls(("agent:writer", {"task": "Write it."})), calls(("work", {"value": 1})), says("Written."), says(ANSWER)
    )
    run = await started(asking, tools=("agent:writer",))
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert nodes["research.turn~1.writer~1"]["output"] == "Written."
    assert nodes["research.turn~1.writer~1.turn~1.work~1"]["status"] == "completed"
    assert told(models) == ["Written."]
    assert nodes["research"]["metadata"]["usage"]["input_tokens"] == 44
    await replayed(run.handle, "agent_in_agent")


async def test_an_agent_that_hands_over_leaves_the_answer_to_the_other(asking: Engine, models: ModelServer) -> None:
    await offer_agents(asking, expert={"instructions": "You know it."})
    models.then(calls(("hand_over:expert", {"reason": "hard"})), says("I know."))
    run = await started(asking, hand_over=("expert",))
    assert await run.ended() == "completed"
    nodes = await run.nodes()
    assert (nodes["research"]["output"], nodes["research"]["metadata"]["agent"]) == ("I know.", "expert")
    assert models.asked[1].body["messages"][0] == {"role": "system", "content": "You know it."}


async def test_a_workflow_is_a_tool_that_runs_as_a_run_of_its_own(asking: Engine, models: ModelServer) -> None:
    from tests.support.documents import a_document

    document = a_document("a", nodes={"a": {"with": {"tool": "work", "args": {"value": "{{ input.value }}"}}}})
    await asking.save(document, "helper")
    models.then(calls(("workflow:helper", {"value": 7})), says(ANSWER))
    run = await started(asking, tools=("workflow:helper",))
    child = await run.until("research.turn~1.helper~1", "running")
    assert child["type"] == "subworkflow"
    await asking.pool.execute(
        "update workflow_runs set status = 'completed', output = '{\"done\": true}', output_size = 13,"
        " output_sha256 = 'x' where parent_run_id = $1",
        run.id,
    )
    await run.handle.signal("child", {"path": "research.turn~1.helper~1", "generation": 1})
    assert await run.ended() == "completed"
    assert told(models) == ['{"done":true}']


async def test_only_the_newest_turns_that_fit_are_sent(asking: Engine, models: ModelServer) -> None:
    models.then(*(calls(("work", {"value": number})) for number in range(3)), says(ANSWER))
    run = await started(asking, trim={"turns": 1})
    assert await run.ended() == "completed"
    assert told(models) == ["2"]
    assert "2 turns before this are left out" in str(models.asked[-1].body["messages"][1])


async def test_a_model_that_fails_for_good_fails_the_agent_with_its_error(asking: Engine, models: ModelServer) -> None:
    models.then(fails(401))
    run = await started(asking)
    assert await run.ended() == "failed"
    error = (await run.nodes())["research"]["error"]
    assert (error["type"], error["details"]["path"]) == ("ModelAuth", "research.turn~1")


async def test_a_cancel_ends_turns_and_calls(asking: Engine, models: ModelServer) -> None:
    models.then(calls(("sleep", {"seconds": 30})))
    run = await started(asking, tools=("sleep",))
    await run.until("research.turn~1.sleep~1", "running")
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert set((await run.statuses()).values()) == {"completed", "cancelled"}


async def test_a_rerun_takes_an_agent_over_and_does_it_anew_when_the_agent_changed(
    asking: Engine, models: ModelServer
) -> None:
    from tests.support.documents import a_document

    models.always(says(ANSWER))
    document = a_document("research", nodes={"research": asks()})
    await offer_agents(asking, researcher={"tools": ("work",)})
    first = await asking.start_document(document)
    assert await first.ended() == "completed"
    again = await asking.rerun(first, document)
    assert await again.ended() == "completed"
    assert (len(models.asked), (await again.nodes())["research"]["why"]["reason"]) == (1, "reused")
    await offer_agents(asking, researcher={"tools": ("work",), "instructions": "Be brief."})
    assert await (await asking.rerun(first, document)).ended() == "completed"
    assert len(models.asked) == 2


async def test_a_pause_lets_the_turn_end_and_holds_what_it_asks_for(asking: Engine, models: ModelServer) -> None:
    models.then(calls(("work", {"value": 1})).after(0.3), says(ANSWER))
    run = await started(asking)
    await run.until("research.turn~1", "running")
    await run.answered(await run.command("pause"))
    await run.until("research.turn~1", "completed")
    await asyncio.sleep(0.2)
    assert CALLS[f"{run.id}/research.turn~1.work~1"] == 0
    await run.command("resume")
    assert await run.ended() == "completed"


async def test_a_breakpoint_in_an_agent_shows_what_would_be_sent(asking: Engine, models: ModelServer) -> None:
    models.then(calls(("work", {"value": 1})), says(ANSWER))
    await offer_agents(asking, researcher={"tools": ("work",)})
    places = ("research.turn~1.work~1", "research.turn~2")
    run = await asking.start("research", nodes={"research": asks()}, breakpoints=places)
    assert await run.paused_before(places[0]) == {places[0]: {"tool": "work", "args": {"value": 1}}}
    await run.command("resume")
    shown = (await run.paused_before(places[1]))[places[1]]
    assert [message["role"] for message in shown["messages"]] == ["user", "assistant", "tool"]
    await run.command("resume")
    assert await run.ended() == "completed"


async def test_a_call_that_was_cut_off_is_made_again_only_where_that_does_no_harm(
    asking: Engine, models: ModelServer
) -> None:
    models.then(calls(("forgetful", {}), ("book", {})), says(ANSWER))
    run = await started(asking, asks(timeout="300ms"), tools=("forgetful", "book"))
    assert await run.ended() == "completed"
    again, once = (f"{run.id}/research.turn~1.{name}~1" for name in ("forgetful", "book"))
    assert (CALLS[again], CALLS[once]) == (2, 1)
    refused, lost = told(models)
    assert refused == "The call failed: Refused: booked already"
    assert lost.startswith("The call failed: WorkerLost: an earlier call of book was cut off")


async def test_what_an_agent_did_is_in_order_for_the_auditor(asking: Engine, models: ModelServer) -> None:
    models.then(calls(("work", {"value": 1}), ("serch", {})), says(ANSWER))
    run = await started(asking, needs_approval=("work",))
    await run.until("research.turn~1.work~1.approval", "waiting")
    await run.vote("research.turn~1.work~1.approval", "approved")
    assert await run.ended() == "completed"
    assert await audit_run(asking.pool, asking.temporal, run.id, now()) == []


async def test_an_agent_that_is_held_is_tried_again_with_another_task(asking: Engine, models: ModelServer) -> None:
    models.then(fails(401), says(ANSWER))
    run = await started(asking, asks(on_error="hold"))
    await run.until("research", "held")
    await run.override("research", "retry", given={"task": "Find the other one."})
    assert await run.ended() == "completed"
    assert models.asked[1].last == "Find the other one."
    assert (await run.nodes())["research.turn~1"]["generation"] == 2


async def test_a_breakpoint_before_an_agent_that_is_not_there_says_so(asking: Engine, models: ModelServer) -> None:
    run = await asking.start("research", nodes={"research": asks("nobody")}, breakpoints=("research",))
    await run.until("research", "pending")
    assert models.asked == []
    await run.command("resume")
    assert await run.ended() == "failed"
    assert (await run.nodes())["research"]["error"]["type"] == "AgentNotFound"


async def test_a_turn_makes_as_many_calls_as_it_may_and_the_model_is_told_of_the_others(
    asking: Engine, models: ModelServer
) -> None:
    models.then(calls(*(("work", {"value": number}) for number in range(34))), says(ANSWER))
    run = await started(asking)
    assert await run.ended() == "completed"
    assert sum(row["type"] == "agent_tool" for row in (await run.nodes()).values()) == 32
    said = told(models)
    assert said[:32] == [str(number) for number in range(32)]
    assert {each.partition(":")[0] for each in said[32:]} == {"The call was not made"}
