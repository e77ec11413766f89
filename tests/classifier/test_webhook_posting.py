"""One POST, to real servers on this machine."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from classifier.delivery import posting
from classifier.delivery.posting import Answer
from tests.receiver import Receiver, answer, receiving

BODY = b'{"a": 1}'


pytestmark = pytest.mark.usefixtures("closed_network")


def post(url: str) -> Answer:
    return posting.post(url, BODY, {"X-Mine": "here"})


def look_ups(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """A name server that says something else each time; the names that it was asked for."""
    asked: list[str] = []
    answers = iter(addresses)

    def look_up(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    return asked


def test_it_arrives_as_it_was_sent() -> None:
    with receiving() as receiver:
        result = post(receiver.url)
    assert (result.status_code, result.error) == (204, "")
    assert 0 < result.seconds < 5
    [got] = receiver.received
    assert (got.path, got.body, got.headers["X-Mine"]) == ("/hook?key=1", BODY, "here")
    assert got.headers["Host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_a_bad_answer_is_an_error(status: int) -> None:
    with receiving() as receiver:
        receiver.behave = answer(status)
        result = post(receiver.url)
    assert (result.status_code, result.error) == (status, f"It answered {status}.")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving() as elsewhere, receiving() as receiver:
        receiver.behave = answer(status, Location=elsewhere.url)
        result = post(receiver.url)
    assert (result.status_code, result.error) == (status, posting.REDIRECT)
    assert elsewhere.received == []


def test_the_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It may hold a key."""
    with receiving() as receiver:
        post(receiver.url)
    post(receiver.url)  # nobody listens any more
    assert "key=1" not in caplog.text


def test_where_nobody_listens_is_an_error() -> None:
    with receiving() as receiver:
        url = receiver.url
    result = post(url)
    assert (result.status_code, result.error) == (None, posting.NO_CONNECTION)


def test_what_is_not_allowed_is_not_connected_to(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_TARGETS = []
    with receiving() as receiver:
        result = post(receiver.url)
    assert result.status_code is None
    assert "public internet" in result.error
    assert receiver.received == []


def never(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def drop_by_drop(handler: BaseHTTPRequestHandler) -> None:
    """A header that grows and does not end; each drop comes in time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(60):
        handler.wfile.write(b"a")
        time.sleep(0.05)


@pytest.mark.parametrize("behaviour", [never, drop_by_drop])
def test_a_slow_receiver_has_a_time_for_all_together(behaviour: Any, settings: Settings) -> None:
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.3
    with receiving() as receiver:
        receiver.behave = behaviour
        result = post(receiver.url)
    assert (result.status_code, result.error) == (None, posting.TIMED_OUT)
    assert result.seconds < 2


def test_an_endless_answer_is_not_read() -> None:
    written: list[int] = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while sum(written) < 500_000_000:
            written.append(handler.wfile.write(b"x" * 100_000))

    with receiving() as receiver:
        receiver.behave = endless
        result = post(receiver.url)
    assert result.error == ""
    assert sum(written) < 50_000_000  # what fits into the sockets' buffers


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with receiving() as receiver:
        assert post(receiver.url).error == ""


# The name is looked up once


def test_the_address_that_was_judged_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: the second answer leads to a server that must not be reached."""
    with receiving() as receiver, receiving("127.0.0.2") as inside:
        asked = look_ups(monkeypatch, "127.0.0.1", "127.0.0.2", "127.0.0.2")
        result = post(f"http://rebinding.example.org:{receiver.port}/hook")
        post(f"http://rebinding.example.org:{inside.port}/hook")
    assert result.error == ""
    assert asked == ["rebinding.example.org"] * 2  # once for each post
    [got] = receiver.received
    assert got.headers["Host"] == f"rebinding.example.org:{receiver.port}"
    assert inside.received == []


# TLS is for the name, though the connection is to an address


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority, and a certificate of its for hooks.example.org."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "ext").write_text(
        "subjectAltName=DNS:hooks.example.org\nauthorityKeyIdentifier=keyid\n"
        "basicConstraints=CA:FALSE\n"
    )
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    usage = "-addext keyUsage=critical,keyCertSign"
    for command in (
        f"req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2 {usage}",
        f"req {key} -keyout server.key -out server.csr -subj /CN=server",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 2 -out server.pem -extfile ext",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def https(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    posting._authorities.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with receiving(tls=context) as receiver:
        yield receiver
    posting._authorities.cache_clear()


def test_the_certificate_is_checked_for_the_name(
    https: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_ups(monkeypatch, "127.0.0.1", "127.0.0.1")
    assert post(f"https://hooks.example.org:{https.port}/").error == ""
    assert post(f"https://other.example.org:{https.port}/").error == posting.NO_TRUST
    assert len(https.received) == 1


def test_an_authority_that_nobody_named_is_not_trusted(
    https: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    posting._authorities.cache_clear()
    look_ups(monkeypatch, "127.0.0.1")
    assert post(f"https://hooks.example.org:{https.port}/").error == posting.NO_TRUST
    assert https.received == []
