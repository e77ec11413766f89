"""Malformed, endless and slow requests, to the real web process."""

from __future__ import annotations

import contextlib
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images import encoded
from tests.installation import Client, Installation

PATH = "/api/v1/predictions/"
B = "a-boundary"
MULTIPART = f"multipart/form-data; boundary={B}"
PATIENCE = 30.0  # seconds


@pytest.fixture
def client(stand_in: Installation) -> Client:
    return Client(stand_in)


@pytest.fixture(autouse=True)
def nothing_is_left(client: Client, stand_in: Installation) -> Iterator[None]:
    """Afterwards no row, no file, no half of an upload; and the next upload is taken."""
    before = kept(stand_in, client)
    yield
    assert kept(stand_in, client) == before
    accepted = client.upload(encoded())
    assert accepted.status_code == 202
    assert client.session.delete(accepted.headers["Location"], timeout=30).status_code == 204


def kept(installation: Installation, client: Client) -> tuple[list[str], set[Path]]:
    rows = [row["id"] for row in client.get("predictions/").json()["results"]]
    folders = [installation.data_dir / name for name in ("media", "uploading")]
    return rows, {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def sent(
    client: Client,
    installation: Installation,
    body: bytes,
    *,
    content_type: str = MULTIPART,
    more: str = "",
    line: str = f"POST {PATH} HTTP/1.1",
    length: int | None = None,
) -> tuple[int, bytes]:
    """Status and answer to a request written by hand; 0 where the connection was just closed."""
    token = client.session.headers["Authorization"]
    head = (
        f"{line}\r\nHost: 127.0.0.1\r\nAuthorization: {token!s}\r\nConnection: close\r\n"
        f"Content-Type: {content_type}\r\n{more}"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    with connected(installation) as connection:
        with contextlib.suppress(OSError):  # refused and closed before all was sent
            connection.sendall(head.encode() + body)
            if length is not None:
                connection.shutdown(socket.SHUT_WR)
        return answered(connection)


def connected(installation: Installation) -> socket.socket:
    return socket.create_connection(("127.0.0.1", installation.port), PATIENCE)


def answered(connection: socket.socket) -> tuple[int, bytes]:
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while block := connection.recv(65_536):
            answer += block
    return (int(answer.split(b" ", 2)[1]) if answer else 0), answer.partition(b"\r\n\r\n")[2]


def part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--{B}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n"


FILE = '; filename="a.jpg"\r\nContent-Type: image/jpeg'
BASE64 = "\r\nContent-Transfer-Encoding: base64"
END = f"--{B}--\r\n".encode()
MALFORMED = {
    "no body": b"",
    "no boundary in it": encoded(),
    "cut in the middle of a file": part("image", encoded(), FILE)[:-500],
    "only ends": END * 1000,
    "two thousand fields": part("a", b"1") * 2000 + END,
    "six hundred files": part("images", b"x", FILE) * 600 + END,
    "a field of 3 MB": part("note", b"x" * 3_000_000) + END,
    "a part's header of 1 MB": part("image", encoded(), f'; x="{"y" * 1_000_000}"{FILE}') + END,
    "a part of ten thousand headers": part("image", encoded(), FILE + "\r\nX: y" * 10_000) + END,
    "no name": part("image", encoded(), FILE).replace(b'name="image"', b"") + END,
    "base64 that is none": part("image", b"\xff" * 999, FILE + BASE64) + END,
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_body_is_refused_with_a_sentence(
    kind: str, client: Client, stand_in: Installation
) -> None:
    status, answer = sent(client, stand_in, MALFORMED[kind])
    assert status == 400, answer[:300]
    assert answer.startswith(b'{"error"')
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'b' * 500}",
        "multipart/form-data; boundary=ä",
        "multipart/form-data; boundary=\x01",
    ],
)
def test_a_boundary_that_is_none(content_type: str, client: Client, stand_in: Installation) -> None:
    body = part("image", encoded(), FILE) + END
    status, answer = sent(client, stand_in, body, content_type=content_type)
    assert status in (400, 415)
    assert b"Traceback" not in answer


@pytest.mark.parametrize("content_type", ["text/html", "application/x-unknown", "/", "image/jpeg"])
def test_a_body_of_another_kind(content_type: str, client: Client, stand_in: Installation) -> None:
    assert sent(client, stand_in, encoded(), content_type=content_type)[0] in (400, 415)


def test_a_packed_body_is_not_unpacked(client: Client, stand_in: Installation) -> None:
    packed = zlib.compress(bytes(100_000_000))
    status, _answer = sent(client, stand_in, packed, more="Content-Encoding: deflate\r\n")
    assert status == 400


@pytest.mark.parametrize(
    ("line", "more", "statuses"),
    [
        (f"POST {PATH}?{'q' * 9000} HTTP/1.1", "", {400, 414}),
        (f"POST {PATH} HTTP/1.1", f"X-Large: {'h' * 9000}\r\n", {400, 431}),
        (f"POST {PATH} HTTP/1.1", "X-Many: 1\r\n" * 150, {400, 431}),
        (f"POST {PATH} HTTP/1.1", "Transfer-Encoding: chunked\r\n", {400}),
        (f"POST {PATH} HTTP/1.1", "Content-Length: 5\r\n", {400}),
        (f"POST {PATH} HTTP/1.1", "X Y: bad name\r\n", {400}),
        (f"POST {PATH} HTTP/9.9", "", {400, 505}),
        ("NONSENSE", "", {400}),
    ],
)
def test_the_web_server_refuses(
    line: str, more: str, statuses: set[int], client: Client, stand_in: Installation
) -> None:
    body = part("image", encoded(), FILE) + END
    status, answer = sent(client, stand_in, body, line=line, more=more)
    assert status in statuses
    assert b"Traceback" not in answer


def test_a_client_that_leaves_in_the_middle(client: Client, stand_in: Installation) -> None:
    body = part("image", encoded().ljust(4_000_000, b"\0"), FILE)  # passes through a file
    status, _answer = sent(client, stand_in, body, length=9_000_000)
    assert status in (0, 400)


def test_a_body_above_every_limit_is_refused_before_all_of_it_is_sent(
    client: Client, stand_in: Installation
) -> None:
    status, answer = sent(client, stand_in, part("image", bytes(1_000_000), FILE), length=10**12)
    assert status == 413
    assert b"at most" in answer


def test_slow_clients_do_not_stop_the_others(client: Client, stand_in: Installation) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(10):  # each says that it will send a megabyte, and goes on very slowly
            slow = stack.enter_context(connected(stand_in))
            slow.sendall(f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode())
        begun = time.monotonic()
        assert client.get("predictions/").status_code == 200
        assert time.monotonic() - begun < PATIENCE
