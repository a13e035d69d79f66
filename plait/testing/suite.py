"""All fixtures of some places: read, run, and counted up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plait.testing.collect import workflow_of
from plait.testing.coverage import Coverage, coverage_of
from plait.testing.fixture import Case, Setup
from plait.testing.read import FixtureFile, read_fixture
from plait.testing.run import CaseResult, Clock, Finding, run_case, sentence
from plait.testing.workflow import WorkflowFile, Workflows


@dataclass(slots=True)
class Suite:
    """What has been run so far, by workflow and in order."""

    workflows: Workflows
    clock: Clock
    keyword: str = ""
    results: list[CaseResult] = field(default_factory=list)
    tried: dict[Path, tuple[WorkflowFile, list[CaseResult]]] = field(default_factory=dict)

    def run(self, files: Iterable[FixtureFile]) -> Iterator[CaseResult]:
        """Run the cases that the keyword lets through, and give each result as it is there."""
        for file in files:
            for result in self._run_file(file):
                self.results.append(result)
                yield result

    def chosen(self, file: FixtureFile) -> list[int]:
        """The numbers of the cases whose file or name has the keyword in it."""
        cases = file.fixture.cases if file.fixture else ()
        wanted = self.keyword.casefold()
        return [n for n, case in enumerate(cases) if wanted in f"{file.path} {case.name}".casefold()]

    def coverage(self) -> list[Coverage]:
        """What the cases took of each workflow."""
        return [
            coverage_of(
                str(workflow.path), workflow.plan, (each.simulation for each in results if each.simulation is not None)
            )
            for workflow, results in self.tried.values()
            if workflow.plan is not None
        ]

    def notes(self) -> list[Finding]:
        """What of the workflows was taken for granted, as only a server can tell."""
        return [
            Finding(str(workflow.path), note.line, note.dotted, note.message)
            for workflow, _ in self.tried.values()
            for note in workflow.notes
        ]

    def _run_file(self, file: FixtureFile) -> Iterator[CaseResult]:
        if file.fixture is None:
            yield broken(file)
            return
        for number in self.chosen(file):
            case = file.fixture.cases[number]
            setup = case.over(file.fixture.defaults)
            path = workflow_file(file, setup)
            if path is None:
                yield homeless(file, number, case)
                continue
            workflow = self.workflows.load(path)
            result = run_case(file, number, setup, workflow, self.clock)
            self.tried.setdefault(path.resolve(), (workflow, []))[1].append(result)
            yield result


def read_all(paths: Iterable[Path]) -> list[FixtureFile]:
    """Every file, read."""
    return [read_fixture(path) for path in paths]


def workflow_file(file: FixtureFile, setup: Setup) -> Path | None:
    """The workflow that a case is about."""
    return file.path.parent / setup.workflow if setup.workflow is not None else workflow_of(file.path)


def broken(file: FixtureFile) -> CaseResult:
    """The result of a file that is no fixture."""
    findings = tuple(
        Finding(str(file.path), each.line, each.dotted or "file", sentence(each)) for each in file.problems
    )
    return CaseResult(str(file.path), "the file", findings[0].line, "error", 0.0, findings)


def homeless(file: FixtureFile, number: int, case: Case) -> CaseResult:
    """The result of a case for which there is no workflow."""
    message = f"no workflow stands beside {file.path.name}. Name it in `workflow`, or name the fixture after it."
    finding = Finding(str(file.path), file.line_of("cases", number), "workflow", message)
    return CaseResult(str(file.path), case.name, finding.line, "error", 0.0, (finding,))
