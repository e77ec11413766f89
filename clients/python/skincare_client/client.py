"""One user of one service."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack, cast
from urllib.parse import urlencode

import httpx

from skincare_client import credentials
from skincare_client.errors import SkincareError
from skincare_client.results import FINAL, Details, Prediction
from skincare_client.retrying import Patience, send

WAIT = 10
"""Seconds that an upload waits for its result; afterwards it is asked for."""


class Client:
    """Speaks to the service at `url` with an API token; may be used by several threads at once."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        try:
            self.api = httpx.URL(url.rstrip("/") + "/api/v1/")
        except httpx.InvalidURL as error:
            raise SkincareError(f"{url}: {error}") from error
        if self.api.scheme not in ("http", "https") or not self.api.host:
            raise SkincareError(f"{url} has to begin with https:// or http://.")
        self._patience = patience or Patience()
        # Redirects are not followed and foreign addresses not asked: the token is for one service.
        self._http = httpx.Client(
            headers={"Authorization": f"Token {token}", "User-Agent": "skincare-client/0.1"},
            timeout=httpx.Timeout(30.0 + WAIT, connect=10.0),
            transport=transport,
        )

    @classmethod
    def logged_in(cls) -> Self:
        """By the environment or by what `login` has stored. Raises `SkincareError`."""
        known = credentials.load()
        return cls(known.url, known.token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def classify(
        self, path: str | Path, *, within: float = 600.0, **details: Unpack[Details]
    ) -> Prediction:
        """Upload a photograph and return its finished prediction.

        Raises `ApiError` where the photograph is refused, and `SkincareError` where it is not
        finished within that many seconds.
        """
        deadline = time.monotonic() + within
        prediction = self.upload(path, wait=WAIT, **details)
        pause = 0.25
        while prediction["status"] not in FINAL:
            if time.monotonic() > deadline:
                raise SkincareError(f"There is no result after {within:.0f} seconds.")
            self._patience.sleep(pause)
            pause = min(2 * pause, 4.0)
            prediction = self.prediction(prediction["id"])
        return prediction

    def upload(self, path: str | Path, *, wait: int = 0, **details: Unpack[Details]) -> Prediction:
        """Hand in a photograph, once however often it has to be sent."""
        path = Path(path)
        content = path.read_bytes()
        headers = {"Idempotency-Key": uuid.uuid4().hex}

        def request() -> httpx.Response:
            files = {"image": (path.name, content)}
            address = self.api.join(f"predictions/?wait={wait}")
            return self._http.post(address, files=files, data=details, headers=headers)

        return cast("Prediction", send(request, self._patience).json())

    def prediction(self, pk: str) -> Prediction:
        return cast("Prediction", self.get(f"predictions/{pk}/").json())

    def history(self, **filters: str) -> Iterator[Prediction]:
        """All predictions, newest first; `filters` as the API has them (`status`, `label`, …)."""
        for results, _next in self.pages(**filters):
            yield from results

    def pages(
        self, begin: str | None = None, **filters: str
    ) -> Iterator[tuple[list[Prediction], str | None]]:
        """Each page with the address of the next; from the page at the address `begin` on."""
        address = begin or f"predictions/?{urlencode(filters)}"
        while address:
            page: dict[str, Any] = self.get(address).json()
            address = page["next"]
            yield page["results"], address

    def get(self, address: str) -> httpx.Response:
        """What is at an address of the API, whole or relative to its root."""
        url = self._own(address)
        return send(lambda: self._http.get(url), self._patience)

    def save(self, address: str, path: Path) -> None:
        """Write what is at that address to a file, which is there whole or not at all."""
        url, half = self._own(address), path.with_name(f"{path.name}.part")

        def request() -> httpx.Response:
            with self._http.stream("GET", url) as response:
                if not response.is_success:
                    response.read()
                    return response
                with half.open("wb") as file:
                    for block in response.iter_bytes():
                        file.write(block)
            return response

        send(request, self._patience)
        half.replace(path)

    def _own(self, address: str) -> httpx.URL:
        """Raises `SkincareError` for an address elsewhere, which would get the token."""
        url = self.api.join(address)
        if (url.scheme, url.host, url.port) != (self.api.scheme, self.api.host, self.api.port):
            raise SkincareError(f"{url} does not belong to this service.")
        return url
