"""A folder with workflows and fixtures, and what comes of them."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.testing.collect import fixtures_in
from plait.testing.run import CaseResult, Finding
from plait.testing.suite import Suite, read_all
from plait.testing.workflow import Workflows
from tests.support.documents import CATALOGUE

FLOW = """\
plait: 1
slug: flow
input: {type: object, properties: {amount: {type: number, default: 5}}}
env: {WHO: {default: ana}}
nodes:
  - {id: score, type: tool_call, with: {tool: work, args: {n: "{{ input.amount }}"}}, retry: {max_attempts: 2, initial_interval: 1}}
  - {id: route, type: condition, with: {cases: [{name: large, when: nodes.score.output > 10}], default: small}}
  - id: sign
    type: human_gate
    with: {title: Sign, approvers: [group:legal], form: {type: object, properties: {note: {type: string}}}}
    timeout: 1h
  - {id: pay, type: tool_call, with: {tool: send, args: {who: "{{ env.WHO }}"}}}
edges:
  - {from: score, to: route}
  - {from: route, to: sign, "on": large}
  - {from: route, to: pay, "on": small}
  - {from: sign, to: pay, "on": approved}
output: {paid: "{{ nodes.pay.output }}", score: "{{ nodes.score.output }}"}
"""
"""A score that is tried twice, a gate for large ones, a payment."""

SMALL = "mocks: {score: 3, pay: true}"
LARGE = "mocks: {score: 30, pay: true}"


@dataclass(frozen=True)
class Folder:
    """Files to test."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def suite(self, *cases: str, flow: str = FLOW, keyword: str = "") -> Suite:
        """All cases of one fixture, run. Each is the body of a case, without its name."""
        named = [f"  - name: case {number}\n{indented(case)}" for number, case in enumerate(cases)]
        self.write("flow.yaml", flow)
        self.write("flow.test.yaml", "cases:\n" + "\n".join(named))
        return self.run(keyword=keyword)

    def run(self, *places: Path, keyword: str = "") -> Suite:
        """What these places hold, run."""
        suite = Suite(Workflows(lambda _: (CATALOGUE, ())), time.perf_counter, keyword)
        list(suite.run(read_all(fixtures_in(places or [self.path]))))
        return suite

    def case(self, case: str, flow: str = FLOW) -> CaseResult:
        """The result of one case."""
        (result,) = self.suite(case, flow=flow).results
        return result

    def finding(self, case: str, flow: str = FLOW) -> Finding:
        """The one thing that is wrong with a case."""
        (finding,) = self.case(case, flow).findings
        return finding


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip("\n").split("\n"))


def told(result: CaseResult) -> list[Any]:
    """The verdict, and what the findings are about."""
    return [result.verdict, *(finding.field for finding in result.findings)]
