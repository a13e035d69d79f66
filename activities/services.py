"""What a worker's activities reach the world with; opened in the worker's `main`."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from pathlib import Path

import httpx2

from activities.code.sandbox import Sandbox
from activities.custom.registry import CustomTypes
from activities.plans import Plans
from activities.sending import MailServer
from activities.shell.streaming import Streams
from activities.tools.entrance import Tools
from activities.tools.registry import ToolRegistry
from plait.archive import Archiver
from plait.models import EVERYWHERE, Registry
from plait.store.agents import Agents
from plait.store.items import Items
from plait.store.models import Models
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder


@dataclass(slots=True)
class Services:
    """One of each a process."""

    pool: Pool
    recorder: Recorder
    payloads: Payloads
    egress: httpx2.AsyncClient
    functions: InitVar[ToolRegistry]
    files_dir: Path
    secrets: Mapping[str, str] = field(default_factory=dict)
    sandbox: Sandbox = field(default_factory=Sandbox)
    custom: CustomTypes = field(default_factory=CustomTypes)
    mail: MailServer | None = None
    archiver: Archiver | None = None
    known_models: InitVar[Registry] = EVERYWHERE
    models: Models = field(init=False)
    agents: Agents = field(init=False)
    tools: Tools = field(init=False)
    streams: Streams = field(init=False)
    plans: Plans = field(init=False)
    items: Items = field(init=False)

    def __post_init__(self, functions: ToolRegistry, known_models: Registry) -> None:
        self.models = Models(self.pool, known_models)
        self.agents = Agents(self.pool)
        self.tools = Tools(functions, self.pool, self.egress, self.secrets)
        self.streams = Streams(self.pool)
        self.plans = Plans(self.pool)
        self.items = Items(self.pool)
