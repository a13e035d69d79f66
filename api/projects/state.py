"""A project between its rows and its files: what is kept of it, and how each part is written and read. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from api.projects.parts import Part
from api.projects.registries import MODELS, ModelsSaid, Registries, registry_files
from api.projects.schedules import in_order, schedule_in
from api.projects.tools import ToolSaid, ToolState, listed_in, tool_files
from api.workflows.compiler import MediaType
from api.workflows.schemas import Visibility
from interpreter.document import yaml
from interpreter.problems import Problem
from plait.agents import read_definition
from plait.errors import Invalid
from plait.projects import FORM, MANIFEST, Files
from plait.testing.dump import to_yaml
from plait.values.variables import NAME

Number = Annotated[int, Field(ge=0, lt=2**31)]
ENDINGS: Mapping[str, MediaType] = {".yaml": "application/yaml", ".json": "application/json"}


class Manifest(Part):
    """Says of which form the export is."""

    export: int


class EnvironmentState(Part):
    """An environment with its variables."""

    follows_newest: bool = False
    protected: bool = False
    approvers: list[str] = Field(default_factory=lambda: ["role:admin"], min_length=1)
    variables: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Settings(Part):
    """What of a workflow is not in its documents. `environments` are those that run another than the newest by
    themselves: the version by name.
    """

    version: Number
    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    tags: list[str] = Field(default_factory=list)
    visibility: Visibility = "project"
    enabled: bool = True
    archived: bool = False
    owner: str | None = None
    environments: dict[str, Annotated[int, Field(ge=1, lt=2**31)]] = Field(default_factory=dict)
    layout: dict[str, Any] | None = None


class Schedules(Part):
    """The schedules of a workflow, each as it would be sent to be made."""

    schedules: list[dict[str, Any]]


class TemplateSaid(Part):
    """What a template says of itself besides its workflow."""

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A document byte for byte. `file` is its name in the export."""

    file: str
    text: str
    media_type: MediaType


@dataclass(slots=True)
class WorkflowState:
    """A workflow: its versions by number, the newest last. Without `settings` only its newest document is meant."""

    slug: str
    settings: Settings | None = None
    newest: Source | None = None
    older: dict[int, Source] = field(default_factory=dict)
    draft: Source | None = None
    schedules: list[dict[str, Any]] = field(default_factory=list)

    @property
    def versions(self) -> dict[int, Source]:
        """All sources by number, in order."""
        number = self.settings.version if self.settings else 1
        return dict(sorted(self.older.items())) | ({number: self.newest} if self.newest else {})


@dataclass(slots=True)
class TemplateState:
    """A template: what it says of itself, and its workflow."""

    said: TemplateSaid | None = None
    source: Source | None = None


@dataclass(slots=True)
class Project:
    """All that an export holds, by name."""

    environments: dict[str, EnvironmentState] = field(default_factory=dict)
    workflows: dict[str, WorkflowState] = field(default_factory=dict)
    templates: dict[str, TemplateState] = field(default_factory=dict)
    tools: dict[str, ToolState] = field(default_factory=dict)
    registries: Registries = field(default_factory=Registries)


def files_of(project: Project) -> dict[str, bytes]:
    """The files of a project: the same project, the same bytes."""
    files = {MANIFEST: written(Manifest(export=FORM))}
    for name, environment in project.environments.items():
        files[f"environments/{name}.yaml"] = written(environment)
    for slug, workflow in project.workflows.items():
        if workflow.settings is not None:
            files[f"settings/{slug}.yaml"] = written(workflow.settings)
        if workflow.schedules:
            files[f"schedules/{slug}.yaml"] = written(Schedules(schedules=in_order(workflow.schedules)))
        for source in (workflow.newest, workflow.draft, *workflow.older.values()):
            if source is not None:
                files[source.file] = source.text.encode()
    for slug, template in project.templates.items():
        if template.said is not None and template.source is not None:
            files[f"templates/{slug}/template.yaml"] = written(template.said)
            files[template.source.file] = template.source.text.encode()
    for name, tool in project.tools.items():
        files.update(tool_files(name, tool))
    files.update(registry_files(project.registries))
    return files


def written(part: Part) -> bytes:
    """A part as YAML, its maps in the order of their keys."""
    said = part.model_dump(mode="json")
    ordered = {name: dict(sorted(value.items())) if isinstance(value, dict) else value for name, value in said.items()}
    return to_yaml(ordered).encode()


def project_in(files: Files) -> Project:
    """The project in these files. Raises Invalid with everything that is wrong, each with its file."""
    reader = _Reader(files)
    project = reader.read()
    if reader.problems:
        count = len(reader.problems)
        message = f"The export has {count} problem{'' if count == 1 else 's'}; each says in which file."
        raise Invalid(message, problems=reader.problems)
    return project


P = TypeVar("P", bound=Part)
V = TypeVar("V")


class _Reader:
    """Reads the files of an export, and keeps what is wrong with them."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._project = Project()
        self.problems: list[Problem] = []

    def read(self) -> Project:
        manifest = self._part(MANIFEST, Manifest) if MANIFEST in self._files else None
        if manifest is None or manifest.export != FORM:
            self._report("unknown_form", MANIFEST, f"This Plait reads exports of the form {FORM}, and this is none.")
            return self._project
        for name in sorted(self._files):
            self._take(PurePosixPath(name))
        if not self.problems:
            for workflow in self._project.workflows.values():
                self._check(workflow)
            for slug, template in self._project.templates.items():
                if template.said is None or template.source is None:
                    message = "A template is two files: template.yaml and workflow.yaml."
                    self._report("template_incomplete", f"templates/{slug}", message)
            for name, tool in self._project.tools.items():
                if tool.said is None:
                    self._report("tool_incomplete", f"tools/{name}", "A stored tool has its tool.yaml.")
        return self._project

    def _take(self, name: PurePosixPath) -> None:  # noqa: PLR0912  # one branch for each kind of file
        match name.parts:
            case ("environments", _):
                if environment := self._part(str(name), EnvironmentState):
                    self._project.environments[name.stem] = environment
                    self._check_names(str(name), environment)
            case ("settings", _):
                self._workflow(name.stem).settings = self._part(str(name), Settings)
            case ("templates", slug, "template.yaml"):
                self._template(slug).said = self._part(str(name), TemplateSaid)
            case ("templates", slug, _):
                self._template(slug).source = self._source(name)
            case ("tools", tool, _):
                self._take_tool(self._project.tools.setdefault(tool, ToolState()), name)
            case ("models.yaml",) | ("agents", _):
                self._take_registry(name)
            case ("schedules", _):
                if listed := self._part(str(name), Schedules):
                    self._workflow(name.stem).schedules = listed.schedules
                    self._check_schedules(str(name), name.stem, listed.schedules)
            case ("workflows", _):
                self._workflow(name.stem).newest = self._source(name)
            case ("drafts", _):
                self._workflow(name.stem).draft = self._source(name)
            case ("versions", slug, _):
                if source := self._source(name):
                    self._workflow(slug).older[int(name.stem)] = source
            case _:
                pass

    def _workflow(self, slug: str) -> WorkflowState:
        return self._project.workflows.setdefault(slug, WorkflowState(slug))

    def _template(self, slug: str) -> TemplateState:
        return self._project.templates.setdefault(slug, TemplateState())

    def _take_registry(self, name: PurePosixPath) -> None:
        if str(name) == MODELS:
            self._project.registries.models = self._part(MODELS, ModelsSaid) or ModelsSaid()
        elif agent := self._read(str(name), read_definition):
            self._project.registries.agents[name.stem] = agent

    def _take_tool(self, tool: ToolState, name: PurePosixPath) -> None:
        if name.suffix == ".yaml":
            tool.said = self._part(str(name), ToolSaid)
            return
        try:
            tool.listed = listed_in(self._text(str(name)) or "null")
        except ValueError:
            self._report("malformed_json", str(name), "This is not JSON.")

    def _source(self, name: PurePosixPath) -> Source | None:
        text = self._text(str(name))
        if name.suffix == ".yaml" and str(name.with_suffix(".json")) in self._files:
            self._report("comes_twice", str(name), "There is this document as YAML and as JSON.")
        return None if text is None else Source(str(name), text, ENDINGS[name.suffix])

    def _part(self, file: str, model: type[P]) -> P | None:
        return self._read(file, model.model_validate)

    def _read(self, file: str, read: Callable[[Any], V]) -> V | None:
        text = self._text(file)
        if text is None:
            return None
        builder = yaml.scan(text)
        if builder.problems:
            self.problems += [
                Problem(p.code, p.message, (file, *p.path), fix=p.fix, line=p.line) for p in builder.problems
            ]
            return None
        try:
            return read(builder.value)
        except ValidationError as error:
            for each in error.errors():
                self._report(each["type"], file, each["msg"], *each["loc"])
            return None

    def _text(self, file: str) -> str | None:
        try:
            text = self._files[file].decode()
        except UnicodeDecodeError:
            self._report("invalid_encoding", file, "This is not UTF-8.")
            return None
        if "\x00" in text:
            self._report("nul_character", file, "The text has the character \\u0000, which cannot be stored.")
            return None
        return text

    def _check_names(self, file: str, environment: EnvironmentState) -> None:
        for name in environment.variables:
            if not NAME.fullmatch(name):
                self._report("variable_name", file, f"{name[:80]!r} cannot be the name of a variable.", "variables")

    def _check_schedules(self, file: str, slug: str, listed: list[dict[str, Any]]) -> None:
        for number, said in enumerate(listed):
            try:
                schedule_in(slug, said)
            except ValidationError as error:
                for each in error.errors():
                    self._report(each["type"], file, each["msg"], "schedules", number, *each["loc"])

    def _check(self, workflow: WorkflowState) -> None:
        file, settings = f"settings/{workflow.slug}.yaml", workflow.settings
        if settings is None:
            alone = workflow.newest is not None and not workflow.older and not workflow.schedules
            if file not in self._files and not alone:
                self._report(
                    "settings_missing", file, f"{workflow.slug} needs its settings, which say which version is which."
                )
            return
        if (workflow.newest is None) != (settings.version == 0) or max(workflow.older, default=-1) >= settings.version:
            self._report(
                "version_missing", file, f"The newest version is {settings.version}, and workflows has not that one."
            )
        for environment, number in settings.environments.items():
            if number != settings.version and number not in workflow.older:
                message = f"{environment} runs version {number}, which is not among the files."
                self._report("version_missing", file, message, "environments", environment)

    def _report(self, code: str, file: str, message: str, *path: str | int) -> None:
        self.problems.append(Problem(code, message, (file, *path)))
