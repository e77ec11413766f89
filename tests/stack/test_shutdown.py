"""Processes told to stop finish what they have begun: a request, a batch, a delivery."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import psutil
import pytest
import requests

from tests.cards import write_artifact
from tests.faulty.load import PHOTOGRAPH
from tests.installation import Client, Installation, running
from tests.receiver import Receiver, answer, receiving
from tests.services import listens, wait_until

WORKER, COURIER = "--quiet worker", "courier@"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("shutdown")
    variables = {
        "DJANGO_SETTINGS_MODULE": "tests.faulty.settings",
        "ARTIFACT": str(write_artifact(folder / "artifact")),
        "RECOVERY_SECONDS": "0.5",
        "WEBHOOK_ALLOWED_TARGETS": "127.0.0.1",
    }
    with running(Installation(folder / "data", variables)) as installation:
        yield installation


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def the(installation: Installation, command: str) -> psutil.Process:
    """The oldest of them: gunicorn's manager, say."""
    wait_until(lambda: installation.processes(command), command)
    return min(installation.processes(command), key=lambda process: process.create_time())


def upload_and_wait(client: Client) -> requests.Response:
    files = {"image": ("lesion.jpg", PHOTOGRAPH, "image/jpeg")}
    address = f"{client.root}/predictions/?wait=20"
    return client.session.post(address, files=files, timeout=60)


def in_the_middle_of_a_request(installation: Installation, client: Client, stop: Any) -> Any:
    """`stop` is called while a request waits for a worker that stands still; what it got."""
    worker = the(installation, WORKER)
    before = client.get("predictions/").json()["results"]
    worker.suspend()
    try:
        with ThreadPoolExecutor(1) as user:
            asked = user.submit(upload_and_wait, client)
            wait_until(lambda: client.get("predictions/").json()["results"] != before, "the upload")
            stop()
            time.sleep(0.5)
            worker.resume()
            return asked.result()
    finally:
        worker.resume()


def test_the_web_finishes_its_requests(installation: Installation) -> None:
    client = Client(installation)
    manager = the(installation, "gunicorn")
    answered = in_the_middle_of_a_request(installation, client, manager.terminate)
    assert (answered.status_code, answered.json()["status"]) == (202, "succeeded")
    manager.wait(40)
    wait_until(lambda: listens(installation.port), "the web process")


@pytest.mark.parametrize("stopped", ["the courier", "all of it"])
def test_a_delivery_that_has_begun_is_finished_and_noted(
    stopped: str, installation: Installation, receiver: Receiver
) -> None:
    client = Client(installation)
    go_on = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        go_on.wait(30)
        answer(204)(handler)

    receiver.behave = slow
    fields = {"name": "clinic", "url": receiver.url}
    webhook = client.session.post(f"{client.root}/webhooks/", json=fields, timeout=30).json()
    courier = the(installation, COURIER)
    client.upload(PHOTOGRAPH)
    wait_until(lambda: receiver.received, "the delivery")
    threading.Timer(1.0, go_on.set).start()
    if stopped == "the courier":
        courier.terminate()
    else:
        installation.stop()
    assert not psutil.wait_procs([courier], timeout=20)[1]
    if stopped == "all of it":
        installation.start()
        client = Client(installation)
    log = client.get(f"webhooks/{webhook['id']}/deliveries/").json()["results"]
    assert [(one["status"], one["attempts"]) for one in log] == [("delivered", 1)]
    assert len(receiver.received) == 1
    client.session.delete(f"{client.root}/webhooks/{webhook['id']}/", timeout=30)


@pytest.mark.parametrize("command", [WORKER, COURIER, "--quiet beat"])
def test_who_has_nothing_to_do_ends_at_once(command: str, installation: Installation) -> None:
    process = the(installation, command)
    process.terminate()
    process.wait(15)
    wait_until(lambda: the(installation, command).pid != process.pid, "its replacement")
