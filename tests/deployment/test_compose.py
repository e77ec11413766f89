"""The compose file, for which there may be no Docker here: what it says fits what there is."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.deployment.settings_table import documented
from tests.deployment.test_recipes import PROCFILE
from tests.installation import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
ONCE = {"migrate", "bucket"}


def values(service: dict[str, Any]) -> dict[str, str]:
    return {name: str(value or "") for name, value in service.get("environment", {}).items()}


def test_each_process_of_the_procfile_has_a_container() -> None:
    processes = [SERVICES[name]["command"] for name in OURS - {"bucket"}]
    assert sorted(processes) == sorted(["tools/process", name] for name in PROCFILE)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_nothing_but_its_work(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["tmpfs"]
    if name != "minio":  # whose image knows no other account; see there
        assert int(service["user"].split(":")[0]) >= 100
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert ("healthcheck" in service) == (name not in ONCE)
    assert service["restart"] == ("on-failure" if name in ONCE else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_container_names_is_there(name: str) -> None:
    service = SERVICES[name]
    for mount in service.get("volumes", []):
        source = mount.split(":")[0]
        assert (
            (ROOT / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]
        )
    mounted = {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
    named = {value for value in values(service).values() if value.startswith("/run/secrets/")}
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert named <= mounted
    for needed, how in service.get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[needed]
        else:
            assert (how["condition"], needed in ONCE) == ("service_completed_successfully", True)


def test_every_setting_of_a_container_is_documented() -> None:
    for name in OURS:
        variables = {one.removesuffix("_FILE") for one in values(SERVICES[name])}
        assert variables <= documented()


def test_every_documented_setting_can_be_given_to_the_containers() -> None:
    fixed = {  # by the image, or without a use there
        "SKINCARE_DATA_DIR", "HOST", "PORT", "MEDIA_ROOT", "STATIC_ROOT", "DEBUG", "PREDICTOR",
    }  # fmt: skip
    given = {one.removesuffix("_FILE") for one in values(SERVICES["migrate"])}
    assert documented() - fixed <= given


def test_no_secret_stands_in_the_file_or_has_a_default() -> None:
    for service in SERVICES.values():
        for name, value in values(service).items():
            if re.search("KEY|PASSWORD|SECRET", name) and not name.startswith("DJANGO_SUPERUSER"):
                assert value.startswith("/run/secrets/"), name
    assert {f"secrets/{name}" for name in COMPOSE["secrets"]} == {
        secret["file"] for secret in COMPOSE["secrets"].values()
    }
    makes = (ROOT / "tools/make_secrets").read_text(encoding="utf-8")
    assert all(name in makes for name in COMPOSE["secrets"])


def test_only_the_proxy_can_be_reached_and_the_stores_reach_nothing() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert COMPOSE["networks"]["data"]["internal"] is True
    for name in ("db", "redis", "minio"):
        assert SERVICES[name]["networks"] == ["data"]
    assert SERVICES["proxy"]["networks"] == ["default"]


def test_the_health_check_asks_a_host_name_that_is_allowed() -> None:
    assert "127.0.0.1" in SERVICES["web"]["environment"]["ALLOWED_HOSTS"].split(",")
    assert "http://127.0.0.1:" in (ROOT / "tools/healthy").read_text(encoding="utf-8")


def test_the_proxy_may_read_what_it_sends() -> None:
    assert SERVICES["proxy"]["user"] == SERVICES["web"]["user"]
    assert SERVICES["web"]["environment"]["MEDIA_ACCEL"] == "/stored/"
    server = (ROOT / "deploy/nginx/server.conf").read_text(encoding="utf-8")
    assert "location /stored/ {\n    internal;\n    alias /data/media/;" in server
    assert "data:/data:ro" in SERVICES["proxy"]["volumes"]
