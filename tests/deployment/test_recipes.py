"""The recipes start the very processes that the full-stack tests start natively."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from classifier.management.commands.serve import PROCESSES
from tests.installation import ROOT

PROCFILE = dict(
    line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
)


def test_the_procfile_names_every_process_that_serve_supervises() -> None:
    assert set(PROCFILE) == {"release", *PROCESSES}


@pytest.mark.parametrize("name", PROCFILE)
def test_a_process_is_started_by_its_name(name: str, tmp_path: Path) -> None:
    """Each command line's program is replaced by one that prints its arguments."""
    for program in ("python", "gunicorn", "celery"):
        stand_in = tmp_path / program
        stand_in.write_text('#!/bin/sh\necho "$(basename "$0") $*"\n', encoding="utf-8")
        stand_in.chmod(0o755)
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PORT": "4321"}
    outcome = subprocess.run(
        [ROOT / "tools/process", name], env=environment, capture_output=True, text=True, check=True
    )
    assert outcome.stdout.split()[0] == PROCFILE[name].split()[0]
    assert "$" not in outcome.stdout
    if name == "web":
        assert "127.0.0.1:4321" in outcome.stdout


def test_an_unknown_process_is_refused_with_a_sentence() -> None:
    outcome = subprocess.run(
        [ROOT / "tools/process", "nothing"], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 1
    assert "names no process 'nothing'" in outcome.stderr
