"""docker-compose.yml without Docker: its services as processes of this machine.

Commands, settings and secrets are read from the compose file; only addresses, ports and folders differ.
"""

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import yaml
from temporalio.client import Client

from plait.settings import Settings
from plait.temporal import connect
from tests.production.processes import Process, run_to_end, spawn
from tests.production.servers import DEPLOY, ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PASSED_ON = ("PATH", "HOME", "LANG", "SSL_CERT_FILE")


@dataclass
class Shape:
    """A home of its own, the servers' ports, and the processes that run by name."""

    home: Path
    postgres_port: int
    temporal_port: int
    first_port: int
    given: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def key(self) -> str:
        return (self.secrets / "plait_api_key").read_text()

    def environment(self, **more: str) -> dict[str, str]:
        """What scripts and servers need; nothing of Plait's own is handed on."""
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {**kept, "PATH": f"{self.home / 'bin'}:{kept['PATH']}", "PLAIT_SECRETS_DIR": str(self.secrets), **more}

    def script(self, name: str, **environment: str) -> str:
        """Run one of deploy's scripts to its end."""
        return run_to_end(["sh", str(DEPLOY / name)], self.environment(**environment), self.home)

    def use_local_addresses(self) -> None:
        """Have the secrets name this machine instead of the container `postgres`."""
        for name in ("plait_database_url", "plait_database_owner_url"):
            file = self.secrets / name
            file.write_text(file.read_text().replace("@postgres:5432", f"@127.0.0.1:{self.postgres_port}"))

    def start_temporal(self) -> None:
        """Temporal's server by deploy's own script and configuration."""
        environment = self.environment(
            TEMPORAL_PORT=str(self.temporal_port),
            TEMPORAL_DB_ADDRESS=f"127.0.0.1:{self.postgres_port}",
            TEMPORAL_BIND_ADDRESS="127.0.0.1",
            TEMPORAL_BROADCAST_ADDRESS="127.0.0.1",
            TEMPORAL_DYNAMIC_CONFIG=str(DEPLOY / "temporal-dynamic-config.yaml"),
        )
        command = ["sh", str(DEPLOY / "temporal-server.sh")]
        self.processes["temporal"] = spawn("temporal", command, environment, self.home)

    def install(self) -> None:
        """Plait as the Dockerfile installs it, without what the image does not have."""
        source = self.home / "app"
        source.mkdir()
        for line in (ROOT / "Dockerfile").read_text().splitlines():
            if line.startswith("COPY ") and "--from" not in line:
                for name in line.split()[1:-1]:
                    copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
                    copy(ROOT / name, source / name)
        uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
        sync = [uv, "sync", "--quiet", "--frozen", "--no-dev", "--no-editable", "--python", sys.executable]
        run_to_end(sync, {**os.environ, "VIRTUAL_ENV": ""}, source)

    def settings_of(self, service: str, **more: str) -> dict[str, str]:
        """The service's environment, with the secrets that it is given in a folder of its own."""
        said: dict[str, str] = COMPOSE["services"][service]["environment"]
        passed = {name: re.sub(r"\$\{(\w+):-\}", lambda m: self.given.get(m[1], ""), v) for name, v in said.items()}
        secrets = self.home / "secrets-of" / service
        secrets.mkdir(parents=True, exist_ok=True)
        for name in COMPOSE["services"][service]["secrets"]:
            shutil.copy2(self.secrets / name, secrets / name)
        return self.environment() | {
            **passed,
            "PLAIT_SECRETS_DIR": str(secrets),
            "PLAIT_TEMPORAL_ADDRESS": f"127.0.0.1:{self.temporal_port}",
            "PLAIT_FILES_DIR": str(self.files),
            "PYTHONPATH": str(ROOT / "examples" / "invoice-approval"),
            "OTEL_BSP_SCHEDULE_DELAY": "500",
            **more,
        }

    @property
    def plait(self) -> str:
        return str(self.home / "app" / ".venv" / "bin" / "plait")

    def start(self, service: str, number: int = 1) -> Process:
        """Start the service's process of this number, as one more or in place of one that ended."""
        name = f"{service}-{number}"
        offset = 10 * ["api", "workflow-worker", "activity-worker"].index(service) + number
        port = str(self.first_port + offset)
        settings = self.settings_of(service, PLAIT_HEALTH_PORT=port, PLAIT_PORT=port)
        command = [self.plait, *COMPOSE["services"][service]["command"]]
        self.processes[name] = spawn(name, command, settings, self.home, port=int(port))
        return self.processes[name]

    def migrate(self, *command: str, **settings: str) -> str:
        """Run a command of `plait migrate` with the settings of the service."""
        return run_to_end([self.plait, "migrate", *command], self.settings_of("migrate", **settings), self.home)

    def client(self, number: int) -> httpx2.AsyncClient:
        """A client of one of the APIs, with the key."""
        base = f"{self.processes[f'api-{number}'].url}/api/v1"
        return httpx2.AsyncClient(
            base_url=base, headers={"Authorization": f"Bearer {self.key}"}, timeout=70, trust_env=False
        )

    def psql(self, statement: str) -> str:
        """What Postgres answers its superuser."""
        command = ["psql", "--username", "postgres", "--no-psqlrc", "--no-align", "--tuples-only"]
        return run_to_end([*command, "--command", statement], self.environment(**self.reached), self.home).strip()

    @property
    def reached(self) -> dict[str, str]:
        """How the superuser reaches Postgres, as in its container."""
        return {"PGHOST": str(self.home / "postgres"), "PGPORT": str(self.postgres_port)}

    async def temporal(self) -> Client:
        """A client of Temporal itself."""
        return await connect(Settings(temporal_address=f"127.0.0.1:{self.temporal_port}"))
