"""account/: what is used of it, tokens, all data as a zip, the way out."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from classifier.accounts import tokens
from classifier.capacity import Quota
from classifier.downloads import archives
from classifier.models import Prediction, Status
from classifier.records import ApiToken, Archive, archive_path
from tests.conftest import stored_files
from tests.factories import PASSWORD, prediction_in

URL = "/api/v1/account/"
pytestmark = pytest.mark.usefixtures("media", "wake_ups")


def with_token(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


# What is used


def test_the_account_says_how_much_of_each_limit_is_used(
    alice: User, bob: User, alice_api: APIClient, settings: Settings
) -> None:
    settings.QUOTAS = {"unfinished": 5, "uploads_an_hour": 6, "stored_images": 7}
    prediction_in(Status.QUEUED, image__owner=alice)
    prediction_in(Status.FAILED, image__owner=alice)
    prediction_in(Status.QUEUED, image__owner=bob)
    began = timezone.now() - datetime.timedelta(minutes=10)
    quota = Quota.objects.create(user=alice, unfinished=9, hour_began_at=began, uploads_this_hour=3)
    body = alice_api.get(URL).json()
    assert (body["username"], body["is_staff"]) == ("alice", False)
    resets_at = datetime.datetime.fromisoformat(body["quota"]["uploads_an_hour"].pop("resets_at"))
    assert resets_at == began + datetime.timedelta(hours=1)
    assert body["quota"] == {
        "unfinished": {"used": 1, "limit": 9, "resets_at": None},
        "uploads_an_hour": {"used": 3, "limit": 6},
        "stored_images": {"used": 2, "limit": 7, "resets_at": None},
    }
    quota.hour_began_at = began - datetime.timedelta(hours=1)
    quota.save()
    hour = alice_api.get(URL).json()["quota"]["uploads_an_hour"]
    assert hour == {"used": 0, "limit": 6, "resets_at": None}


# Tokens


@pytest.mark.parametrize("name", ["", " ", None, "n" * 101])
def test_a_token_needs_a_name(name: str | None, alice_api: APIClient) -> None:
    answer = alice_api.post(f"{URL}tokens/", {"name": name}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"name"}
    assert not ApiToken.objects.exists()


def test_a_token_is_shown_once_and_opens_until_it_is_revoked(alice_api: APIClient) -> None:
    answer = alice_api.post(f"{URL}tokens/", {"name": "bench"}, format="json")
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "private, no-store"
    key = answer.json()["token"]
    assert with_token(key).get(URL).status_code == 200
    [listed] = alice_api.get(f"{URL}tokens/").json()
    assert set(listed) == {"id", "name", "created_at", "last_used_at"}
    assert (listed["id"], listed["name"]) == (answer.json()["id"], "bench")
    assert listed["last_used_at"] is not None
    assert alice_api.delete(f"{URL}tokens/{listed['id']}/").status_code == 204
    assert with_token(key).get(URL).status_code == 401


def test_others_tokens_are_not_there(alice: User, bob_api: APIClient) -> None:
    key = tokens.issue(alice, "bench")
    assert bob_api.get(f"{URL}tokens/").json() == []
    assert bob_api.delete(f"{URL}tokens/{ApiToken.objects.get().pk}/").status_code == 404
    assert with_token(key).get(URL).status_code == 200


# All data


def order(client: APIClient) -> Any:
    answer = client.post(f"{URL}archives/")
    assert answer.status_code == 202
    return answer


def test_an_archive_is_built_and_downloaded(
    alice: User, alice_api: APIClient, bob_api: APIClient
) -> None:
    prediction_in(Status.SUCCEEDED, image__owner=alice)
    answer = order(alice_api)
    assert (answer.json()["total"], answer.json()["download_url"]) == (1, None)
    url = answer["Location"]
    assert alice_api.get(f"{url}download/").status_code == 404
    assert order(alice_api).json()["id"] == answer.json()["id"]  # it is being built
    archives.build(seconds=10)

    body = alice_api.get(url).json()
    assert (body["done"], body["failed"]) == (1, False)
    assert alice_api.get(f"{URL}archives/").json() == [body]
    download = alice_api.get(body["download_url"])
    assert download["Content-Type"] == "application/zip"
    assert download["Cache-Control"] == "private, no-store"
    content = download.getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {"results.csv", "account.json"} < set(file.namelist())
        assert json.loads(file.read("account.json"))["username"] == "alice"
    headers = {"range": "bytes=100-", "if-range": download["ETag"]}
    rest = alice_api.get(body["download_url"], headers=headers)
    assert (rest.status_code, rest.getvalue()) == (206, content[100:])

    for path in (url, f"{url}download/"):
        assert bob_api.get(path).status_code == 404
    assert order(alice_api).json()["id"] != body["id"]


def test_an_archive_whose_file_is_gone_is_404(alice: User, alice_api: APIClient) -> None:
    url = order(alice_api)["Location"]
    archives.build(seconds=10)
    default_storage.delete(archive_path(Archive.objects.get()))
    assert alice_api.get(f"{url}download/").status_code == 404


# The way out


@pytest.mark.parametrize("password", ["", "wrong", None])
def test_nobody_leaves_without_the_password(
    password: str | None, alice: User, alice_api: APIClient
) -> None:
    answer = alice_api.post(f"{URL}delete/", {"password": password}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"password"}
    assert User.objects.filter(pk=alice.pk).exists()


def test_who_leaves_takes_everything_along(
    alice: User,
    bob: User,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    prediction_in(Status.SUCCEEDED, image__owner=alice)
    kept = prediction_in(Status.SUCCEEDED, image__owner=bob)
    client = with_token(tokens.issue(alice, "bench"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{URL}delete/", {"password": PASSWORD}, format="json")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not User.objects.filter(pk=alice.pk).exists()
    assert Prediction.objects.get() == kept
    assert len(stored_files(media)) == 2
    assert client.get(URL).status_code == 401


def test_who_leaves_by_a_session_is_logged_out(alice: User) -> None:
    client = APIClient()
    client.force_login(alice)
    answer = client.post(f"{URL}delete/", {"password": PASSWORD}, format="json")
    assert answer.status_code == 204
    assert client.get(URL).status_code == 401
