"""A request is sent until it is answered: not for ever, and not faster than the service asks.

What is sent again must have the same effect as once: reading has, and an upload has it through its
`Idempotency-Key`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from skincare_client.errors import ApiError, SkincareError

PASSING = frozenset({500, 502, 503, 504})
IN_USE = "idempotency_key_in_use"
"""The service is still busy with the first sending of this request."""


@dataclass(frozen=True)
class Patience:
    attempts: int = 5
    """Of a request that meets a fault; waiting as 429 asks for is no attempt."""
    seconds: float = 900.0
    """That 429 may let a request wait altogether."""
    pause: float = 0.5
    """Seconds after the first fault, doubled after each further one."""
    sleep: Callable[[float], None] = time.sleep


def send(request: Callable[[], httpx.Response], patience: Patience) -> httpx.Response:
    """The answer, a good one. Raises `ApiError`, or `SkincareError` where nobody answers."""
    faults, waited = 0, 0.0
    while True:
        try:
            response = request()
        except httpx.TransportError as error:
            faults += 1
            if faults >= patience.attempts:
                raise SkincareError(f"The service cannot be reached: {error}") from error
        else:
            if response.is_success:
                return response
            error_answer = ApiError.of(response)
            if response.status_code == 429:
                pause = _asked_for(response)
                if pause is None or waited + pause > patience.seconds:
                    raise error_answer
                waited += pause
                patience.sleep(pause)
                continue
            faults += 1
            passes = response.status_code in PASSING or error_answer.code == IN_USE
            if not passes or faults >= patience.attempts:
                raise error_answer
        patience.sleep(patience.pause * 2 ** (faults - 1) * random.uniform(0.5, 1))  # noqa: S311


def _asked_for(response: httpx.Response) -> float | None:
    """Seconds by `Retry-After`; None where it does not say."""
    try:
        return max(1.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
