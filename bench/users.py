"""Users over HTTP: each hands in one photograph after the other and waits for its result."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.images import drawn_lesion, encoded
from tests.installation import FINAL, Client, Installation

POLL_SECONDS = 0.03, 0.5
"""Who polls asks again after a quarter of the time gone by, within these limits."""
PHOTOGRAPHS = [encoded(drawn_lesion(seed), quality=90) for seed in range(8)]
"""600 × 450, like those of HAM10000."""


@dataclass
class Seen:
    """What users saw: seconds from sending to seeing each result, and how requests ended."""

    seconds: list[float] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)
    took: float = 0.0
    """Of all users together, in seconds."""

    @property
    def a_second(self) -> float:
        return self.ended["succeeded"] / self.took

    @property
    def errors(self) -> int:
        return self.ended.total() - self.ended["succeeded"]


def see(installation: Installation, *, users: int, seconds: float, wait: bool) -> Seen:
    """`wait`: by `?wait=`, and by polling where that is answered early; else by polling alone."""
    seen, clients = Seen(), [Client(installation) for _ in range(users)]
    begin = time.perf_counter()
    end = begin + seconds

    def one_user(client: Client) -> None:
        number = 0
        while time.perf_counter() < end:
            sent = time.perf_counter()
            seen.ended[_result(client, PHOTOGRAPHS[number % len(PHOTOGRAPHS)], wait=wait)] += 1
            seen.seconds.append(time.perf_counter() - sent)
            number += 1

    with ThreadPoolExecutor(users) as threads:
        list(threads.map(one_user, clients))
    seen.took = time.perf_counter() - begin
    return seen


def _result(client: Client, photograph: bytes, *, wait: bool) -> str:
    """The final status, or what went wrong."""
    address = f"{client.root}/predictions/" + ("?wait=30" if wait else "")
    files = {"image": ("lesion.jpg", photograph, "image/jpeg")}
    try:
        answer = client.session.post(address, files=files, timeout=60)
        begin = time.monotonic()
        while answer.ok and answer.json()["status"] not in FINAL:
            time.sleep(min(max((time.monotonic() - begin) / 4, POLL_SECONDS[0]), POLL_SECONDS[1]))
            answer = client.get(f"predictions/{answer.json()['id']}/")
        return str(answer.json()["status"]) if answer.ok else f"HTTP {answer.status_code}"
    except requests.RequestException as error:
        return type(error).__name__
