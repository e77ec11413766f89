"""`manage.py serve`, up to the moment in which it becomes the supervisor."""

from __future__ import annotations

import configparser
import io
import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classifier.models import ModelVersion
from tests.services import free_port


@pytest.fixture
def started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings, db: None
) -> list[list[str]]:
    """The command lines of the supervisors that were started instead of this process."""
    commands: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _path, arguments: commands.append(arguments))
    monkeypatch.chdir(configured.BASE_DIR)
    # What the command sets for its processes is gone after the test.
    monkeypatch.setattr("os.environ", dict(os.environ))
    os.environ["PORT"] = str(free_port())
    for name in ("USERNAME", "PASSWORD", "EMAIL"):
        os.environ.pop(f"DJANGO_SUPERUSER_{name}", None)
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    return commands


def serve() -> str:
    out = io.StringIO()
    call_command("serve", stdout=out)
    return out.getvalue()


def test_a_port_that_is_taken_is_one_sentence_and_starts_nothing(started: list[Any]) -> None:
    taken = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
    with taken, pytest.raises(CommandError, match="Set another PORT"):
        serve()
    assert started == []


@pytest.mark.parametrize("port", ["http", ""])
def test_a_port_that_is_none_is_one_sentence(port: str, started: list[Any]) -> None:
    os.environ["PORT"] = port
    with pytest.raises(CommandError, match="Set another PORT"):
        serve()
    assert started == []


def test_no_user_is_made_where_there_is_one(started: list[Any], alice: User) -> None:
    assert "password" not in serve()
    assert list(User.objects.all()) == [alice]


def test_the_first_user_is_an_administrator_with_a_password_shown_once(started: list[Any]) -> None:
    shown = re.search(r"First user: (\w+)   password: (\S+)", serve())
    assert shown
    admin = User.objects.get()
    assert admin.username == shown[1] == "admin"
    assert admin.is_superuser
    assert admin.check_password(shown[2])
    assert "password" not in serve()
    assert User.objects.count() == 1


def test_the_first_user_is_the_one_that_the_environment_names(started: list[Any]) -> None:
    os.environ["DJANGO_SUPERUSER_USERNAME"] = "carol"
    os.environ["DJANGO_SUPERUSER_PASSWORD"] = "from the environment"
    os.environ["DJANGO_SUPERUSER_EMAIL"] = "carol@clinic.example"
    assert "from the environment" not in serve()
    carol = User.objects.get(username="carol", email="carol@clinic.example")
    assert carol.check_password("from the environment")


def test_everything_is_ready_before_the_supervisor_starts(
    started: list[list[str]], tmp_path: Path
) -> None:
    assert f"http://127.0.0.1:{os.environ['PORT']}/" in serve()
    assert ModelVersion.objects.filter(active=True).count() == 1
    assert (tmp_path / "static" / "skincare.css").is_file()
    assert started == [["supervisord", "--configuration", str(tmp_path / "supervisord.conf")]]


def test_each_process_of_the_procfile_is_supervised(started: list[Any], tmp_path: Path) -> None:
    serve()
    config = configparser.RawConfigParser()
    config.read(tmp_path / "supervisord.conf", encoding="utf-8")
    procfile = (configured.BASE_DIR / "Procfile").read_text(encoding="utf-8").splitlines()
    processes = {line.partition(":")[0] for line in procfile} - {"release"}
    names = [f"program:{name}" for name in ("web", "worker", "beat", "courier")]
    assert set(names) == {f"program:{name}" for name in processes}
    assert config.sections() == ["supervisord", "group:skincare", *names]
    assert set(config["group:skincare"]["programs"].split(",")) == processes
    for name in names:
        assert config[name]["autorestart"] == "true"
        assert config[name]["stopasgroup"] == "true"


def test_a_folder_that_the_supervisor_cannot_take_is_one_sentence(
    started: list[Any], settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "100%"
    with pytest.raises(CommandError, match="has a % in it"):
        serve()
    assert started == []
