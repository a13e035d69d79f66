"""Settings, read once in each process's `main` and handed down."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = Path(os.environ.get("PLAIT_SECRETS_DIR", "/run/secrets"))

SECRET_PREFIX = "PLAIT_SECRET_"  # noqa: S105 - the name of one, not a secret


def secrets_in(environment: Mapping[str, str]) -> dict[str, str]:
    """What documents read as `secrets.<NAME>`: the variables `PLAIT_SECRET_<NAME>` of a worker."""
    return {
        name.removeprefix(SECRET_PREFIX): value
        for name, value in environment.items()
        if name.startswith(SECRET_PREFIX) and value
    }


def secrets_for(environment: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """The secrets as one environment has them: its own `PLAIT_SECRET_<ENVIRONMENT>_<NAME>` stands before
    `PLAIT_SECRET_<NAME>`.
    """
    own = f"{environment.upper().replace('-', '_')}_"
    return {**secrets, **{name.removeprefix(own): each for name, each in secrets.items() if name.startswith(own)}}


class Settings(BaseSettings):
    """Everything that a process takes from its environment, each as `PLAIT_<NAME>`.

    A variable that is empty is as one that is not set. A setting may also be a file of that name in
    `/run/secrets`, as containers mount them, or in the folder that `PLAIT_SECRETS_DIR` names.
    """

    model_config = SettingsConfigDict(
        env_prefix="PLAIT_",
        env_ignore_empty=True,
        extra="ignore",
        secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None,
    )

    database_url: str = Field(default="", description="Postgres as the application's role.")
    database_owner_url: str = Field(default="", description="Postgres as the owner, for migrations alone.")
    database_pool: int = Field(default=10, ge=2, le=200, description="Connections that a process opens at most.")
    temporal_address: str = Field(default="127.0.0.1:7233", description="Temporal's frontend, host:port.")
    temporal_namespace: str = Field(default="default", description="The namespace that runs live in.")
    temporal_tls: bool | None = Field(
        default=None,
        description="Whether to speak TLS with Temporal; unset, it is spoken where there is a key or certificate.",
    )
    temporal_api_key: SecretStr | None = Field(default=None, description="The key of Temporal Cloud.")
    temporal_tls_cert: Path | None = Field(default=None, description="The client certificate for mutual TLS.")
    temporal_tls_key: Path | None = Field(default=None, description="The key of that certificate.")
    temporal_ui_url: str | None = Field(default=None, description="Where Temporal's Web UI is, for links.")
    host: str = Field(default="127.0.0.1", description="Where API and health answer; beyond loopback only with a key.")
    port: int = Field(default=8000, description="The API's port.")
    api_key: SecretStr | None = Field(
        default=None, description="What callers send as a bearer token; without it the API is open."
    )
    tools: str = Field(default="", description="Modules with @tool and @node_type functions, comma-separated.")
    files_dir: Path = Field(default=Path("files"), description="The one folder that file tools read and write.")
    egress_allow: str = Field(
        default="", description="What besides public addresses may be reached: host:port or CIDR, comma-separated."
    )
    openai_base_url: str | None = Field(
        default=None, description="Where the provider openai answers, if not at OpenAI: https://…/v1."
    )
    model_aliases: str = Field(
        default="",
        description="What aliases stand for where a project says nothing: fast=openai:gpt-4.1-mini, comma-separated.",
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="The mail server for webhook endpoints of kind email: smtp://user:password@host:587."
    )
    smtp_from: str = Field(default="plait@localhost", description="Whom that mail is from.")
    archive: str = Field(
        default="",
        description="Where ended runs are archived: a folder, or s3://bucket/prefix. Nothing is purged without it.",
    )
    archive_endpoint: str | None = Field(default=None, description="The address of a store that speaks S3, if not AWS.")
    archive_region: str | None = Field(default=None, description="The bucket's region.")
    archive_key_id: str | None = Field(default=None, description="The id of the store's key; else what AWS_... says.")
    archive_secret_key: SecretStr | None = Field(default=None, description="That key.")
    retention_days: float = Field(
        default=90, gt=0, description="How long an ended run is kept whose workflow says no `retention`."
    )
    retention_days_failed: float | None = Field(
        default=None, gt=0, description="How long one is that did not complete; as the others without it."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
    log_format: Literal["json", "text"] = Field(default="json", description="Logs for machines or for people.")
    health_port: int = Field(default=0, description="Where a worker answers /healthz and /metrics; 0 is nowhere.")
    otlp_endpoint: str | None = Field(default=None, description="Where traces go, OTLP over HTTP; nowhere without it.")

    @property
    def open_mode(self) -> bool:
        """Without a key the API is open, which it is on loopback alone."""
        return self.api_key is None

    @property
    def on_loopback(self) -> bool:
        """Whether the API listens where only this machine reaches it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}
