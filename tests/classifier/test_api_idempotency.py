"""`Idempotency-Key`: a request that is sent again has no second effect."""

from __future__ import annotations

import datetime
import threading
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from classifier import idempotency, intake, queue, quotas, tasks
from classifier.idempotency import IdempotentRequest
from classifier.models import LesionImage, ModelVersion, Prediction
from classifier.outcomes import Result
from tests.classifier.conftest import api_client
from tests.conftest import stored_files
from tests.factories import ModelVersionFactory
from tests.images import encoded, lesion, upload

URL = "/api/v1/predictions/"
pytestmark = pytest.mark.usefixtures("media", "wake_ups")


def post(client: APIClient, key: str = "a-key", content: bytes | None = None, **fields: Any) -> Any:
    data = {"image": upload(content), **fields}
    return client.post(URL, data, headers={"idempotency-key": key})


def finish(version: ModelVersion) -> None:
    claimed = queue.claim(10)
    even = dict.fromkeys(("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"), 1 / 7)
    queue.complete([Result(one, even) for one in claimed], version)


@pytest.mark.parametrize("key", ["", " ", "two words", "ä", "k" * 201])
def test_a_key_that_is_none_is_refused(key: str, alice_api: APIClient) -> None:
    answer = post(alice_api, key)
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"Idempotency-Key"}
    assert not Prediction.objects.exists()


@pytest.mark.parametrize(
    "other", [{"content": encoded(lesion(seed=1))}, {"note": "other"}, {"body_site": "back"}]
)
def test_another_request_under_the_same_key_is_refused(
    other: dict[str, Any], alice_api: APIClient, media: Path
) -> None:
    post(alice_api)
    answer = post(alice_api, **other)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_reused"
    assert Prediction.objects.count() == 1
    assert len(stored_files(media)) == 2


def test_the_first_answer_is_given_again_word_for_word(alice_api: APIClient) -> None:
    first = post(alice_api, note="Itches.")
    finish(ModelVersionFactory())  # the prediction goes on; the answer stays
    again = post(alice_api, note="Itches.")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert alice_api.get(again["Location"]).json()["status"] == "succeeded"
    assert LesionImage.objects.count() == Prediction.objects.count() == 1


def test_a_key_is_of_one_user_alone(alice_api: APIClient, bob_api: APIClient) -> None:
    first, other = post(alice_api), post(bob_api)
    assert other.status_code == 202
    assert other.json()["id"] != first.json()["id"]


def test_without_a_key_each_request_counts(alice_api: APIClient) -> None:
    ids = {alice_api.post(URL, {"image": upload()}).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_what_was_refused_can_be_tried_again(
    alice: User, alice_api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(alice_api, content=b"no photograph").status_code == 400
    quotas.Quota.objects.create(user=alice, unfinished=0)
    assert post(alice_api).status_code == 429
    quotas.Quota.objects.update(unfinished=None)
    monkeypatch.setattr(queue, "enqueue", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        post(alice_api)
    monkeypatch.undo()
    assert post(alice_api).status_code == 202


def test_a_full_quota_does_not_hide_what_was_done(alice: User, alice_api: APIClient) -> None:
    first = post(alice_api)
    quotas.Quota.objects.update(unfinished=1)
    assert post(alice_api).content == first.content
    assert post(alice_api, "another").status_code == 429


def test_a_key_whose_answer_was_lost_gets_one_now(alice: User, alice_api: APIClient) -> None:
    """The process that stored the photograph was killed before it answered."""
    first = post(alice_api)
    IdempotentRequest.objects.update(answer="")
    again = post(alice_api)
    assert again.json()["id"] == first.json()["id"]
    assert IdempotentRequest.objects.get().answer


def test_after_a_day_the_key_is_free(alice_api: APIClient) -> None:
    first = post(alice_api)
    day_ago = timezone.now() - datetime.timedelta(hours=24)
    IdempotentRequest.objects.update(created_at=day_ago)
    again = post(alice_api, note="another request")
    assert again.status_code == 202
    assert again.json()["id"] != first.json()["id"]
    assert IdempotentRequest.objects.count() == 1


def test_old_keys_are_swept_up(alice: User, alice_api: APIClient) -> None:
    post(alice_api, "old")
    IdempotentRequest.objects.update(created_at=timezone.now() - idempotency.LIFETIME)
    post(alice_api, "new")
    tasks.sweep_orphans()
    assert [request.key for request in IdempotentRequest.objects.all()] == ["new"]


@pytest.mark.parametrize("what", ["prediction", "account"])
def test_the_key_goes_with_its_prediction_and_its_account(
    what: str, alice: User, alice_api: APIClient
) -> None:
    answer = post(alice_api)
    if what == "account":
        alice.delete()
    else:
        alice_api.delete(answer["Location"])
        assert post(alice_api).json()["id"] != answer.json()["id"]
        Prediction.objects.all().delete()
    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", [1, 100])
def test_of_requests_at_once_one_has_an_effect_and_all_get_its_answer(
    room: int, alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas.Quota.objects.create(user=alice, unfinished=room)
    # Each of them has looked for the key before any has taken it.
    looked, submit = threading.Barrier(8), intake.submit

    def late(**fields: Any) -> Prediction:
        looked.wait(30)
        return submit(**fields)

    monkeypatch.setattr(intake, "submit", late)
    answers: list[Any] = []

    def client() -> None:
        answers.append(post(api_client(alice)))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert Prediction.objects.count() == IdempotentRequest.objects.count() == 1
    assert len(stored_files(media)) == 2
    assert quotas.Quota.objects.get().uploads_this_hour == 1


@pytest.mark.django_db(transaction=True)
def test_of_different_requests_at_once_one_is_done_and_the_others_are_refused(alice: User) -> None:
    start, statuses = threading.Barrier(6), []

    def client(number: int) -> None:
        start.wait(30)
        statuses.append(post(api_client(alice), note=str(number)).status_code)
        connection.close()

    threads = [threading.Thread(target=client, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [202, *[409] * 5]
    assert Prediction.objects.count() == 1
