"""GET predictions/{id}/heatmap/."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from PIL import Image
from rest_framework.test import APIClient

from classifier import heatmap, intake
from classifier.models import Prediction, Status
from classifier.worker import engine
from ml.labels import LABELS
from tests.classifier.conftest import api_client
from tests.factories import prediction_in
from tests.images import encoded, upload

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def prediction(alice: User, wake_ups: list[str]) -> Prediction:
    """Of a grey photograph, whose classes have each another hot cell in the first row."""
    content = encoded(Image.new("RGB", (350, 210), (120, 120, 120)), quality=100)
    intake.submit(owner=alice, file=upload(content, "my-secret-name.jpg"))
    engine.drain(seconds=10)
    maps = np.zeros((7, 7, 7))
    maps[0] = np.eye(7)
    Prediction.objects.update(label="bcc", class_maps=heatmap.pack(maps))
    return Prediction.objects.get()


def url(prediction: Prediction) -> str:
    return f"/api/v1/predictions/{prediction.pk}/heatmap/"


def hot_column(picture: bytes) -> int:
    """Which of the seven columns is the most coloured."""
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (350, 210))
        pixels = np.asarray(image).astype(int)
    colour = (pixels[:30, :, 0] - pixels[:30, :, 2]).sum(axis=0)
    return int(colour.reshape(7, 50).sum(axis=1).argmax())


def test_nobody_else_sees_it(prediction: Prediction, bob: User) -> None:
    assert APIClient().get(url(prediction)).status_code == 401
    for query in ({}, {"label": "mel"}, {"label": "wart"}):
        answer = api_client(bob).get(url(prediction), query)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("label", ["wart", "MEL"])
def test_an_unknown_class_is_named(
    label: str, prediction: Prediction, alice_api: APIClient
) -> None:
    answer = alice_api.get(url(prediction), {"label": label})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], set(error["fields"])) == ("invalid", {"label"})


def test_without_maps_there_is_none(any_prediction: Prediction, alice_api: APIClient) -> None:
    answer = alice_api.get(url(any_prediction))
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    detail = alice_api.get(f"/api/v1/predictions/{any_prediction.pk}/")
    assert detail.json()["heatmap_url"] is None


def test_a_file_that_is_lost_or_damaged_is_404(
    prediction: Prediction, alice_api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(prediction.image.file.path)
    path.write_bytes(path.read_bytes()[:-500])
    assert alice_api.get(url(prediction)).status_code == 404
    path.unlink()
    assert alice_api.get(url(prediction)).status_code == 404
    assert f"{prediction.image}: the stored file is damaged." in caplog.messages
    assert f"{prediction.image}: a stored file is missing." in caplog.messages
    assert "my-secret-name" not in caplog.text


def test_it_is_that_of_the_predicted_class_or_of_the_one_asked_for(
    prediction: Prediction, alice_api: APIClient
) -> None:
    assert hot_column(alice_api.get(url(prediction)).content) == LABELS.index("bcc")
    for column, label in enumerate(LABELS):
        answer = alice_api.get(url(prediction), {"label": label})
        assert hot_column(answer.content) == column


def test_staff_see_it(prediction: Prediction, staff: User) -> None:
    assert api_client(staff).get(url(prediction)).status_code == 200


@pytest.mark.parametrize("accept", ["image/png", "image/*", "application/json"])
def test_no_cache_keeps_it_and_it_carries_no_name(
    accept: str, prediction: Prediction, alice_api: APIClient
) -> None:
    answer = alice_api.get(url(prediction), headers={"accept": accept})
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "secret" not in str(answer.headers)
    assert b"secret" not in answer.content


def test_who_has_it_is_told_so_without_another_drawing(
    prediction: Prediction, alice_api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = alice_api.get(url(prediction), {"label": "mel"})["ETag"]
    assert alice_api.get(url(prediction))["ETag"] != tag
    monkeypatch.setattr(heatmap, "overlay", lambda *_: 1 / 0)
    answer = alice_api.get(url(prediction), {"label": "mel"}, headers={"if-none-match": tag})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)


def test_its_address_is_in_the_answer_and_the_history(
    prediction: Prediction, alice_api: APIClient
) -> None:
    address = f"http://testserver{url(prediction)}"
    detail = alice_api.get(f"/api/v1/predictions/{prediction.pk}/").json()
    assert detail["heatmap_url"] == address
    [row] = alice_api.get("/api/v1/predictions/").json()["results"]
    assert row["heatmap_url"] == address
    assert alice_api.get(address).status_code == 200


def test_it_goes_with_the_prediction(prediction: Prediction, alice_api: APIClient) -> None:
    assert alice_api.delete(f"/api/v1/predictions/{prediction.pk}/").status_code == 204
    assert alice_api.get(url(prediction)).status_code == 404


def test_a_large_photograph_gives_a_picture_for_a_page(
    alice: User, alice_api: APIClient, wake_ups: list[str]
) -> None:
    content = encoded(Image.new("RGB", (3000, 1500), (120, 90, 80)))
    prediction = intake.submit(owner=alice, file=upload(content))
    engine.drain(seconds=10)
    with Image.open(io.BytesIO(alice_api.get(url(prediction)).content)) as image:
        assert image.size == (1024, 512)


def test_another_prediction_of_the_same_photograph_has_its_own(
    prediction: Prediction, alice_api: APIClient
) -> None:
    older = prediction_in(Status.SUCCEEDED, image=prediction.image)
    assert alice_api.get(url(older)).status_code == 404
    assert alice_api.get(url(prediction)).status_code == 200
