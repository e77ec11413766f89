"""GET predictions/{id}/image/ and thumbnail/."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from PIL import Image
from rest_framework.test import APIClient

from classifier import intake
from classifier.models import Prediction
from tests.classifier.conftest import api_client
from tests.images import encoded, lesion, upload

pytestmark = pytest.mark.usefixtures("media")
PARTS = ["image", "thumbnail"]


@pytest.fixture
def photograph(alice: User) -> Prediction:
    return intake.submit(owner=alice, file=upload(encoded(lesion(640, 480)), "my-secret-name.jpg"))


def url(prediction: Prediction, part: str) -> str:
    return f"/api/v1/predictions/{prediction.pk}/{part}/"


def tag_of(client: APIClient, path: str) -> str:
    answer = client.get(path)
    assert answer.getvalue()
    return str(answer["ETag"])


@pytest.mark.parametrize("part", PARTS)
def test_nobody_else_sees_a_photograph(part: str, photograph: Prediction, bob: User) -> None:
    answer = APIClient().get(url(photograph, part))
    assert answer.status_code == 401
    answer = api_client(bob).get(url(photograph, part))
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("part", PARTS)
def test_a_file_that_is_lost_is_404(
    part: str, photograph: Prediction, alice_api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    image = photograph.image
    Path(image.file.path if part == "image" else image.thumbnail.path).unlink()
    answer = alice_api.get(url(photograph, part))
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert f"{image}: a stored file is missing." in caplog.messages
    assert "my-secret-name" not in caplog.text


@pytest.mark.parametrize(("part", "size"), [("image", (640, 480)), ("thumbnail", (256, 192))])
@pytest.mark.parametrize("who", ["alice", "staff"])
def test_owner_and_staff_see_it(
    who: str, part: str, size: tuple[int, int], photograph: Prediction, alice: User, staff: User
) -> None:
    answer = api_client({"alice": alice, "staff": staff}[who]).get(url(photograph, part))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.getvalue())) as shown:
        assert (shown.format, shown.size) == ("JPEG", size)


@pytest.mark.parametrize("part", PARTS)
def test_no_cache_keeps_a_photograph_and_it_carries_no_name(
    part: str, photograph: Prediction, alice_api: APIClient
) -> None:
    answer = alice_api.get(url(photograph, part))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "secret" not in str(answer.headers)
    assert b"secret" not in answer.getvalue()


@pytest.mark.parametrize("part", PARTS)
def test_who_has_it_already_does_not_get_it_again(
    part: str, photograph: Prediction, alice_api: APIClient
) -> None:
    tag = tag_of(alice_api, url(photograph, part))
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = alice_api.get(url(photograph, part), headers={"if-none-match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert (answer["ETag"], answer["Cache-Control"]) == (tag, "private, no-store")
    answer = alice_api.get(url(photograph, part), headers={"if-none-match": '"other"'})
    assert answer.status_code == 200
    assert answer.getvalue()


def test_a_tag_is_of_one_file_alone(alice: User, photograph: Prediction) -> None:
    other = intake.submit(owner=alice, file=upload())
    client = api_client(alice)
    tags = {tag_of(client, url(one, part)) for one in (photograph, other) for part in PARTS}
    assert len(tags) == 4


@pytest.mark.parametrize("part", PARTS)
def test_a_tag_opens_nothing_to_others(
    part: str, photograph: Prediction, alice_api: APIClient, bob: User
) -> None:
    """Also after logging out: who kept the file is not told that it may be shown."""
    headers = {"if-none-match": tag_of(alice_api, url(photograph, part))}
    assert APIClient().get(url(photograph, part), headers=headers).status_code == 401
    assert api_client(bob).get(url(photograph, part), headers=headers).status_code == 404


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("accept", ["image/jpeg", "image/*", "application/json", "text/html"])
def test_any_accept_header_gets_the_file_or_an_error_as_json(
    accept: str, part: str, photograph: Prediction, alice_api: APIClient, bob_api: APIClient
) -> None:
    answer = alice_api.get(url(photograph, part), headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.getvalue().startswith(b"\xff\xd8")

    answer = bob_api.get(url(photograph, part), headers={"accept": accept})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_file_is_only_read(photograph: Prediction, alice_api: APIClient) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice_api, method)(url(photograph, "image")).status_code == 405
