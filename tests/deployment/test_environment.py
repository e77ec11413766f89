"""A setting that cannot be used is one sentence, in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skincare import stores
from skincare.environment import REFUSED, Environment
from tests.installation import ROOT


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.removeprefix("Settings: ").strip()


@pytest.mark.parametrize("value", ["abc", "-1", "0", "1.5", "1e3", "½"])
def test_a_number_that_is_none_or_too_small_is_refused(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=str(REFUSED)):
        Environment({"BATCH": value}).int("BATCH", default=32, at_least=1)
    assert refusal(capsys) == f"BATCH has to be a whole number of at least 1, not {value!r}."


@pytest.mark.parametrize("value", ["soon", "nan", "inf", "-0.5", "0"])
def test_seconds_that_are_none_are_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Environment({"SECONDS": value}).float("SECONDS", default=10.0, at_least=0.1)
    assert refusal(capsys) == f"SECONDS has to be a number of at least 0.1, not {value!r}."


def test_a_switch_is_true_or_false_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    variables = {"A": "True", "B": " off\n", "C": "", "D": "maybe"}
    env = Environment(variables)
    assert [env.bool(name, default=True) for name in "ABC"] == [True, False, True]
    with pytest.raises(SystemExit):
        env.bool("D", default=True)
    assert refusal(capsys) == "D has to be true or false, not 'maybe'."


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    env = Environment({"SECRET_KEY_FILE": str(file), "SECRET_KEY": "from the environment"})
    assert env.str("SECRET_KEY") == "from the file"


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Environment({"SECRET_KEY_FILE": str(tmp_path / "none")}).str("SECRET_KEY")
    assert refusal(capsys).startswith("SECRET_KEY_FILE names a file that cannot be read")


def test_the_password_of_the_database_may_stand_by_itself(tmp_path: Path) -> None:
    variables = {"DATABASE_URL": "postgresql://skincare@db/skincare", "DATABASE_PASSWORD": "p@/:"}
    assert stores.database(Environment(variables), tmp_path)["PASSWORD"] == "p@/:"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:hunter2@db/name"),
        ("DATABASE_URL", "postgresql://user:hunter2@db:port/name"),
        ("BROKER_URL", "http://user:hunter2@redis/0"),
        ("BROKER_URL", "redis://user:hunter2@redis:port/0"),
        ("EMAIL_URL", "pigeon://user:hunter2@mail"),
        ("QUEUE_BATCH", "abc"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("LOG_LEVEL", "LOUD"),
        ("WEB_CONCURRENCY", "many"),
        ("NETWORK_THREADS", "-2"),
        ("WEBHOOK_ALLOWED_TARGETS", "10.0.0.0/99"),
    ],
)
def test_the_commands_say_one_sentence_and_no_password(
    name: str, value: str, tmp_path: Path
) -> None:
    variables = {"PATH": os.environ["PATH"], "SKINCARE_DATA_DIR": str(tmp_path), name: value}
    command = [sys.executable, "manage.py", "check"]
    outcome = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == REFUSED
    (sentence,) = outcome.stderr.splitlines()
    assert sentence.startswith(f"Settings: {name} has to be ")
    assert "hunter2" not in sentence


@pytest.mark.parametrize("process", ["web", "worker", "beat", "courier"])
def test_no_process_starts_again_and_again_on_a_wrong_setting(process: str, tmp_path: Path) -> None:
    variables = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SKINCARE_DATA_DIR": str(tmp_path),
        "PORT": "0",
        "QUEUE_BATCH": "abc",
    }
    outcome = subprocess.run(
        ["tools/process", process],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert outcome.returncode == REFUSED
    assert "QUEUE_BATCH has to be a whole number of at least 1, not 'abc'." in outcome.stderr
    assert "Traceback" not in outcome.stderr
