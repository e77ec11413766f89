"""`manage.py check --deploy` under the settings of a deployment, and of what goes wrong there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from skincare import checks
from tests import object_store, services
from tests.installation import ROOT
from tests.object_store import Store

DEPLOYMENT = {
    "SECRET_KEY": "3f" * 8 + "a91c07be52d4" * 4,
    "ALLOWED_HOSTS": "lesions.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://lesions.example.org",
    "HTTPS": "true",
    "TRUSTED_PROXIES": "1",
    "DATABASE_URL": "postgresql://skincare@db/skincare",
}


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    with services.redis() as server:
        yield server.url


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with object_store.running() as server:
        yield server


def check(folder: Path, *options: str, **variables: str) -> tuple[int, str]:
    outcome = subprocess.run(
        [sys.executable, "manage.py", "check", *options, "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SKINCARE_DATA_DIR": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.returncode, outcome.stdout + outcome.stderr


def test_a_deployment_has_no_warning(tmp_path: Path, broker: str, store: Store) -> None:
    variables = {**DEPLOYMENT, "BROKER_URL": broker, **store.variables}
    assert check(tmp_path, "--deploy", **variables) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_the_embedded_default_has_no_warning(tmp_path: Path) -> None:
    assert check(tmp_path)[0] == 0


def test_all_that_is_wrong_is_named(tmp_path: Path) -> None:
    closed = services.free_port()
    wrong = {
        **DEPLOYMENT,
        "SECRET_KEY": "changeme",
        "DEBUG": "true",
        "ALLOWED_HOSTS": "*",
        "BROKER_URL": f"redis://127.0.0.1:{closed}/0",
        "S3_BUCKET": "none",
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{closed}",
        "S3_ACCESS_KEY": "x",
        "S3_SECRET_KEY": "y",
        "ARTIFACT": "none",
    }
    status, report = check(tmp_path, "--deploy", **wrong)
    assert status == 1
    named = ["classifier.E001", *(f"skincare.E00{number}" for number in range(1, 6))]
    assert [name for name in named if name not in report] == []
    assert "Traceback" not in report


def test_a_bucket_that_is_not_there_is_named(tmp_path: Path, broker: str, store: Store) -> None:
    variables = {**DEPLOYMENT, "BROKER_URL": broker, **store.variables, "S3_BUCKET": "another"}
    assert "skincare.E005" in check(tmp_path, "--deploy", **variables)[1]


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + "3f9a1c07be52d4" * 4])
def test_a_key_that_can_be_guessed_is_an_error(key: str, settings: Settings) -> None:
    settings.SECRET_KEY = key
    (error,) = checks.check_secret_key()
    assert error.id == "skincare.E001"
    assert key not in error.msg


def test_with_such_a_key_nothing_is_prepared(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SKINCARE_DATA_DIR": str(tmp_path),
            "SECRET_KEY": "changeme",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert "skincare.E001" in outcome.stderr
    assert not (tmp_path / "db.sqlite3").exists()


@pytest.mark.parametrize(
    ("is_sqlite", "broker_url", "storage", "found"),
    [
        (True, "filesystem://localhost", {}, []),
        (True, "redis://redis/0", {}, ["skincare.W001"]),
        (True, "filesystem://localhost", {"bucket_name": "b"}, ["skincare.W001"]),
        (False, "filesystem://localhost", {}, ["skincare.W002"]),
        (False, "redis://redis/0", {"bucket_name": "b"}, []),
    ],
)
def test_what_works_on_one_machine_alone_is_named(
    is_sqlite: bool,
    broker_url: str,
    storage: dict[str, str],
    found: list[str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "_has_sqlite", lambda: is_sqlite)
    settings.CELERY_BROKER_URL = broker_url
    settings.STORAGES = {
        **settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": storage}
    }  # fmt: skip
    assert [message.id for message in checks.check_machines()] == found


def test_debug_is_fine_on_one_s_own_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = True
    settings.HTTPS = False
    monkeypatch.setattr(checks, "_has_sqlite", lambda: True)
    assert checks.check_debug() == []
    settings.HTTPS = True
    assert [message.id for message in checks.check_debug()] == ["skincare.E002"]
