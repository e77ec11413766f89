"""The units of systemd: what they start is there, and systemd itself finds them sound."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from classifier.management.commands.serve import PROCESSES
from skincare.environment import REFUSED
from tests.deployment.test_recipes import PROCFILE
from tests.installation import ROOT

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
EXPOSED = 2.5
"""`systemd-analyze security` calls less than this OK; an ordinary service has 9."""


def lines(unit: Path, name: str) -> list[str]:
    found = re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    return [str(one) for one in found]


def test_there_is_a_unit_for_every_process() -> None:
    start = {line.split()[-1] for unit in UNITS for line in lines(unit, "ExecStart")}
    assert start == {"%i", "release"}
    assert {"release", *PROCESSES} == set(PROCFILE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_what_a_unit_starts_is_there(unit: Path) -> None:
    (command,) = lines(unit, "ExecStart")
    program = command.split()[0].removeprefix("/opt/skincare/")
    assert (ROOT / program).is_file()
    assert lines(unit, "User") == ["skincare"]
    assert lines(unit, "StateDirectory") == ["skincare"]
    assert "SKINCARE_DATA_DIR=/var/lib/skincare" in lines(unit, "Environment")[0]


def test_a_wrong_setting_is_not_tried_again_and_again() -> None:
    (unit,) = (unit for unit in UNITS if unit.stem == "skincare@")
    assert lines(unit, "RestartPreventExitStatus") == [str(REFUSED)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_a_unit_sound_and_hardened(unit: Path, tmp_path: Path) -> None:
    """With this repository where the code would be, and this file as its settings."""
    for one in UNITS:
        text = one.read_text(encoding="utf-8").replace("/opt/skincare", str(ROOT))
        (tmp_path / one.name).write_text(text, encoding="utf-8")
    here = tmp_path / unit.name.replace("@.", "@web.")
    if not here.exists():
        here.symlink_to(unit.name)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False
    )
    complaints = [line for line in verified.stderr.splitlines() if "skincare" in line]
    assert complaints == []
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSED * 10:.0f}", here],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-2000:] + judged.stderr
