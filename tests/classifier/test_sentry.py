"""Sentry gets a fault's kind and way, by a real receiver of its events: nothing of a user."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.installation import ROOT
from tests.receiver import Receiver, answer

FAIL = """
import logging
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
import sentry_sdk

call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from classifier import history, intake
anna = User.objects.create_user("anna", email="anna@example.org", password="wrong-horse")

def fail(user, *_, **__):
    note, pixels = "itches", b"JFIF"
    try:
        raise KeyError(f"{note} of zacharias")
    except KeyError as error:
        raise ValueError(f"Failing row contains ({note})") from error

history.predictions_of = fail
client = Client(headers={"host": "localhost"}, raise_request_exception=False)
client.force_login(anna)
client.cookies["meier"] = "1"
answer = client.get("/history/?search=itches", headers={"x-request-id": "request-0123456789"})
assert answer.status_code == 500, answer.status_code
logging.getLogger("classifier").error("%s cannot be told.", "zacharias")
sentry_sdk.flush(10)
"""
MUST_NOT_BE_THERE = (
    "zacharias)", "anna@", "'anna'", '"anna"', "wrong-horse", "meier=1", "search=", "cookie",
    "sessionid", '"vars"', '"user"', '"request"', '"breadcrumbs"', "Failing row contains (itches",
)  # fmt: skip


def run(tmp_path: Path, **variables: str) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
        **variables,
    }
    process = subprocess.run(
        [sys.executable, "-c", FAIL],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr


def test_an_event_holds_the_fault_and_nothing_of_the_user(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.behave = answer(200)
    run(tmp_path, SENTRY_DSN=f"http://key@127.0.0.1:{receiver.port}/1", SENTRY_ENVIRONMENT="test")
    assert receiver.received
    bodies = [
        (gzip.decompress(got.body) if got.headers["Content-Encoding"] == "gzip" else got.body)
        for got in receiver.received
    ]
    told = b"\n".join(bodies).decode()
    for wanted in (
        '"type":"ValueError"', '"type":"KeyError"', "request-0123456789", "predictions_of",
        "/history/", "%s cannot be told.", '"environment":"test"',
    ):  # fmt: skip
        assert wanted in told, told
    # A frame shows the code around it, and this code has all of that in it.
    assert [word for word in MUST_NOT_BE_THERE if word in _without_code(told)] == []


def _without_code(told: str) -> str:
    kept = []
    for line in filter(None, told.splitlines()):
        event = json.loads(line)
        for value in event.get("exception", {}).get("values", []):
            for frame in value["stacktrace"]["frames"]:
                for code in ("context_line", "pre_context", "post_context"):
                    frame.pop(code, None)
        kept.append(json.dumps(event))
    return "\n".join(kept)


def test_without_a_dsn_nothing_is_sent_or_even_imported(receiver: Receiver, tmp_path: Path) -> None:
    script = "import django; django.setup(); import sys; assert 'sentry_sdk' not in sys.modules"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)
    assert receiver.received == []
