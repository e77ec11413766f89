"""What holds for every page: who may see it, and what a page is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from classifier.models import Prediction, Status
from classifier.records import ApiToken, Archive, Lesion
from classifier.web import urls
from tests.classifier.conftest import browser
from tests.classifier.test_sessions import handle_of
from tests.codes import with_second_factor
from tests.factories import PASSWORD, ModelVersionFactory, WebhookFactory, prediction_in

RESET = {f"password_reset{step}" for step in ("", "_done", "_confirm", "_complete")}
PUBLIC = {"home", "signup", "login", "login_code", "logout", "about", "privacy"} | RESET
PATTERNS: dict[str, URLPattern] = {str(pattern.name): pattern for pattern in urls.urlpatterns}
PRIVATE = sorted(PATTERNS.keys() - PUBLIC)
POST_ONLY = {"annotate", "retry", "archive_found", "selected", "delete_selected", "my_data"} | {
    "choose_retention",
    "create_token",
    "revoke_token",
    "revoke_login_token",
    "put_into_lesion",
    "dissolve",
    "switch_webhook",
    "test_webhook",
    "delete_webhook",
    "begin_second_factor",
    "end_session",
    "end_other_sessions",
}
READ_ONLY = {"prediction", "report", "lesion", "archive", "archive_download"}
STAFF_ONLY = {"review", "review_photograph", "dashboard"}
NO_PAGES = {"report", "export", "archive_download"}
WITH_SECOND_FACTOR = {"second_factor", "set_up_second_factor"}

# What each address with an object in it is about, made for the owner of a prediction.
OBJECTS: dict[str, Callable[[Prediction], object]] = {
    **dict.fromkeys(
        ("prediction", "annotate", "delete", "retry", "report", "put_into_lesion"),
        lambda made: made.pk,
    ),
    **dict.fromkeys(
        ("archive", "archive_download"),
        lambda made: Archive.objects.create(owner=made.owner, selection=[str(made.pk)]).pk,
    ),
    "revoke_token": lambda made: ApiToken.objects.create(owner=made.owner).pk,
    **dict.fromkeys(
        ("lesion", "dissolve"), lambda made: Lesion.objects.create(owner=made.owner).pk
    ),
    **dict.fromkeys(
        ("webhook", "switch_webhook", "test_webhook", "delete_webhook"),
        lambda made: WebhookFactory(owner=made.owner).pk,
    ),
    "end_session": lambda made: handle_of(browser(made.owner)),
    "model": lambda _: ModelVersionFactory().pk,
    "review_photograph": lambda made: made.image_id,
}
OF_AN_OWNER = sorted(OBJECTS.keys() - {"model"} - STAFF_ONLY)

# Our pages carry no code and no looks of their own: the Content-Security-Policy forbids them.
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


def address(name: str, prediction: Prediction) -> str:
    return reverse(name, args=[OBJECTS[name](prediction)] if name in OBJECTS else [])


def test_every_address_with_an_object_in_it_is_tested() -> None:
    converters = {name for name, pattern in PATTERNS.items() if pattern.pattern.converters}
    assert converters - PUBLIC == set(OBJECTS)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PRIVATE)
def test_nobody_is_sent_to_the_login_and_back(
    name: str, method: str, succeeded: Prediction, client: Client
) -> None:
    path = address(name, succeeded)
    answer = getattr(client, method)(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={quote(path)}"
    assert Prediction.objects.get() == succeeded


@pytest.mark.parametrize("who", ["bob", "staff"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", OF_AN_OWNER)
def test_other_peoples_pages_do_not_exist(
    name: str, method: str, who: str, any_prediction: Prediction, bob: User, staff: User
) -> None:
    client = browser({"bob": bob, "staff": staff}[who])
    answer = getattr(client, method)(address(name, any_prediction))
    refused = POST_ONLY if method == "get" else READ_ONLY
    assert answer.status_code == (405 if name in refused else 404)
    assert Prediction.objects.get() == any_prediction


def test_an_unknown_address_is_a_page_that_says_so(client: Client, db: None) -> None:
    answer = client.get("/nonsense/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert not INLINE.search(answer.content.decode())


def test_the_front_page_leads_to_the_upload(client: Client) -> None:
    assert client.get("/")["Location"] == "/upload/"


@pytest.mark.parametrize(
    "snippet",
    ["<script>x", "<style>", '<p style="', '<a onclick="x"', '<a href="javascript:x">'],
)
def test_the_pattern_finds_what_is_inline(snippet: str) -> None:
    assert INLINE.search(snippet)
    assert not INLINE.search('<script src="/static/htmx.js" defer></script>')


def assert_clean(html: str) -> None:
    assert not INLINE.search(html)
    assert "not a medical device" in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!testserver/)', html)  # of no other host


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/nonsense/", "/api/v1/docs/", "/admin/login/"]
)
def test_every_page_forbids_what_is_inline_or_from_elsewhere(
    path: str, client: Client, db: None
) -> None:
    rules = client.get(path)["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(rules)
    assert "frame-ancestors 'none'" in rules
    assert "unsafe" not in str(rules)


@pytest.mark.parametrize(
    "name", ["login", "signup", "about", "privacy", *sorted(RESET - {"password_reset_confirm"})]
)
def test_public_pages_are_clean(name: str, client: Client, db: None) -> None:
    assert_clean(client.get(reverse(name)).content.decode())


def test_private_pages_are_clean_in_every_state(
    any_prediction: Prediction, alice_browser: Client, staff_browser: Client
) -> None:
    for name in set(PRIVATE) - POST_ONLY - NO_PAGES - WITH_SECOND_FACTOR:
        client = staff_browser if name in STAFF_ONLY else alice_browser
        answer = client.get(address(name, any_prediction))
        assert answer.status_code == 200
        assert_clean(answer.content.decode())


def test_the_pages_of_the_second_factor_are_clean(
    alice: User, alice_browser: Client, client: Client
) -> None:
    with_second_factor(alice)
    alice_browser.post(reverse("begin_second_factor"))
    for name in WITH_SECOND_FACTOR:
        assert_clean(alice_browser.get(reverse(name)).content.decode())
    fields = {"password": PASSWORD, "action": "codes"}
    assert_clean(alice_browser.post(reverse("second_factor"), fields).content.decode())
    credentials = {"username": "alice", "password": PASSWORD}
    assert_clean(client.post(reverse("login"), credentials, follow=True).content.decode())


def test_a_page_with_errors_and_messages_is_clean(alice_browser: Client, media: Path) -> None:
    assert_clean(alice_browser.post("/upload/", {"taken_on": "never"}).content.decode())


def test_only_staff_are_shown_the_way_to_the_admin(
    alice_browser: Client, staff_browser: Client
) -> None:
    assert "/admin/" not in alice_browser.get("/upload/").content.decode()
    assert "/admin/" in staff_browser.get("/upload/").content.decode()


def test_what_a_user_wrote_is_only_text(alice: User, alice_browser: Client, media: Path) -> None:
    attack = "<script>alert(1)</script>"
    prediction = prediction_in(
        Status.SUCCEEDED, image__owner=alice, image__note=attack, image__original_name=attack
    )
    for name in ("prediction", "delete", "history"):
        html = alice_browser.get(address(name, prediction), {"search": attack}).content.decode()
        assert attack not in html
        assert "&lt;script&gt;alert(1)" in html
