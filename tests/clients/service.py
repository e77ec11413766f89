"""A service of a few lines for the tests of the client: it answers as the test wants."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
from skincare_client.client import Client
from skincare_client.retrying import Patience

URL = "https://lesions.example.org"
Answer = Callable[[httpx.Request], httpx.Response]


def prediction(pk: str = "1", status: str = "succeeded", **fields: Any) -> dict[str, Any]:
    done = status == "succeeded"
    return {
        "id": pk,
        "status": status,
        "created_at": "2026-11-25T12:00:00Z",
        "label": "nv" if done else None,
        "probability": 0.9 if done else None,
        "in_distribution": True if done else None,
        "image": {"url": f"{URL}/api/v1/predictions/{pk}/image/"},
        "error": None,
        **fields,
    }


def refusal(status_code: int, code: str, message: str = "No.", **headers: str) -> httpx.Response:
    body = {"error": {"code": code, "message": message}}
    return httpx.Response(status_code, json=body, headers=headers)


class Service:
    """Gives the answers in their order, the last for ever; remembers requests and pauses."""

    def __init__(self, *answers: httpx.Response | Exception | Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def client(self, **patience: Any) -> Client:
        chosen = Patience(sleep=self.pauses.append, **patience)
        return Client(URL, "secret", patience=chosen, transport=httpx.MockTransport(self))


def accepted(status: str = "succeeded", pk: str = "1") -> httpx.Response:
    return httpx.Response(202, content=json.dumps(prediction(pk, status)))
