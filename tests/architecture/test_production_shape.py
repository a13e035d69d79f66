"""What Docker would run is held against the code, since the two are edited apart."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from plait.dev.temporal import DYNAMIC_CONFIG
from plait.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image", "").startswith("plait:")}


def test_production_gives_temporal_the_settings_of_the_embedded_server() -> None:
    shipped = yaml.safe_load((ROOT / "deploy" / "temporal-dynamic-config.yaml").read_text())
    assert {name: values[0]["value"] for name, values in shipped.items()} == {
        name: json.loads(value) for name, value in DYNAMIC_CONFIG.items()
    }


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_of_a_service_is_one_that_the_command_line_has(name: str) -> None:
    command = OURS[name]["command"]
    done = subprocess.run(
        [sys.executable, "-m", "plait.cli", *command, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_of_a_service_is_one_that_plait_reads(name: str) -> None:
    known = {f"PLAIT_{field.upper()}" for field in Settings.model_fields}
    assert set(OURS[name]["environment"]) <= known


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_secret_of_a_service_is_a_setting(name: str) -> None:
    known = {f"plait_{field}" for field in Settings.model_fields}
    assert set(OURS[name]["secrets"]) <= known


def test_nothing_but_the_api_is_open_to_the_network() -> None:
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published.pop("api") == ["8000:8000"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_every_image_is_pinned_to_a_version() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all(re.search(r":\d+\.\d+", image) for image in images)


def test_secrets_come_from_files_that_the_script_writes() -> None:
    script = (ROOT / "deploy" / "make-secrets.sh").read_text()
    assert all(Path(secret["file"]).name in script for secret in COMPOSE["secrets"].values())
    assert {name for service in COMPOSE["services"].values() for name in service.get("secrets", ())} == set(
        COMPOSE["secrets"]
    )


def test_the_script_writes_every_secret_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    def write() -> dict[str, str]:
        subprocess.run(["sh", str(ROOT / "deploy" / "make-secrets.sh")], cwd=tmp_path, check=True, capture_output=True)
        return {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}

    first = write()
    assert set(first) == set(COMPOSE["secrets"])
    assert len(set(first.values())) == len(first)
    assert first["plait_app_password"] in first["plait_database_url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert write() == first


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "deploy").glob("*.sh")))
def test_every_script_is_one_that_any_shell_reads(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / "deploy" / script)], check=True)


def test_every_file_of_ours_that_a_container_sees_is_there() -> None:
    mounted = [volume for service in COMPOSE["services"].values() for volume in service.get("volumes", ())]
    assert all((ROOT / volume.split(":")[0]).exists() for volume in mounted if volume.startswith("./"))
    scripts = [service["entrypoint"][-1] for service in COMPOSE["services"].values() if "entrypoint" in service]
    assert all((ROOT / script.lstrip("/")).exists() for script in scripts)


def test_every_service_that_stays_up_says_whether_it_is_healthy() -> None:
    staying = {name for name, service in COMPOSE["services"].items() if service.get("restart") == "unless-stopped"}
    without = {name for name in staying if "healthcheck" not in COMPOSE["services"][name]}
    assert without <= {"temporal-ui", "otel-collector"}


def test_the_image_carries_every_package_and_does_not_run_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    packages = {"activities", "api", "interpreter", "plait", "worker"}
    assert packages <= {line.split()[1] for line in dockerfile.splitlines() if line.startswith("COPY ")}
    assert "USER plait" in dockerfile
