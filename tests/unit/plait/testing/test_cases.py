"""What a case tells the run, and what is refused before anything is said of the workflow."""

import pytest

from tests.unit.plait.testing.support import FLOW, LARGE, SMALL, Folder, told


def test_a_case_passes_when_the_run_completes_and_all_is_as_expected(folder: Folder) -> None:
    result = folder.case(f"{SMALL}\nexpect: {{output: {{paid: true, score: 3}}}}")
    assert told(result) == ["passed"]
    assert 0 < result.seconds < 5


def test_a_case_that_expects_nothing_expects_the_run_to_complete(folder: Folder) -> None:
    assert told(folder.case(SMALL)) == ["passed"]
    failing = "mocks: {score: [{error: {type: Boom, message: it blew}}]}"
    finding = folder.finding(failing)
    assert (finding.field, finding.message) == (
        "expect.status",
        "the run should be completed, and is failed: Boom at score: it blew",
    )


def test_a_mock_is_an_output_whatever_its_shape(folder: Folder) -> None:
    for output in ("[1, 2]", "[]", "{}", "null", "[{id: 1}]", "{status: 200}"):
        result = folder.case(f"mocks: {{score: 3, pay: {output}}}")
        assert result.simulation is not None
        assert told(result) == ["passed"], output


def test_a_mock_may_be_its_attempts_one_after_another(folder: Folder) -> None:
    result = folder.case(
        "mocks: {score: [{error: {type: Slow}, after: 2s}, {output: 4, after: 1m}], pay: true}\n"
        "expect: {duration: 63s, output_contains: {score: 4}, checks: [nodes.score.attempts == 2]}"
    )
    assert told(result) == ["passed"]


def test_an_error_is_tried_again_unless_it_says_otherwise(folder: Folder) -> None:
    for retryable, attempts in (("", 2), (", retryable: false", 1)):
        case = f"mocks: {{score: [{{error: {{type: Slow{retryable}}}}}]}}"
        result = folder.case(f"{case}\nexpect: {{error: Slow, checks: [nodes.score.attempts == {attempts}]}}")
        assert told(result) == ["passed"]


@pytest.mark.parametrize(
    ("mock", "message"),
    [
        ("{error: {type: Slow}}", "this may be an attempt or an output"),
        ("{output: 3}", "this may be an attempt or an output"),
        ("[{output: 3, error: {type: Slow}}]", "an attempt has an `output` or an `error`, and not both"),
        ("[{output: 3, affter: 2s}]", "there is no field `affter` here. Did you mean `after`?"),
        ("[{output: 3, after: soon}]", "`after`: this is not a duration"),
    ],
)
def test_what_may_be_meant_as_an_attempt_or_an_output_is_not_guessed(folder: Folder, mock: str, message: str) -> None:
    finding = folder.finding(f"mocks: {{score: {mock}}}")
    assert (finding.line, message in finding.message) == (3, True), finding.message


def test_a_node_that_ran_without_a_mock_is_named(folder: Folder) -> None:
    result = folder.case("mocks: {score: 3}")
    assert told(result) == ["error", "mocks"]
    assert result.findings[0].message.startswith("pay ran, and the case has no mock of it")


def test_a_mock_for_every_node_is_one_star(folder: Folder) -> None:
    assert told(folder.case('mocks: {"*": 3}\nexpect: {output: {score: 3, paid: 3}}')) == ["passed"]


def test_a_gate_is_answered_by_a_vote_or_several(folder: Folder) -> None:
    votes = "{decision: approved, by: ana, form: {note: ok}, after: 10m}"
    for answer in (votes, f"[{votes}]"):
        case = f"{LARGE}\ngates: {{sign: {answer}}}\nexpect: {{duration: 10m, checks: [nodes.sign.output.form.note == 'ok']}}"
        assert told(folder.case(case)) == ["passed"]


def test_a_gate_that_nobody_answers_expires(folder: Folder) -> None:
    for answer in ("", "gates: {sign: expires}"):
        assert told(folder.case(f"{LARGE}\n{answer}\nexpect: {{error: Expired, duration: 1h}}")) == ["passed"]


def test_a_gate_without_a_time_limit_keeps_the_run_waiting(folder: Folder) -> None:
    flow = FLOW.replace("    timeout: 1h\n", "")
    assert told(folder.case(f"{LARGE}\nexpect: {{status: waiting}}", flow)) == ["passed"]
    assert folder.finding(LARGE, flow).message == "the run should be completed, and is waiting: it waits for sign"


@pytest.mark.parametrize(
    ("case", "field", "message"),
    [
        ("mocks: {scores: 3}", "mocks.scores", "the workflow has no node scores. Did you mean `score`?"),
        ("gates: {pay: expires}", "gates.pay", "the workflow has no gate pay. Its gates are sign."),
        ("gates: {sign: {decision: aproved}}", "gates.sign", "sign has no outcome aproved. Did you mean `approved`?"),
        ("gates: {sign: {decision: expired}}", "gates.sign", "sign has no outcome expired. It takes approved, rejected."),
        ("events: [{name: paid}]", "events.0", "no node waits for an event paid. Add an `event` node that takes it."),
        ("env: {WHOM: 1}", "env.WHOM", "the workflow reads no variable WHOM. Did you mean `WHO`?"),
        ("input: {amount: much}", "input.amount", 'the value is not of type "number"'),
    ],
)  # fmt: skip
def test_what_the_workflow_does_not_have_is_refused(folder: Folder, case: str, field: str, message: str) -> None:
    result = folder.case(case)
    assert result.verdict == "error"
    assert (result.findings[0].field, result.findings[0].message) == (field, message)
    assert result.findings[0].line == 3


def test_an_answer_has_to_fit_the_gates_form(folder: Folder) -> None:
    finding = folder.finding("gates: {sign: {decision: approved, form: {note: 7}}}")
    assert finding.message == 'the value is not of type "string"'


def test_a_gate_without_a_time_limit_never_expires(folder: Folder) -> None:
    finding = folder.finding("gates: {sign: expires}", FLOW.replace("    timeout: 1h\n", ""))
    assert finding.message == "sign has no `timeout`: it never expires. Give the gate a `timeout`."


def test_variables_and_the_input_reach_the_run(folder: Folder) -> None:
    flow = FLOW.replace(
        'score: "{{ nodes.score.output }}"}', 'who: "{{ env.WHO }}", amount: "{{ input.amount }}", id: "{{ run.id }}"}'
    )
    case = f"{SMALL}\nenv: {{WHO: bo}}\nrun: {{id: r1}}\nexpect: {{output_contains: {{who: bo, amount: 5, id: r1}}}}"
    assert told(folder.case(case, flow)) == ["passed"]


def test_a_run_can_be_cancelled_while_it_waits(folder: Folder) -> None:
    case = f"{LARGE}\ncancel_at: 5m\nexpect: {{status: cancelled, duration: 5m}}"
    assert told(folder.case(case)) == ["passed"]


def test_a_case_takes_from_the_defaults_what_it_does_not_say(folder: Folder) -> None:
    folder.write("flow.yaml", FLOW)
    folder.write(
        "flow.test.yaml",
        "defaults: {input: {amount: 1}, mocks: {score: 3, pay: true}}\n"
        "cases:\n"
        "  - {name: a, expect: {output: {score: 3, paid: true}}}\n"
        "  - {name: b, mocks: {pay: false}, expect: {output: {score: 3, paid: false}}}\n",
    )
    assert [result.verdict for result in folder.run().results] == ["passed", "passed"]


def test_a_mistake_in_the_defaults_is_shown_where_it_stands(folder: Folder) -> None:
    folder.write("flow.yaml", FLOW)
    folder.write("flow.test.yaml", "defaults:\n  mocks:\n    scores: 3\ncases: [{name: a}]\n")
    assert folder.run().results[0].findings[0].line == 3


def test_a_workflow_that_does_not_compile_is_an_error_with_its_line(folder: Folder) -> None:
    result = folder.case(SMALL, FLOW.replace("tool: send", "toll: send"))
    assert result.verdict == "error"
    assert (result.findings[0].file.rpartition("/")[2], result.findings[0].line) == ("flow.yaml", 12)


PAID = """\
plait: 1
slug: paid
nodes:
  - {id: paid, type: event, with: {name: paid, key: "'order-' + input.order"}, timeout: 1d}
  - {id: late, type: transform, with: {value: late}}
  - {id: thank, type: transform, with: {value: "{{ nodes.paid.output.amount }}"}}
edges:
  - {from: paid, to: thank}
  - {from: paid, to: late, "on": timeout}
"""


def test_an_external_event_comes_when_the_case_says(folder: Folder) -> None:
    sent = "[{name: paid, key: order-8}, {name: paid, key: order-7, payload: {amount: 12}, at: 10m}]"
    case = f"input: {{order: '7'}}\nevents: {sent}\nexpect: {{output: {{thank: 12}}, duration: 10m}}"
    assert told(folder.case(case, PAID)) == ["passed"]
    case = "input: {order: '9'}\nexpect: {output: {late: late}, duration: 1d, skipped: {thank: dead_path}}"
    assert told(folder.case(case, PAID)) == ["passed"]


def test_an_event_that_breaks_the_schema_leaves_its_node_waiting(folder: Folder) -> None:
    flow = PAID.replace("timeout: 1d", "timeout: 1d, output_schema: {type: object, required: [amount]}")
    sent = "[{name: paid, key: order-7, payload: 12}, {name: paid, key: order-7, payload: {amount: 12}, at: 10m}]"
    case = f"input: {{order: '7'}}\nevents: {sent}\nexpect: {{output: {{thank: 12}}, duration: 10m}}"
    assert told(folder.case(case, flow)) == ["passed"]


def test_each_item_may_have_a_mock_of_its_own(folder: Folder) -> None:
    flow = """\
plait: 1
slug: items
nodes:
  - id: each
    type: map
    with:
      items: "{{ [1, 2, 3] }}"
      on_item_error: skip
      output: "{{ nodes.score.output }}"
      nodes: [{id: score, type: tool_call, with: {tool: send, args: {n: "{{ item }}"}}}]
"""
    case = "mocks: {each.*.score: 5, each.1.score: [{error: {type: Bad}}], each.2.score: 7}\nexpect:\n  output: {each: [5, 7]}"
    checks = '\n  checks: [\'nodes["each.1.score"].error.type == "Bad"\', \'nodes["each.2.score"].input.args.n == 3\']'
    assert told(folder.case(case + checks, flow)) == ["passed"]
    finding = folder.finding("mocks: {each.score: 5}", flow)
    assert finding.message.startswith("the workflow has no node each.score")
