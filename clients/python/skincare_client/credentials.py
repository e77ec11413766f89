"""The token: from the environment, or from a file that only its owner may read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from skincare_client.errors import ApiError, SkincareError

NONE = "Log in first: python -m skincare_client login URL"


@dataclass(frozen=True)
class Credentials:
    url: str
    token: str


def path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "skincare" / "credentials.json"


def load() -> Credentials:
    """`SKINCARE_URL` and `SKINCARE_TOKEN`, else what `login` has stored.

    Raises `SkincareError` where there is neither.
    """
    url, token = os.environ.get("SKINCARE_URL"), os.environ.get("SKINCARE_TOKEN")
    if url and token:
        return Credentials(url, token)
    if url or token:
        raise SkincareError("SKINCARE_URL and SKINCARE_TOKEN belong together.")
    try:
        return Credentials(**json.loads(path().read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise SkincareError(NONE) from error
    except (ValueError, TypeError) as error:
        raise SkincareError(f"{path()} is damaged. {NONE}") from error


def store(credentials: Credentials) -> Path:
    """Nobody else may read the file, not even while it is being written."""
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.part")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(credentials), stream)
    half.replace(file)
    return file


def login(
    url: str,
    username: str,
    password: str,
    otp: str = "",
    *,
    transport: httpx.BaseTransport | None = None,
) -> Credentials:
    """A token for name and password, and a code where the account has a second factor.

    Raises `ApiError`, with the code `otp_required` where such a code is missing, or
    `SkincareError` where nobody answers.
    """
    address = url.rstrip("/") + "/api/v1/auth/token/"
    given = {"username": username, "password": password} | ({"otp": otp} if otp else {})
    try:
        with httpx.Client(transport=transport, timeout=30.0) as http:
            answer = http.post(address, data=given)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SkincareError(f"The service cannot be reached: {error}") from error
    if not answer.is_success:
        raise ApiError.of(answer)
    return Credentials(url, str(answer.json()["token"]))
