"""What managers do with chosen predictions."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from classifier import queue
from classifier.models import AuditEntry, ModelVersion, Prediction, Status
from classifier.outcomes import Result
from ml.labels import LABELS
from tests.classifier.conftest import queries
from tests.classifier.test_admin import diagnosis_of, url
from tests.factories import ModelVersionFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]


def act(client: Client, action: str, *chosen: Prediction, **fields: Any) -> Any:
    form = {"action": action, "_selected_action": [str(one.pk) for one in chosen], **fields}
    return client.post(url(Prediction, "changelist"), form, follow=True)


def noted(action: str) -> set[str]:
    return set(AuditEntry.objects.filter(action=action).values_list("object_id", flat=True))


def test_finished_ones_are_classified_again_and_unfinished_ones_left_alone(
    staff_browser: Client,
) -> None:
    failed, running = prediction_in(Status.FAILED), prediction_in(Status.RUNNING)
    page = act(staff_browser, "retry", failed, running).content.decode()
    assert "1 queued, 1 left out" in page
    again = Prediction.objects.queued().get()
    assert (again.image_id, again.requested_version) == (failed.image_id, None)
    assert str(failed.image_id) in noted("rerun")


def test_another_version_is_asked_for_first(staff_browser: Client) -> None:
    old = prediction_in(Status.SUCCEEDED)
    other = ModelVersionFactory(name="other", version="7", sha256="7" * 64)
    page = act(staff_browser, "rerun", old).content.decode()
    assert "By which network version?" in page
    assert "other 7" in page
    assert str(old.pk) in page  # goes on to the next step
    assert not Prediction.objects.queued().exists()
    page = act(staff_browser, "rerun", old, version=str(other.pk)).content.decode()
    assert "1 queued for other 7" in page
    again = Prediction.objects.queued().get()
    assert (again.image_id, again.requested_version) == (old.image_id, other)


def test_a_version_that_is_none_is_asked_for_again(staff_browser: Client) -> None:
    old = prediction_in(Status.SUCCEEDED)
    page = act(staff_browser, "rerun", old, version="4711").content.decode()
    assert "Select a valid choice" in page
    assert not Prediction.objects.queued().exists()


def test_a_photograph_chosen_twice_is_classified_once(staff_browser: Client) -> None:
    first = prediction_in(Status.FAILED)
    second = prediction_in(Status.SUCCEEDED, image=first.image)
    act(staff_browser, "rerun", first, second, version=str(second.model_version_id))
    assert Prediction.objects.queued().count() == 1


def test_unfinished_ones_are_given_up_and_their_worker_comes_too_late(
    staff_browser: Client,
) -> None:
    queued = prediction_in(Status.QUEUED)
    done = prediction_in(Status.SUCCEEDED)
    hanging = prediction_in(Status.RUNNING)
    page = act(staff_browser, "mark_failed", queued, done, hanging).content.decode()
    assert "2 marked as failed" in page
    for prediction in (queued, hanging):
        prediction.refresh_from_db()
        assert (prediction.status, prediction.error_code) == (Status.FAILED, "given_up")
    late = Result(hanging, dict.fromkeys(LABELS, 1 / 7))
    assert queue.complete([late], ModelVersionFactory()) == 0
    hanging.refresh_from_db()
    assert hanging.status == Status.FAILED
    done.refresh_from_db()
    assert done.status == Status.SUCCEEDED
    assert noted("changed") == {str(queued.pk), str(hanging.pk)}


def test_staff_can_recover_what_a_lost_worker_holds(staff_browser: Client) -> None:
    past = timezone.now() - datetime.timedelta(seconds=1)
    lost = prediction_in(Status.RUNNING, claimed_until=past)
    page = act(staff_browser, "recover", lost).content.decode()
    assert "1 predictions queued again, 0 failed." in page
    lost.refresh_from_db()
    assert lost.status == Status.QUEUED


def test_an_export_has_results_and_diagnoses_and_nothing_of_the_owners_words(
    alice: User, staff_browser: Client
) -> None:
    prediction = prediction_in(
        Status.SUCCEEDED, image__owner=alice, image__note="Itches.", image__original_name="a.jpg"
    )
    diagnosis_of(prediction.image)
    failed = prediction_in(Status.FAILED)
    answer = act(staff_browser, "export_csv", prediction, failed)
    text = answer.getvalue().decode("utf-8-sig")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    row = rows[str(prediction.pk)]
    assert (row["label"], row["nv"], row["network"]) == ("nv", "0.900000", "testnet 1")
    assert (row["diagnosis"], row["confirmed_by"]) == ("nv", "consensus")
    assert (row["owner"], row["photograph"]) == (str(alice.pk), str(prediction.image_id))
    assert (rows[str(failed.pk)]["error"], rows[str(failed.pk)]["label"]) == ("network_failed", "")
    for word in ("Itches", "a.jpg", "alice"):
        assert word not in text
    assert noted("exported") == {str(prediction.pk), str(failed.pk)}


def test_the_export_of_many_costs_no_more_queries(staff_browser: Client) -> None:
    def export() -> None:
        assert act(staff_browser, "export_csv", *Prediction.objects.all()).getvalue()

    prediction_in(Status.SUCCEEDED)
    export()
    few = queries(export)
    for _ in range(10):
        diagnosis_of(prediction_in(Status.SUCCEEDED).image)
    assert queries(export) == few


def test_all_that_is_found_is_exported_not_only_the_page(staff_browser: Client) -> None:
    shown = prediction_in(Status.SUCCEEDED)
    hidden = prediction_in(Status.FAILED)
    answer = act(staff_browser, "export_csv", shown, select_across="1")
    assert str(hidden.pk) in answer.getvalue().decode()


def test_predictions_lead_to_photographs_owners_and_networks(
    media: Path, staff_browser: Client
) -> None:
    prediction = prediction_in(Status.SUCCEEDED)
    page = staff_browser.get(url(Prediction, "change", prediction.pk)).content.decode()
    assert url(type(prediction.image), "change", prediction.image_id) in page
    assert url(User, "change", prediction.owner_id) in page
    assert url(ModelVersion, "change", prediction.model_version_id) in page
    assert page.count("<progress") == 7
    photograph = url(type(prediction.image), "change", prediction.image_id)
    assert (
        url(Prediction, "change", prediction.pk) in staff_browser.get(photograph).content.decode()
    )
