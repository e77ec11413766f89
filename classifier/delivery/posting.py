"""One POST to a receiver: to the address that was judged, once, within a time, reading nothing."""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import time
from dataclasses import dataclass

import certifi
import httpx
from django.conf import settings

from classifier.delivery.targets import RefusedTarget, Target, resolve

logger = logging.getLogger(__name__)

TIMED_OUT = "It did not answer in time."
NO_CONNECTION = "No connection could be made, or it broke."
NO_TRUST = "Its certificate is not trusted."
REDIRECT = "It redirects, which is not followed."


@dataclass(frozen=True)
class Answer:
    """What became of one attempt; `error` is empty where it arrived, and safe to show."""

    status_code: int | None
    seconds: float
    error: str = ""


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Does not raise, does not touch the database, and takes as long as the setting says.

    Only the look-up of the name has the time-outs of the system's resolver.
    """
    began = time.monotonic()
    status_code, error = None, ""
    try:
        target = resolve(url)
        status_code = asyncio.run(_post(target, body, headers))
        error = _complaint(status_code)
    except RefusedTarget as refused:
        error = str(refused)
    except (TimeoutError, httpx.TimeoutException):
        error = TIMED_OUT
    except (httpx.HTTPError, OSError) as broken:
        error = NO_TRUST if "CERTIFICATE_VERIFY_FAILED" in str(broken) else NO_CONNECTION
    except Exception as unforeseen:  # of one delivery, which must not keep the others waiting
        logger.error("A delivery could not be posted: %s.", type(unforeseen).__name__)
        error = NO_CONNECTION
    return Answer(status_code, time.monotonic() - began, error)


async def _post(target: Target, body: bytes, headers: dict[str, str]) -> int:
    """The status code. Of the answer's content nothing is read.

    The request goes to the address; `Host`, SNI and the check of the certificate are for the name.
    Proxies of the environment are not asked: they would look the name up again.
    """
    seconds: float = settings.WEBHOOK_TIMEOUT_SECONDS
    async with (
        asyncio.timeout(seconds),  # of all together; httpx' own begins anew with every drop
        httpx.AsyncClient(
            verify=_authorities(), trust_env=False, follow_redirects=False, timeout=seconds
        ) as client,
        client.stream(
            "POST",
            target.url,
            content=body,
            headers={**headers, "Host": target.host_header},
            extensions={"sni_hostname": target.host},
        ) as answer,
    ):
        return answer.status_code


@functools.cache
def _authorities() -> ssl.SSLContext:
    """The system's, which `SSL_CERT_FILE` adds to, and those that certifi knows."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _complaint(status_code: int) -> str:
    if 200 <= status_code < 300:
        return ""
    return REDIRECT if 300 <= status_code < 400 else f"It answered {status_code}."
