"""The client believes what the service signs, and nothing else."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from skincare_client import InvalidSignature, verify_webhook_signature

from classifier.delivery.signatures import sign

BODY, SECRET = '{"id": "ü"}'.encode(), "whsec_geheim-ü"
NOW = 1_700_000_000


def verify(header: str, body: bytes = BODY, *, secret: str = SECRET, now: float = NOW) -> None:
    verify_webhook_signature(body, header, secret, now=now)


def test_what_the_service_signs_is_believed() -> None:
    header = sign(SECRET, BODY, timestamp=NOW)
    for seconds in (-300, 0, 300):
        verify(header, now=NOW + seconds)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_an_old_message_that_is_sent_again_is_not(seconds: int) -> None:
    with pytest.raises(InvalidSignature, match="too old"):
        verify(sign(SECRET, BODY, timestamp=NOW), now=NOW + seconds)


def test_a_message_under_another_time_body_or_secret_is_not() -> None:
    header = sign(SECRET, BODY, timestamp=NOW)
    fresh = header.replace(str(NOW), str(NOW + 1000))
    for call in (
        lambda: verify(fresh, now=NOW + 1000),
        lambda: verify(header, BODY + b" "),
        lambda: verify(header, secret=SECRET + "x"),
        lambda: verify(header[:-1]),
    ):
        with pytest.raises(InvalidSignature, match="does not belong"):
            call()


@pytest.mark.parametrize("header", ["", "t=,v1=", "v1=ab", "t=²,v1=ab", "t=-5,v1=a", "nonsense"])
def test_a_header_without_a_time_is_not(header: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(header)


def test_the_lines_in_the_documentation_do_what_they_say() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    now = int(time.time())
    assert names["is_genuine"](SECRET, sign(SECRET, BODY, timestamp=now), BODY)
    assert not names["is_genuine"](SECRET, sign(SECRET, BODY, timestamp=now - 400), BODY)
    assert not names["is_genuine"](SECRET, sign(SECRET, BODY, timestamp=now), BODY + b" ")
