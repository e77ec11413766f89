"""`python -m skincare_client`."""

from __future__ import annotations

import io
import json
import stat
import threading
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from skincare_client import ApiError, SkincareError, classify_files, credentials, login
from skincare_client.__main__ import main
from skincare_client.client import Client
from skincare_client.progress import Bar

from tests.clients.service import URL, Service, accepted, prediction, refusal


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SKINCARE_URL", "SKINCARE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def photographs(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{number}.jpg" for number in range(8)]
    for path in paths:
        path.write_bytes(path.name.encode())
    return [str(path) for path in paths]


def logged_in(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "logged_in", classmethod(lambda _: service.client()))


def test_the_token_is_kept_for_its_owner_alone(home: Path) -> None:
    for token in ("first", "second"):
        path = credentials.store(credentials.Credentials(URL, token))
    assert path == home / "skincare" / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert credentials.load() == credentials.Credentials(URL, "second")
    assert [path.name for path in path.parent.iterdir()] == ["credentials.json"]


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials.store(credentials.Credentials(URL, "stored"))
    monkeypatch.setenv("SKINCARE_URL", "https://other.example.org")
    with pytest.raises(SkincareError, match="belong together"):
        credentials.load()
    monkeypatch.setenv("SKINCARE_TOKEN", "given")
    assert credentials.load() == credentials.Credentials("https://other.example.org", "given")


def test_who_is_not_logged_in_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 1
    assert "python -m skincare_client login" in capsys.readouterr().err


def test_a_damaged_file_is_one_sentence(home: Path) -> None:
    credentials.store(credentials.Credentials(URL, "token")).write_text("{")
    with pytest.raises(SkincareError, match="damaged"):
        credentials.load()


@pytest.mark.parametrize("url", ["lesions.example.org", "ftp://a/", "https://", "https://[::1/"])
def test_an_address_that_is_none_is_one_sentence(url: str) -> None:
    with pytest.raises(SkincareError):
        Client(url, "token")


def test_login_asks_for_a_token_by_name_and_password() -> None:
    service = Service(httpx.Response(200, json={"token": "new"}))
    known = login(URL, "alice", "pass word", transport=httpx.MockTransport(service))
    assert known == credentials.Credentials(URL, "new")
    assert service.requests[0].content == b"username=alice&password=pass+word"
    wrong = httpx.MockTransport(Service(refusal(400, "invalid", "Wrong password.")))
    with pytest.raises(ApiError, match="Wrong password"):
        login(URL, "alice", "wrong", transport=wrong)


def test_login_asks_for_a_code_where_the_account_has_a_second_factor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Service(refusal(400, "otp_required"), httpx.Response(200, json={"token": "new"}))
    transport = httpx.MockTransport(service)
    monkeypatch.setattr(
        "skincare_client.__main__.credentials.login", partial(login, transport=transport)
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("pass word\n123 456\n"))
    assert main(["login", URL, "--username", "alice", "--password-stdin"]) == 0
    assert service.requests[1].content == b"username=alice&password=pass+word&otp=123+456"
    assert credentials.load().token == "new"


def test_each_file_has_its_line_and_a_bad_one_spoils_no_other(
    photographs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if b"3.jpg" in request.content:
            return refusal(400, "damaged", "The photograph is damaged.")
        if b"4.jpg" in request.content:
            return httpx.Response(202, json=prediction(in_distribution=False))
        if b"5.jpg" in request.content:
            error = {"code": "network_failed", "message": "The classification failed."}
            return httpx.Response(202, json=prediction(status="failed", error=error))
        return accepted()

    logged_in(Service(answer), monkeypatch)
    assert main(["classify", *photographs, "missing.jpg"]) == 1
    lines = dict(line.rsplit(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert len(lines) == 9
    assert lines[photographs[0]] == "nv 90.0%"
    assert lines[photographs[3]] == "The photograph is damaged."
    assert "does not look like" in lines[photographs[4]]
    assert lines[photographs[5]] == "The classification failed."
    assert main(["classify", *photographs[:2]]) == 0


def test_results_come_as_json_too(
    photographs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in(Service(accepted()), monkeypatch)
    assert main(["classify", "--json", "--note", "itches", photographs[0], "missing.jpg"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_file = {one["file"]: one for one in told}
    assert by_file[photographs[0]]["label"] == "nv"
    assert set(by_file["missing.jpg"]) == {"file", "error"}


def test_no_more_than_so_many_are_uploaded_at_once(photographs: list[str]) -> None:
    lock, together = threading.Lock(), threading.Barrier(3, timeout=10)
    now, most = 0, 0

    def answer(_request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait()  # so three really are on their way
        with lock:
            now -= 1
        return accepted()

    paths = [Path(path) for path in photographs[:6]]
    outcomes = list(classify_files(Service(answer).client(), paths, at_once=3))
    assert most == 3
    assert {outcome.path for outcome in outcomes} == set(paths)


def test_the_history_is_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[Any] = [prediction("1"), prediction("2", "failed")]
    service = Service(httpx.Response(200, json={"next": None, "results": rows}))
    logged_in(service, monkeypatch)
    assert main(["history", "--label", "nv"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["2026-11-25T12:00:00Z", "1", "succeeded", "nv"]
    assert second.split()[2:] == ["failed", "-"]


def test_the_bar_is_for_terminals_alone() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        bar = Bar(2, stream)
        bar.step()
        bar.step()
    assert file.getvalue() == ""
    assert "···" in terminal.getvalue()
    assert terminal.getvalue().endswith("█" * 30 + " 2/2")
