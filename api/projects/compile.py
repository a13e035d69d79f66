"""Compiling all documents of an export, before anything is written."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from api.catalogue import read_offer
from api.projects.registries import knowing, wrong_agents
from api.projects.state import Project, Source, TemplateSaid, WorkflowState
from api.projects.tools import made
from api.resources import Resources
from api.templates.service import refuse_shipped
from api.workflows.callees import callee_of, read_callees
from api.workflows.compiler import Examined, examine
from api.workflows.reader import COMPILE_SECONDS, SMALL
from interpreter.catalogue import Catalogue, Workflow
from interpreter.document.dump import document_json
from interpreter.document.read import read_document
from interpreter.problems import Problem
from plait.auth import Caller
from plait.errors import Invalid
from plait.store.agents import read_agents
from plait.store.tools import NewSource
from plait.store.workflows import NewVersion
from plait.templates import check_parameters


async def compile_all(
    held: Resources, project: Project, tools: list[NewSource], caller: Caller
) -> dict[str, dict[int, NewVersion]]:
    """Every version by slug and number. Raises Invalid with all problems of all files."""
    offered = (await read_offer(held.pool, caller.project, held.models)).catalogue
    # What is stored with the workflows may be named by them; a function of a worker stands before it.
    named = {each.entry.name: each.entry for new in tools for each in new.listing.tools}
    offered = knowing(offered.model_copy(update={"tools": {**offered.tools, **named}}), project.registries)
    bare = [state for state in project.workflows.values() if state.settings is None]
    strict = offered.model_copy(update={"workflows": await known_workflows(held, caller.project, bare)})
    problems = list(await agents_refused(held, project, strict, caller))
    compiled: dict[str, dict[int, NewVersion]] = {}
    for slug, state in project.workflows.items():
        # What an export brings back was saved once, when the workflows around it may have been others. A document
        # that comes alone is saved as any is.
        catalogue = strict if state.settings is None else offered
        compiled[slug] = {}
        for number, source in state.versions.items():
            examined = await examine_one(held, source, catalogue)
            problems += located(source, examined)
            if (version := examined.version) is not None:
                problems += misplaced(slug, source, version.slug)
                compiled[slug][number] = version
    for slug, template in project.templates.items():
        if template.said is not None and template.source is not None:
            problems += located(template.source, await examine_one(held, template.source, offered))
            problems += wrong_parameters(slug, template.said, template.source)
    if problems:
        count = len(problems)
        message = f"Nothing was saved: there {'is one problem' if count == 1 else f'are {count} problems'}."
        raise Invalid(message, code="workflow_invalid", problems=problems)
    return compiled


async def agents_refused(held: Resources, project: Project, catalogue: Catalogue, caller: Caller) -> Iterator[Problem]:
    """What is wrong with agents that come alone. Those that an export brings back were stored once, when the tools
    around them may have been others.
    """
    if any(state.settings for state in project.workflows.values()):
        return iter(())
    known = await read_agents(held.pool, caller.project)
    return wrong_agents(project.registries, catalogue, known)


def tools_of(project: Project) -> list[NewSource]:
    """The stored tools. Raises Invalid with all problems of all files."""
    found: list[NewSource] = []
    problems: list[Problem] = []
    for name, tool in sorted(project.tools.items()):
        try:
            found.append(made(name, tool))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid("Nothing was saved: the tools have problems.", problems=problems)
    return found


async def examine_one(held: Resources, source: Source, catalogue: Catalogue) -> Examined:
    """What the compiler says to a source; to a large one, aside."""
    content = source.text.encode()
    if len(content) <= SMALL:
        await asyncio.sleep(0)  # other requests are answered between two documents
        return examine(content, source.media_type, catalogue)
    return await held.computer.compute(COMPILE_SECONDS, examine, content, source.media_type, catalogue)


async def known_workflows(held: Resources, project: str, states: list[WorkflowState]) -> dict[str, Workflow]:
    """The workflows that those which come alone may run: the project's, and one another."""
    found: dict[str, Workflow] = {}
    called: list[str] = []
    for state in states:
        if state.newest and (document := read_document(state.newest.text, state.newest.media_type).document):
            found[state.slug] = callee_of(document_json(document), 1)
            called += found[state.slug].uses
    return {**await read_callees(held.pool, project, called), **found}


def located(source: Source, examined: Examined) -> Iterator[Problem]:
    """The problems of a source, each with its file."""
    return (replace(problem, path=(source.file, *problem.path)) for problem in examined.problems)


def wrong_parameters(slug: str, said: TemplateSaid, source: Source) -> Iterator[Problem]:
    """What is wrong with a template's parameters, each with its file."""
    refuse_shipped(slug)
    for problem in check_parameters(said.parameters, source.text, source.media_type):
        yield replace(problem, path=(f"templates/{slug}/template.yaml", *problem.path))


def misplaced(slug: str, source: Source, said: str) -> Iterator[Problem]:
    """A document stands under its own slug."""
    if said != slug:
        message = f"The file is named for {slug}, and its document is {said}."
        yield Problem(
            "slug_fixed", message, (source.file, "slug"), fix=f"Name the file {said}, or write `slug: {slug}`."
        )
