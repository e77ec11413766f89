"""Somebody who uploads without a break, whatever is answered."""

from __future__ import annotations

import threading
from contextlib import suppress

import requests

from tests.images import encoded, lesion
from tests.installation import Client
from tests.services import wait_until

PAUSE_SECONDS = 0.05
PHOTOGRAPH = encoded(lesion())


class Load:
    """`accepted` holds the ids of the uploads that were answered with 202."""

    def __init__(self, client: Client) -> None:
        self.accepted: list[str] = []
        self._client = client
        self._over = threading.Event()
        self._user = threading.Thread(target=self._upload)
        self._user.start()
        self.wait_for_more()

    def _upload(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            with suppress(requests.RequestException):
                answer = self._client.upload(PHOTOGRAPH)
                if answer.status_code == 202:
                    self.accepted.append(answer.json()["id"])

    def wait_for_more(self) -> None:
        """Return when uploads are accepted (again)."""
        before = len(self.accepted)
        wait_until(lambda: len(self.accepted) > before + 2, "further uploads")

    def stop(self) -> list[str]:
        self._over.set()
        self._user.join()
        return self.accepted
