"""The real processes, from an upload to the message that a receiver gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from skincare_client import verify_webhook_signature

from tests.images import encoded
from tests.installation import Client, Installation
from tests.receiver import Receiver, answer, receiving
from tests.services import wait_until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_a_finished_prediction_is_posted_and_verified(client: Client, receiver: Receiver) -> None:
    receiver.behave = answer(500)
    fields = {"name": "clinic", "url": receiver.url}
    webhook = client.session.post(f"{client.root}/webhooks/", json=fields, timeout=30).json()
    try:
        prediction = client.finished(client.upload(encoded()).json()["id"])
        wait_until(lambda: receiver.received, "the first attempt")
        receiver.behave = answer(204)
        wait_until(lambda: len(receiver.received) >= 2, "the second attempt")
        first, second = receiver.received[0], receiver.received[-1]
        assert first.body == second.body
        verify_webhook_signature(
            second.body, second.headers["Skincare-Signature"], webhook["secret"]
        )
        told = second.json["prediction"]
        assert told["id"] == prediction["id"]
        assert told["probabilities"] == prediction["probabilities"]
        assert client.session.get(told["links"]["api"], timeout=30).json()["id"] == told["id"]

        def log() -> dict[str, object]:
            page = client.get(f"webhooks/{webhook['id']}/deliveries/").json()
            delivery: dict[str, object] = page["results"][0]
            return delivery

        wait_until(lambda: log()["status"] == "delivered", "the log")
        assert log()["prediction"] == prediction["id"]
    finally:
        client.session.delete(f"{client.root}/webhooks/{webhook['id']}/", timeout=30)


def test_the_courier_has_no_network_and_is_no_worker(
    client: Client, installation: Installation
) -> None:
    client.finished(client.upload(encoded()).json()["id"])
    couriers = installation.processes("courier@")
    assert couriers
    for process in couriers:
        libraries = {entry.path for entry in process.memory_maps()}
        assert not [path for path in libraries if "litert" in path or "tensorflow" in path]
