"""The API is as it describes itself: schemathesis tries all of it against the running service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cards import write_artifact
from tests.images import encoded, lesion
from tests.installation import ROOT, Client, Installation, running


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """One of its own: much is made in it, and what is found is deleted."""
    network = {
        "PREDICTOR": "tests.predictor.ColourPredictor",
        "ARTIFACT": str(write_artifact(tmp_path / "artifact")),
        "LOGIN_FAILURE_LIMIT": "100000",  # it guesses passwords all the time
    }
    with running(Installation(tmp_path / "data", network)) as installation:
        yield installation


@pytest.mark.timeout(300)  # a minute of trials, after a start and before an end
def test_the_service_is_as_it_is_described(installation: Installation) -> None:
    client = Client(installation)
    photographs = [client.upload(encoded(lesion(seed=n))).json() for n in range(5)]
    client.finished(photographs[-1]["id"])
    diagnosis = {"image": photographs[0]["image"]["id"], "label": "nv", "method": "histo"}
    client.session.post(f"{client.root}/diagnoses/", json=diagnosis).raise_for_status()
    header = f"Authorization: {client.session.headers['Authorization']}"
    program = Path(sys.executable).with_name("schemathesis")
    tried = subprocess.run(
        [program, "run", "--header", header, f"{client.root}/schema/"],
        cwd=ROOT, capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "Authentication failed" not in tried.stdout
    assert client.get("account/").json()["username"] == "admin"
    assert "Internal Server Error" not in installation.logs
