"""Processes die: each comes back, and every accepted upload still ends in one final state."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psutil
import redis

from tests.images import encoded, lesion
from tests.installation import ROOT, SERVE, Client, Installation, running
from tests.services import listens, wait_until


def test_a_killed_worker_is_replaced_and_no_upload_is_lost(
    client: Client, installation: Installation
) -> None:
    accepted = [client.upload(encoded(lesion(seed=seed))).json()["id"] for seed in range(8)]
    killed = installation.processes("--quiet worker")
    for process in killed:
        process.kill()
    accepted += [client.upload(encoded(lesion(seed=seed))).json()["id"] for seed in range(8)]
    results = [client.finished(identifier) for identifier in accepted]
    assert [result["status"] for result in results] == ["succeeded"] * 16
    replacements = installation.processes("--quiet worker")
    assert {process.pid for process in replacements}.isdisjoint(process.pid for process in killed)


def test_a_killed_web_process_is_replaced(client: Client, installation: Installation) -> None:
    identifier = client.upload(encoded()).json()["id"]
    for process in installation.processes("gunicorn"):
        process.kill()
    wait_until(lambda: listens(installation.port), "the web process")
    assert client.finished(identifier)["status"] == "succeeded"


def test_a_broker_that_forgets_everything_loses_no_upload(deployment: Installation) -> None:
    client = Client(deployment)
    broker = redis.Redis.from_url(deployment.environment["BROKER_URL"])
    worker = deployment.processes("--quiet worker")
    for process in worker:
        process.suspend()
    try:
        identifier = client.upload(encoded()).json()["id"]
        broker.flushall()
    finally:
        broker.close()
        for process in worker:
            process.resume()
    assert client.finished(identifier)["status"] == "succeeded"


def test_ctrl_c_stops_every_process_and_a_second_start_keeps_the_history(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "with a space")
    with running(installation):
        client = Client(installation)
        identifier = client.upload(encoded()).json()["id"]
        client.finished(identifier)
        processes = installation.processes()
        assert len(processes) >= 4
    assert not psutil.wait_procs(processes, timeout=10)[1]

    # What a power cut leaves of the broker's own files does not matter.
    for file in (installation.data_dir / "broker" / "control").iterdir():
        file.write_bytes(b"")
    with running(installation):
        client.finished(client.upload(encoded()).json()["id"])
        assert installation.terminal.count("First user") == 1
        assert client.get(f"predictions/{identifier}/").json()["status"] == "succeeded"


def test_a_taken_port_is_said_in_one_sentence(embedded: Installation, tmp_path: Path) -> None:
    second = Installation(tmp_path / "var", port=embedded.port)
    outcome = subprocess.run(
        SERVE, cwd=ROOT, env=second.variables(), capture_output=True, text=True, check=False
    )
    assert outcome.returncode != 0
    assert f"Cannot listen on 127.0.0.1:{embedded.port}" in outcome.stderr
    assert "Traceback" not in outcome.stderr
