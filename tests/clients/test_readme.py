"""The examples of the client's README, executed against a running installation."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ml.labels import LABELS
from tests.images import encoded, lesion
from tests.installation import ROOT, Client, Installation

CLIENT = ROOT / "clients" / "python"
README = (CLIENT / "README.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, name in enumerate(("first.jpg", "second.jpg")):
        (tmp_path / name).write_bytes(encoded(lesion(seed=seed)))
    return tmp_path


def run(command: list[str], folder: Path, typed: str = "") -> str:
    """As a user does who has installed the client; `python` is this one."""
    (folder / "bin").mkdir(exist_ok=True)
    python = folder / "bin" / "python"
    if not python.exists():
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
    environment = {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(CLIENT),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, input=typed, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_examples_do_what_they_promise(stand_in: Installation, folder: Path) -> None:
    before = len(Client(stand_in).get("predictions/?status=succeeded").json()["results"])
    commands = example("sh").replace("http://127.0.0.1:4000", stand_in.url)
    # A test has no terminal to type a password into.
    commands = commands.replace("--username admin", "--username admin --password-stdin")
    shown = run(["sh", "-eu", "-c", commands], folder, stand_in.first_password() + "\n")

    token = folder / "config" / "skincare" / "credentials.json"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stand_in.first_password() not in token.read_text(encoding="utf-8")
    for name in ("first.jpg", "second.jpg"):
        assert re.search(rf"^{name}: ({'|'.join(LABELS)}) \d+\.\d%$", shown, re.MULTILINE)
    photographs = list((folder / "photographs").glob("*.jpg"))
    assert len(photographs) >= before + 2
    table = (folder / "history.csv").read_text(encoding="utf-8-sig")
    listed = re.findall(r"^[\w-]{36}", table, re.MULTILINE)
    assert {path.stem for path in photographs} <= set(listed)

    for path in photographs[2:]:
        path.unlink()  # others' tests have uploaded many
    printed = run(["python", "-c", example("python")], folder).splitlines()
    assert printed[0].split()[0] in LABELS
    assert len(printed) == 3
