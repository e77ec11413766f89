"""Hostile files, by the API and by the page: a sentence, or only pixels are kept."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from classifier.downloads import archives
from classifier.models import IdempotentRequest, LesionImage, Prediction, Status
from classifier.records import archive_path
from classifier.worker import engine
from tests.attacks.accepted import ACCEPTED, SECRET
from tests.attacks.refused import REFUSED
from tests.classifier.test_imaging import segments
from tests.conftest import stored_files
from tests.images import upload

API, PAGE = "/api/v1/predictions/", "/upload/"
MARKS = (SECRET.encode(), b"<script", b"<?php", b"%PDF", b"PK\3\4", b"Exif", b"ICC_PROFILE")

pytestmark = pytest.mark.usefixtures("wake_ups")


def assert_nothing_is_left(media: Path) -> None:
    assert not LesionImage.objects.exists()
    assert not Prediction.objects.exists()
    assert not IdempotentRequest.objects.exists()
    assert stored_files(media) == []
    assert stored_files(Path(settings.FILE_UPLOAD_TEMP_DIR)) == []


@pytest.mark.parametrize("name", REFUSED)
def test_the_api_refuses_it_with_a_sentence_and_keeps_nothing(
    name: str, alice_api: APIClient, media: Path
) -> None:
    code, made = REFUSED[name]
    headers = {"Idempotency-Key": "once"}
    answer = alice_api.post(API, {"image": upload(made())}, headers=headers)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["code"] == code
    assert_is_a_sentence(error["message"])
    assert_nothing_is_left(media)


@pytest.mark.parametrize("name", REFUSED)
def test_the_page_refuses_it_with_a_sentence_and_keeps_nothing(
    name: str, alice_browser: Client, media: Path
) -> None:
    _code, made = REFUSED[name]
    answer = alice_browser.post(PAGE, {"images": [upload(made())]}, follow=True)
    assert answer.status_code == 200
    [said] = answer.context["messages"]
    assert str(said).startswith("lesion.jpg: ")
    assert_is_a_sentence(str(said).removeprefix("lesion.jpg: "))
    assert_nothing_is_left(media)


def assert_is_a_sentence(text: str) -> None:
    assert text[0].isupper()
    assert text.endswith(".")
    assert " " in text
    assert not {"Traceback", "Error", "PIL", "/"} & {*text.replace(".", " ").split()}


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", "application/x-php", ""])
@pytest.mark.parametrize("file_name", ["a.svg", "a.html", "a.jpg.php", "a", ".htaccess"])
def test_neither_name_nor_stated_type_decide(
    file_name: str, content_type: str, alice_api: APIClient, media: Path
) -> None:
    file = upload(ACCEPTED["jpeg and html"](), file_name)
    file.content_type = content_type
    answer = alice_api.post(API, {"image": file})
    assert answer.status_code == 202
    for url in (answer.json()["image"]["url"], answer.json()["image"]["thumbnail_url"]):
        served = alice_api.get(url)
        assert served["Content-Type"] == "image/jpeg"
        assert served["X-Content-Type-Options"] == "nosniff"
        assert served.getvalue().startswith(b"\xff\xd8\xff")
    assert {path.suffix for path in stored_files(media)} == {".jpg"}


@pytest.mark.parametrize("name", ACCEPTED)
def test_nothing_but_pixels_is_stored_served_and_exported(
    name: str, alice: User, alice_api: APIClient, alice_browser: Client, media: Path
) -> None:
    answer = alice_api.post(API, {"image": upload(ACCEPTED[name]())})
    assert answer.status_code == 202, answer.content
    engine.drain(seconds=10)
    prediction = Prediction.objects.get()
    assert prediction.status == Status.SUCCEEDED
    stored = [path.read_bytes() for path in stored_files(media)]
    assert len(stored) == 2
    served = [
        everything_of(alice_api, f"{API}{prediction.pk}/{it}/") for it in ("image", "thumbnail")
    ]
    assert sorted(served) == sorted(stored)
    for jpeg in stored:
        assert {marker for marker, _ in segments(jpeg)} <= {0xE0, 0xDB, 0xC0, 0xC4}
        with Image.open(io.BytesIO(jpeg)) as image:
            assert (image.format, image.mode) == ("JPEG", "RGB")
            assert not image.getexif()
    report = everything_of(alice_browser, f"/predictions/{prediction.pk}/report.pdf")
    exports = [everything_of(alice_api, f"{API}export.{kind}") for kind in ("csv", "ndjson")]
    for content in (*stored, *unpacked(alice, prediction), *exports):
        assert not [mark for mark in MARKS if mark in content]
    assert SECRET.encode() not in report
    assert stored_files(Path(settings.FILE_UPLOAD_TEMP_DIR)) == []


def everything_of(client: Any, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200, address
    content: bytes = answer.getvalue()
    return content


def unpacked(owner: User, prediction: Prediction) -> list[bytes]:
    """All files of a zip of everything that the user has here."""
    archive = archives.order(owner, [str(prediction.pk)], everything=True)
    archives.build(seconds=10)
    with zipfile.ZipFile(default_storage.path(archive_path(archive))) as file:
        names = {"results.csv", "account.json", f"photographs/{prediction.image_id}.jpg"}
        assert names <= {*file.namelist()}
        return [file.read(name) for name in file.namelist()]
