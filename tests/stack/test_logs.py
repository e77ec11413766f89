"""A whole run on the real processes: what the logs of all of them hold, and what they must not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cards import write_artifact
from tests.deployment.monitoring import asked, exposed
from tests.faulty.apps import FAIL
from tests.images import encoded
from tests.installation import Client, Installation, running
from tests.receiver import receiving
from tests.services import wait_until

PHOTOGRAPH = encoded()
FILE_NAME = "anna-meier-melanoma.jpg"
NOTE = "Daughter of Zacharias, itches"
MUST_NOT_BE_THERE = (
    "anna", "meier", "zacharias", "itches", "wrong-horse", "hook-key", "reset-token", "admin",
    "api-token", "JFIF", "search=",
)  # fmt: skip
REQUEST, FAILURE = "request-0123456789", "failure-0123456789"


@dataclass
class Run:
    installation: Installation
    prediction: dict[str, Any]
    token: str
    sensitive: list[str] = field(default_factory=list)

    def lines(self, process: str) -> list[dict[str, Any]]:
        text = (self.installation.data_dir / "log" / f"{process}.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def about(self, process: str, request: str) -> list[dict[str, Any]]:
        return [line for line in self.lines(process) if line.get("request_id") == request]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("logs")
    variables = {
        "DJANGO_SETTINGS_MODULE": "tests.faulty.settings",
        "ARTIFACT": str(write_artifact(folder / "artifact")),
        "LOG_FORMAT": "json",
        "METRICS_TOKEN": "a-token-of-the-operator",
        "WEBHOOK_ALLOWED_TARGETS": "127.0.0.1",
        "RECOVERY_SECONDS": "0.5",
    }
    with running(Installation(folder / "data", variables)) as installation:
        yield _whole_run(installation)


def _whole_run(installation: Installation) -> Run:
    client = Client(installation)
    token = client.session.headers["Authorization"]
    with receiving() as receiver:
        address = receiver.url.replace("key=1", "key=hook-key")
        fields = {"name": "Meier", "url": address}
        webhook = client.session.post(f"{client.root}/webhooks/", json=fields, timeout=30)
        assert webhook.status_code == 201, webhook.text
        done = upload(client, NOTE, REQUEST)
        assert done.status_code == 202
        assert done.headers["X-Request-ID"] == REQUEST
        prediction = client.finished(done.json()["id"])
        wait_until(lambda: receiver.received, "the webhook")
    assert upload(client, f"{FAIL} {NOTE}", FAILURE).status_code == 500
    assert upload(client, NOTE, "refused-0123456789", b"GIF89a itches").status_code == 400
    everything_wrong(installation, client)
    run = Run(installation, prediction, str(token))
    secret = webhook.json()["secret"]
    run.sensitive = [run.token.removeprefix("Token "), secret, installation.first_password()]
    wait_until(lambda: run.about("courier", REQUEST), "the courier's line")
    return run


def upload(client: Client, note: str, request: str, content: bytes = PHOTOGRAPH) -> Any:
    return client.session.post(
        f"{client.root}/predictions/",
        files={"image": (FILE_NAME, content, "image/jpeg")},
        data={"note": note},
        headers={"X-Request-ID": request},
        timeout=30,
    )


def everything_wrong(installation: Installation, client: Client) -> None:
    """Whatever is logged by Django, Celery or gunicorn of its own accord."""
    url = installation.url
    wrong = {"username": "anna.meier", "password": "wrong-horse"}
    assert requests.post(f"{client.root}/auth/token/", data=wrong, timeout=30).status_code == 400
    form = requests.post(f"{url}/accounts/login/", data=wrong, timeout=30)
    assert form.status_code == 403  # without the form's own token
    headers = {"Authorization": "Token api-token", "Referer": f"{url}/?search=anna"}
    asked = f"{client.root}/predictions/?search=anna"
    assert requests.get(asked, headers=headers, timeout=30).status_code == 401
    assert client.session.get(asked, timeout=30).status_code == 200
    assert requests.get(f"{url}/{FILE_NAME}?note=itches", timeout=30).status_code == 404
    requests.get(f"{url}/accounts/reset/MQ/reset-token/", timeout=30)
    foreign = {"Host": "anna.example"}
    assert requests.get(f"{url}/healthz", headers=foreign, timeout=30).status_code == 400
    for line in (b"GET /?search=anna HTTP/9.9", b"anna meier itches", b"GET /%zz?search=anna"):
        with socket.create_connection(("127.0.0.1", installation.port), 10) as connection:
            connection.sendall(line + b"\r\n\r\n")
            connection.recv(100)


def test_no_log_holds_a_name_a_note_a_password_a_token_or_a_pixel(run: Run) -> None:
    logs = run.installation.logs
    assert len(logs.splitlines()) > 20
    found = [word for word in MUST_NOT_BE_THERE if word.lower() in logs.lower()]
    assert found == [], [line for line in logs.splitlines() if found[0].lower() in line.lower()]
    for secret in run.sensitive:
        assert secret
        assert secret not in logs


@pytest.mark.parametrize("process", ["web", "worker", "beat", "courier"])
def test_every_line_of_every_process_is_an_object(process: str, run: Run) -> None:
    for line in run.lines(process):
        assert {"time", "level", "logger", "process", "message"} <= line.keys()


def test_an_id_leads_from_the_request_to_the_result_and_its_message(run: Run) -> None:
    prediction = run.prediction["id"]
    web = {line["message"]: line for line in run.about("web", REQUEST)}
    assert web["Queued."]["prediction_id"] == prediction
    access = web["POST api:prediction-list 202"]
    assert (access["route"], access["status"]) == ("api:prediction-list", 202)
    assert access["seconds"] > 0
    [finished] = [line for line in run.about("worker", REQUEST) if "Finished" in line["message"]]
    assert finished["prediction_id"] == prediction
    delivered = run.about("courier", REQUEST)[-1]
    assert (delivered["message"], delivered["prediction_id"]) == ("Webhook: delivered.", prediction)


def test_a_message_to_the_worker_carries_the_requests_id(run: Run) -> None:
    upload(Client(run.installation), NOTE, "carried-0123456789")
    wait_until(
        lambda: any(
            line["message"] == "Woken." for line in run.about("worker", "carried-0123456789")
        ),
        "the wake-up",
    )


def test_a_fault_is_told_by_its_kind_and_its_way_and_not_by_what_it_quotes(run: Run) -> None:
    [fault] = [line for line in run.about("web", FAILURE) if "fault" in line]
    assert fault["message"] == "Internal Server Error: api:prediction-list"
    assert fault["fault"].endswith("ValueError")
    assert "intake.py" in fault["fault"]


def test_every_process_reaches_the_metrics(run: Run) -> None:
    headers = {"Authorization": "Bearer a-token-of-the-operator"}

    def text() -> str:
        return requests.get(f"{run.installation.url}/metrics", headers=headers, timeout=30).text

    wanted = [
        'skincare_processes{kind="web"} 2.0',
        *(f'skincare_processes{{kind="{kind}"}} 1.0' for kind in ("worker", "beat", "courier")),
        'skincare_webhook_attempts_total{outcome="delivered"}',
        'skincare_refusals_total{reason="not_an_image"} 1.0',
        'skincare_stage_seconds_count{stage="network"}',
    ]

    def is_there() -> bool:
        said = text()
        return all(one in said for one in wanted) and 'outcome="delivered"} 0.0' not in said

    wait_until(is_there, "the figures of every process", 40)
    assert not [word for word in MUST_NOT_BE_THERE if word in text()]
    assert asked() - exposed(text()) == set()  # of the dashboard and the alert rules


def test_the_logs_are_lines_to_read_where_nothing_else_is_asked(tmp_path: Path) -> None:
    from skincare.logs import by_environment

    assert by_environment()["formatters"]["chosen"]["()"] == "skincare.log_lines.Lines"
