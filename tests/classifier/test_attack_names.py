"""Hostile file names: harmless where they are shown, and no part of any path."""

from __future__ import annotations

import csv
import html
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from classifier.downloads import archives
from classifier.models import LesionImage, Prediction, Status
from tests.attacks.names import NAMES
from tests.classifier.conftest import api_client, browser
from tests.conftest import stored_files
from tests.factories import prediction_in
from tests.images import encoded

pytestmark = pytest.mark.usefixtures("wake_ups")

BOUNDARY = "a-boundary"


def handed_in(client: Client, name: bytes, url: str = "/api/v1/predictions/") -> Any:
    """Sent as it is: Django's own client would clean the name."""
    field = b"image" if url.startswith("/api/") else b"images"
    disposition = b'Content-Disposition: form-data; name="%s"; filename="%s"' % (field, name)
    lines = (
        b"--" + BOUNDARY.encode(),
        disposition,
        b"Content-Type: image/jpeg",
        b"",
        encoded(),
        b"--" + BOUNDARY.encode() + b"--",
        b"",
    )
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    return client.post(url, b"\r\n".join(lines), content_type=content_type)


@pytest.mark.parametrize("kind", NAMES)
def test_of_a_name_what_can_be_shown_is_kept_and_no_path(
    kind: str, alice_api: APIClient, media: Path
) -> None:
    name, kept = NAMES[kind]
    answer = handed_in(alice_api, name)
    assert answer.status_code == 202, answer.content
    assert answer.json()["image"]["original_name"] == kept
    image = LesionImage.objects.get()
    assert {path.relative_to(media).as_posix() for path in stored_files(media)} == {
        f"{folder}/{image.pk.hex[:2]}/{image.pk.hex}.jpg" for folder in ("images", "thumbnails")
    }


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_text_on_every_page_and_in_every_export(
    kind: str, alice: User, media: Path
) -> None:
    _name, kept = NAMES[kind]
    prediction = prediction_in(Status.SUCCEEDED, image__owner=alice, image__original_name=kept)
    for page in (
        "/history/",
        f"/predictions/{prediction.pk}/",
        f"/predictions/{prediction.pk}/delete/",
    ):
        shown = browser(alice).get(page).content.decode()
        assert html.escape(kept) in shown
        assert kept == html.escape(kept) or kept not in shown
    report = browser(alice).get(f"/predictions/{prediction.pk}/report.pdf")
    assert report["Content-Disposition"] == (
        f'attachment; filename="skincare-{str(prediction.pk)[:8]}.pdf"'
    )
    answer = api_client(alice).get("/api/v1/predictions/export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="skincare.csv"'
    [row] = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert row["file_name"] == (f"'{kept}" if kept.startswith("=") else kept)


@pytest.mark.parametrize("kind", NAMES)
def test_a_zip_names_its_files_by_itself(kind: str, alice: User, media: Path) -> None:
    _name, kept = NAMES[kind]
    prediction = prediction_in(Status.SUCCEEDED, image__owner=alice, image__original_name=kept)
    archive = archives.order(alice, [str(prediction.pk)])
    archives.build(seconds=10)
    answer = browser(alice).get(f"/archives/{archive.pk}/download/")
    day = f"{archive.created_at:%Y-%m-%d}"
    assert answer["Content-Disposition"] == f'attachment; filename="skincare-{day}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as file:
        assert {*file.namelist()} == {"results.csv", f"photographs/{prediction.image_id}.jpg"}


@pytest.mark.parametrize(
    "name", [b"", b".", b"..", b"/", b"\\", b"a/..", b"\0", b"\r", b"\xff\xfe.jpg"]
)
@pytest.mark.parametrize("url", ["/api/v1/predictions/", "/upload/"])
def test_what_is_no_name_is_no_fault_of_ours(
    url: str, name: bytes, alice: User, media: Path
) -> None:
    """Refused as no file, or kept under a name of ours; never anything in between."""
    client = api_client(alice) if url.startswith("/api/") else browser(alice)
    answer = handed_in(client, name, url)
    stored = LesionImage.objects.count()
    assert answer.status_code == (
        (202 if stored else 400) if "/api/" in url else (302 if stored else 200)
    )
    assert Prediction.objects.count() == stored
    assert len(stored_files(media)) == 2 * stored
    for image in LesionImage.objects.all():
        assert image.original_name
        assert not {"/", "\\", "\0", "\r"} & {*image.original_name}
