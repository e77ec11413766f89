"""Networks are switched back and forth while people upload: nothing is lost, nothing waits long."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cards import write_artifact
from tests.faulty.load import Load
from tests.faulty.records import all_finished
from tests.installation import ROOT
from tests.services import wait_until
from tests.stack.conftest import Faulty

SWITCHES = 4


def manage(faulty: Faulty, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | faulty.installation.variables(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_switching_under_load_loses_nothing_and_takes_effect_without_a_restart(
    faulty: Faulty, load: Load, tmp_path: Path
) -> None:
    others = [write_artifact(tmp_path / version, version=version) for version in ("98", "99")]
    for turn in range(SWITCHES):
        wanted = others[turn % 2]
        said = manage(faulty, "register_model", str(wanted), "--activate")
        assert f"testnet {wanted.name} serves" in said

        def newest_is_made_by_it(version: str = wanted.name) -> bool:
            finished = faulty.client.get("predictions/?status=succeeded").json()["results"]
            return bool(finished) and finished[0]["model"]["version"] == version

        wait_until(newest_is_made_by_it, f"results by {wanted.name}")
    accepted = load.stop()
    finished = all_finished(faulty.installation, accepted)
    assert {row.status for row in finished} == {"succeeded"}
    assert {row.attempt for row in finished} == {1}
    assert {row.version for row in finished} >= {"98", "99"}
