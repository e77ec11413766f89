"""The account: tokens, the lost password, all data, the way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from classifier.accounts import tokens
from classifier.models import LesionImage, Prediction, Status
from classifier.records import ApiToken, Archive, Lesion
from tests.conftest import stored_files
from tests.factories import PASSWORD, prediction_in

NEW_PASSWORD = "battery staple horse"


def answers(key: str) -> int:
    """The API's status code for that token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client.get("/api/v1/predictions/").status_code


def test_a_token_is_shown_once_and_kept_as_a_digest(alice: User, alice_browser: Client) -> None:
    answer = alice_browser.post("/account/tokens/", {"name": "bench"})
    assert "no-store" in answer["Cache-Control"]
    [key] = re.findall(r'class="secret">([^<]+)<', answer.content.decode())
    assert answers(key) == 200
    token = ApiToken.objects.get(owner=alice)
    assert token.name == "bench"
    assert key not in str(vars(token))
    assert key not in alice_browser.get("/account/").content.decode()
    assert token.last_used_at is not None


def test_a_token_needs_a_name(alice_browser: Client) -> None:
    assert "required" in alice_browser.post("/account/tokens/", {"name": " "}).content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("key", ["skincare_nonsense", "nonsense", tokens.PREFIX])
def test_a_token_that_nobody_has_opens_nothing(key: str, db: None) -> None:
    assert answers(key) == 401


def test_a_token_of_a_closed_account_opens_nothing(alice: User) -> None:
    key = tokens.issue(alice, "bench")
    User.objects.update(is_active=False)
    assert answers(key) == 401


def test_one_token_is_revoked_and_the_others_stay(alice: User, alice_browser: Client) -> None:
    gone, kept = tokens.issue(alice, "gone"), tokens.issue(alice, "kept")
    pk = ApiToken.objects.get(name="gone").pk
    alice_browser.post(f"/account/tokens/{pk}/revoke/")
    assert (answers(gone), answers(kept)) == (401, 200)


def test_the_token_for_name_and_password_can_be_revoked(alice: User, alice_browser: Client) -> None:
    credentials = {"username": "alice", "password": PASSWORD}
    key = APIClient().post("/api/v1/auth/token/", credentials).data["token"]
    assert answers(key) == 200
    assert "Given for name and password" in alice_browser.get("/account/").content.decode()
    alice_browser.post("/account/tokens/login/revoke/")
    assert answers(key) == 401


def test_the_address_is_changed_to_a_proper_one_only(alice: User, alice_browser: Client) -> None:
    html = alice_browser.post("/account/", {"email": "nonsense"}).content.decode()
    assert "valid email" in html
    alice_browser.post("/account/", {"email": "alice@example.org"})
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


# A lost password


def ask_for_link(client: Client, address: str) -> None:
    answer = client.post("/accounts/reset/", {"email": address}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client, alice: User) -> None:
    ask_for_link(client, "nobody@example.org")
    assert mail.outbox == []


def test_the_link_in_the_mail_sets_a_new_password_once(client: Client, alice: User) -> None:
    User.objects.update(email="alice@example.org")
    key = tokens.issue(alice, "bench")
    ask_for_link(client, "alice@example.org")
    [message] = mail.outbox
    assert message.subject == "Skincare: a new password"
    [path] = re.findall(r"http://testserver(/accounts/reset/\S+)", message.body)

    form = client.get(path, follow=True).redirect_chain[-1][0]
    fields = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert client.post(form, fields)["Location"] == "/accounts/reset/done/"
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
    assert answers(key) == 401  # the old password may have opened it
    assert "used already" in client.get(path, follow=True).content.decode()


# The way out


@pytest.fixture
def all_of_alice(alice: User, media: Path) -> None:
    for status in Status:
        prediction = prediction_in(status, image__owner=alice)
    prediction.image.lesion = Lesion.objects.create(owner=alice, name="left heel")
    prediction.image.save()
    archive = Archive.objects.create(owner=alice)
    path = media / "archives" / f"{archive.pk.hex}.zip"
    path.parent.mkdir()
    path.touch()
    tokens.issue(alice, "bench")
    Token.objects.create(user=alice)


@pytest.mark.usefixtures("all_of_alice")
def test_without_the_password_nothing_is_deleted(alice_browser: Client, media: Path) -> None:
    before = len(stored_files(media))
    html = alice_browser.get("/account/delete/").content.decode()
    assert "5 photographs" in html
    html = alice_browser.post("/account/delete/", {"password": "wrong"}).content.decode()
    assert "This is not your password." in html
    assert LesionImage.objects.count() == 5
    assert len(stored_files(media)) == before


@pytest.mark.usefixtures("all_of_alice")
def test_who_leaves_takes_rows_and_files_along(
    alice: User,
    bob: User,
    alice_browser: Client,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    theirs = prediction_in(Status.FAILED, image__owner=bob)
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice_browser.post("/account/delete/", {"password": PASSWORD}, follow=True)
    assert "Your account and everything in it is deleted." in answer.content.decode()
    assert list(User.objects.all()) == [bob]
    assert list(Prediction.objects.all()) == [theirs]
    for model in (Lesion, Archive, ApiToken, Token):
        assert not model.objects.exists()
    assert len(stored_files(media)) == 2  # Bob's photograph and its thumbnail
    assert alice_browser.get("/history/").status_code == 302
