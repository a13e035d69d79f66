"""What of a workflow no case took."""

from tests.unit.plait.testing.support import FLOW, LARGE, SMALL, Folder


def missed(folder: Folder, *cases: str, flow: str = FLOW) -> list[str]:
    (found,) = folder.suite(*cases, flow=flow).coverage()
    assert found.taken == found.total - len(found.missed)
    return list(found.missed)


def test_edges_cases_and_outcomes_that_no_case_took_are_named(folder: Folder) -> None:
    assert missed(folder, SMALL) == [
        "edge route → sign (large)",
        "edge sign → pay (approved)",
        "case route: large",
        "outcome sign: approved",
        "outcome sign: rejected",
        "outcome sign: expired",
    ]


def test_several_cases_take_a_workflow_together(folder: Folder) -> None:
    answers = ("{decision: approved}", "{decision: rejected}", "expires")
    cases = [SMALL, *(f"{LARGE}\ngates: {{sign: {answer}}}" for answer in answers)]
    assert missed(folder, *cases) == []
    assert folder.run().coverage()[0].percent == 100


def test_a_case_that_could_not_be_run_takes_nothing(folder: Folder) -> None:
    assert len(missed(folder, "env: {NIX: 1}")) == folder.run().coverage()[0].total


def test_where_nothing_is_to_be_taken_everything_was(folder: Folder) -> None:
    suite = folder.suite(
        "expect: {}", flow="plait: 1\nslug: one\nnodes: [{id: a, type: transform, with: {value: 1}}]\n"
    )
    assert (suite.coverage()[0].total, suite.coverage()[0].percent) == (0, 100)


def test_the_edge_into_a_node_that_is_not_decided_yet_counts(folder: Folder) -> None:
    waiting = FLOW.replace("    timeout: 1h\n", "").replace(
        "edges:\n",
        "  - {id: meet, type: join, join: {mode: all}}\nedges:\n  - {from: score, to: meet}\n  - {from: pay, to: meet}\n",
    )
    assert "edge score → meet" not in missed(folder, f"{LARGE}\nexpect: {{status: waiting}}", flow=waiting)


LOOPED = """\
plait: 1
slug: looped
nodes:
  - id: refine
    type: loop
    with:
      max_iterations: 2
      until: nodes.keep.output == 'good'
      output: "{{ nodes.keep.output }}"
      nodes:
        - {id: draft, type: tool_call, with: {tool: work}}
        - {id: fork, type: parallel}
        - {id: keep, type: transform, with: {value: "{{ nodes.draft.output }}"}}
      edges:
        - {from: draft, to: fork}
        - {from: fork, to: keep}
  - {id: done, type: transform, with: {value: 1}}
  - {id: lost, type: transform, with: {value: 2}}
edges:
  - {from: refine, to: done}
  - {from: refine, to: lost, "on": exhausted}
"""


def test_bodies_are_taken_too(folder: Folder) -> None:
    assert missed(folder, "mocks: {draft: good}", flow=LOOPED) == [
        "edge refine → lost (exhausted)",
        "outcome refine: exhausted",
    ]
    second = (
        "mocks: {refine~1.draft: bad, refine~2.draft: good}\nexpect: {path_contains: [refine~1.keep, refine~2.keep]}"
    )
    assert missed(folder, second, "mocks: {draft: bad}", flow=LOOPED) == []


def test_the_edge_into_a_timer_of_an_item_counts(folder: Folder) -> None:
    flow = """\
plait: 1
slug: slow
nodes:
  - id: each
    type: map
    with:
      items: "{{ [1] }}"
      nodes:
        - {id: fetch, type: tool_call, with: {tool: work}}
        - {id: pause, type: wait, with: {for: 1m}}
      edges:
        - {from: fetch, to: pause}
"""
    assert missed(folder, "mocks: {fetch: 1}", flow=flow) == []
