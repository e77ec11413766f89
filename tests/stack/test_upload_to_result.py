"""The real processes, from an upload to its stored result."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
import requests
from PIL import Image

from ml.artifact import active_name, read_artifact
from ml.labels import LABELS
from tests.images import drawn_lesion, encoded, lesion
from tests.installation import Client, Installation


def test_a_photograph_becomes_seven_percentages(client: Client) -> None:
    answer = client.upload(encoded(drawn_lesion()), note="on the back")
    assert answer.status_code == 202
    assert answer.headers["Location"].endswith(f"/predictions/{answer.json()['id']}/")
    prediction = client.finished(answer.json()["id"])
    assert prediction["status"] == "succeeded"
    assert tuple(prediction["probabilities"]) == LABELS
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-9)
    assert prediction["probability"] == max(prediction["probabilities"].values())
    active = read_artifact(active_name())
    assert prediction["model"] == {"name": active.name, "version": active.version}
    assert prediction["error"] is None
    assert prediction["in_distribution"] is True
    heatmap = client.session.get(prediction["heatmap_url"], timeout=30)
    assert (heatmap.status_code, heatmap.headers["Content-Type"]) == (200, "image/png")


def test_a_caller_can_wait_for_the_result(client: Client) -> None:
    files = {"image": ("lesion.jpg", encoded(), "image/jpeg")}
    address = f"{client.root}/predictions/?wait=30"
    answer = client.session.post(address, files=files, timeout=40)
    assert answer.status_code == 202
    assert answer.json()["status"] == "succeeded"


def test_many_photographs_at_once_each_get_their_own_result(client: Client) -> None:
    answers = [client.upload(encoded(lesion(seed=seed))) for seed in range(12)]
    results = [client.finished(answer.json()["id"]) for answer in answers]
    assert {result["status"] for result in results} == {"succeeded"}
    assert len({result["image"]["url"] for result in results}) == 12


def test_the_stored_photograph_can_be_looked_at_by_its_owner_alone(client: Client) -> None:
    prediction = client.finished(client.upload(encoded(lesion(300, 200))).json()["id"])
    photograph = client.session.get(prediction["image"]["url"], timeout=30)
    assert Image.open(io.BytesIO(photograph.content)).size == (300, 200)
    assert requests.get(prediction["image"]["url"], timeout=30).status_code == 401


def test_a_refused_file_names_the_reason_and_leaves_nothing(
    client: Client, installation: Installation
) -> None:
    before = client.get("predictions/").json()
    answer = client.upload(b"GIF89a not a photograph")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_an_image"
    assert client.get("predictions/").json() == before


def test_a_deleted_photograph_leaves_no_file(client: Client, installation: Installation) -> None:
    prediction = client.finished(client.upload(encoded()).json()["id"])
    address = f"{client.root}/predictions/{prediction['id']}/"
    media = installation.data_dir / "media"
    before = len([path for path in media.rglob("*") if path.is_file()])
    assert client.session.delete(address, timeout=30).status_code == 204
    assert client.session.get(address, timeout=30).status_code == 404
    assert len([path for path in media.rglob("*") if path.is_file()]) == before - 2


def test_the_logs_name_no_file_and_no_user(client: Client, installation: Installation) -> None:
    client.finished(client.upload(encoded()).json()["id"])
    logs = installation.logs
    assert "classifier.worker.loaded: Loaded network" in logs
    assert "lesion.jpg" not in logs
    assert "admin" not in logs.replace("admin:", "")  # how its routes are named


def test_the_web_process_stays_small_and_without_tensorflow(installation: Installation) -> None:
    for process in installation.processes("gunicorn"):
        libraries = {entry.path for entry in process.memory_maps()}
        assert not [path for path in libraries if "tensorflow" in path]


def test_nobody_else_on_the_machine_reads_what_is_stored(
    client: Client, embedded: Installation
) -> None:
    client.finished(client.upload(encoded()).json()["id"])
    assert (embedded.data_dir / "db.sqlite3").exists()
    written = [path for path in embedded.data_dir.rglob("*") if path.name != "terminal.txt"]
    assert [path for path in written if _mode(path) & 0o077] == []


def _mode(path: Path) -> int:
    """Nothing, of a message that was read in the meantime."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mode
    return 0
