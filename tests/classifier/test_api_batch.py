"""POST predictions/batch/: several photographs, an answer for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from classifier import intake
from classifier.api.uploads import MAX_BATCH
from classifier.capacity import Quota
from classifier.models import Prediction
from tests.classifier.test_api_upload import PREDICTION_KEYS
from tests.conftest import stored_files
from tests.images import encoded, lesion, upload

URL = "/api/v1/predictions/batch/"
pytestmark = pytest.mark.usefixtures("media", "wake_ups")


def post(client: APIClient, *files: Any, key: str = "", **fields: Any) -> list[dict[str, Any]]:
    headers = {"idempotency-key": key} if key else {}
    answer = client.post(URL, {"images": list(files), **fields}, headers=headers)
    assert answer.status_code == 207, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def several(count: int) -> list[Any]:
    return [upload(encoded(lesion(seed=n)), f"{n}.jpg") for n in range(count)]


@pytest.mark.parametrize("files", [[], ["text"], [upload(name=f"{n}") for n in range(101)]])
def test_what_is_no_batch_is_refused(files: list[Any], alice_api: APIClient) -> None:
    answer = alice_api.post(URL, {"images": files})
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"images"}
    assert not Prediction.objects.exists()
    assert MAX_BATCH == 100


def test_a_detail_that_is_wrong_is_wrong_for_all(alice_api: APIClient) -> None:
    answer = alice_api.post(URL, {"images": several(2), "body_site": "left pocket"})
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"body_site"}
    assert not Prediction.objects.exists()


def test_a_bad_file_spoils_no_other(
    alice: User, alice_api: APIClient, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, other, faulty = several(3)
    submit = intake.submit

    def broken_once(**fields: Any) -> Prediction:
        if fields["file"].name == "2.jpg":
            raise OSError("the secret detail")
        return submit(**fields)

    monkeypatch.setattr(intake, "submit", broken_once)
    results = post(
        alice_api, good, upload(b"%PDF", "report.pdf"), faulty, upload(b"", "none.jpg"), other,
        note="Itches.",
    )  # fmt: skip
    assert [(one["name"], one["status"]) for one in results] == [
        ("0.jpg", 202), ("report.pdf", 400), ("2.jpg", 500), ("none.jpg", 400), ("1.jpg", 202),
    ]  # fmt: skip
    codes = [one["error"] and one["error"]["code"] for one in results]
    assert codes == [None, "not_an_image", "server_error", "empty", None]
    assert "secret" not in str(results)
    for one in results:
        assert (one["prediction"] is None) == (one["error"] is not None)
    assert set(results[0]["prediction"]) == PREDICTION_KEYS
    assert [one["prediction"]["queue_position"] for one in (results[0], results[4])] == [1, 2]
    assert {one.image.note for one in Prediction.objects.filter(owner=alice)} == {"Itches."}
    assert Prediction.objects.count() == 2
    assert len(stored_files(media)) == 4


def test_what_is_over_a_limit_is_told_so_and_the_rest_is_kept(
    alice: User, alice_api: APIClient
) -> None:
    Quota.objects.create(user=alice, stored_images=2)
    results = post(alice_api, *several(4))
    assert [one["status"] for one in results] == [202, 202, 429, 429]
    assert results[3]["error"]["code"] == "too_many_stored"
    assert Prediction.objects.count() == 2


def test_sent_again_under_its_key_a_batch_goes_on_where_it_was_cut_off(
    alice_api: APIClient,
) -> None:
    files = several(3)
    begun = post(alice_api, *files[:2], key="a-key")
    for file in files:
        file.seek(0)
    whole = post(alice_api, *files, key="a-key")
    ids = [one["prediction"]["id"] for one in whole]
    assert ids[:2] == [one["prediction"]["id"] for one in begun]
    assert Prediction.objects.count() == 3
    files[1].seek(0)
    [other] = post(alice_api, files[1], key="a-key")
    assert (other["status"], other["error"]["code"]) == (409, "idempotency_key_reused")
