"""No address of ours sends anybody elsewhere because a link says so."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.codes import next_code, with_second_factor
from tests.factories import PASSWORD

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:///evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "\thttps://evil.example/",
    "/\t/evil.example/",
]
CREDENTIALS = {"username": "alice", "password": PASSWORD}


def stays(location: str) -> bool:
    """On this host, as browsers read it: they drop tabs, and take \\ for / and any /// for //."""
    read = re.sub("^(https?:)?/{2,}", r"\1//", location.replace("\t", "").replace("\\", "/"))
    return urljoin("http://testserver/here/", read).startswith("http://testserver/")


def test_browsers_would_go_elsewhere() -> None:
    """What is tried means something."""
    assert [one for one in ELSEWHERE if stays(one)] == []


@pytest.mark.parametrize("following", ELSEWHERE)
def test_logging_in(following: str, alice: User) -> None:
    for path, fields in (
        ("/accounts/login/", {"next": following}),
        (f"/accounts/login/?next={quote(following)}", {}),
    ):
        assert stays(Client().post(path, CREDENTIALS | fields)["Location"])


@pytest.mark.parametrize("following", ELSEWHERE)
def test_being_logged_in(following: str, alice_browser: Client) -> None:
    path = f"/accounts/login/?next={quote(following)}"
    assert stays(alice_browser.get(path)["Location"])


@pytest.mark.parametrize("following", ELSEWHERE)
def test_the_code(following: str, alice: User) -> None:
    with_second_factor(alice)
    for by_address in (True, False):
        client = Client()
        page = client.post("/accounts/login/", CREDENTIALS | {"next": following})["Location"]
        assert stays(page)
        path = f"{page.partition('?')[0]}?next={quote(following)}" if by_address else page
        fields = {"code": next_code(alice)} | ({} if by_address else {"next": following})
        answer = client.post(path, fields)
        assert answer.status_code == 302
        assert stays(answer["Location"])


@pytest.mark.parametrize("following", ELSEWHERE)
def test_the_admins_entrance(following: str, staff: User) -> None:
    client = Client()
    page = client.get(f"/admin/login/?next={quote(following)}")["Location"]
    assert page.startswith("/accounts/login/?next=")
    assert stays(client.post(page, CREDENTIALS | {"username": "staff"})["Location"])


@pytest.mark.parametrize("following", ELSEWHERE)
@pytest.mark.parametrize("path", ["/language/", "/accounts/logout/"])
def test_language_and_logging_out(path: str, following: str, alice_browser: Client) -> None:
    fields = {"language": "de", "next": following}
    assert stays(alice_browser.post(path, fields)["Location"])
    headers = {"referer": following}
    asked = alice_browser.post(path, {"language": "de"}, headers=headers)
    assert stays(asked["Location"])


@pytest.mark.parametrize("path", ["//evil.example/", "/%5Cevil.example/", "//evil.example/history"])
def test_a_missing_slash(path: str, alice_browser: Client) -> None:
    answer = alice_browser.get(path)
    assert answer.status_code == 404 or stays(answer["Location"])


@pytest.mark.parametrize("path", ["/history", "/admin/auth/user", "/accounts/login"])
def test_a_path_of_ours_is_completed(path: str, staff_browser: Client) -> None:
    assert staff_browser.get(path)["Location"] == f"{path}/"
