"""Every registered admin, with objects in every state."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.authtoken.models import Token

from classifier.capacity import Quota, Worker
from classifier.delivery.webhook_records import Webhook, WebhookDelivery
from classifier.models import (
    AuditEntry,
    Diagnosis,
    LesionImage,
    ModelVersion,
    Prediction,
    Rerun,
    Status,
)
from tests.classifier.conftest import queries
from tests.conftest import stored_files
from tests.factories import LesionImageFactory, ModelVersionFactory, WorkerFactory, prediction_in

ADMINS: list[type[Model]] = list(admin.site._registry)
OURS = [
    LesionImage, Prediction, ModelVersion, Diagnosis, Worker, Rerun, AuditEntry, Webhook,
    WebhookDelivery,
]  # fmt: skip
SECRET_NAME = "secret-name.jpg"


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def diagnosis_of(image: LesionImage) -> Diagnosis:
    """A diagnosis by the owner."""
    method = Diagnosis.Method.CONSENSUS
    return Diagnosis.objects.create(
        image=image, label="nv", method=method, diagnosed_by=image.owner
    )


@pytest.fixture
def everything(alice: User, media: Path) -> None:
    """At least one object of every registered model; predictions in every state."""
    for status in Status.values:
        prediction = prediction_in(
            status, image__owner=alice, image__original_name=SECRET_NAME, image__note="Itches."
        )
        diagnosis_of(prediction.image)
    LesionImageFactory(owner=alice, original_name=SECRET_NAME)  # without any prediction
    Token.objects.create(user=alice)
    Group.objects.create(name="dermatologists")
    WorkerFactory()
    Quota.objects.create(user=alice)
    webhook = Webhook.objects.create(owner=alice, secret=SECRET_NAME)
    WebhookDelivery.objects.create(webhook=webhook)
    Rerun.objects.create(version=ModelVersionFactory(), owner=alice, total=7)
    AuditEntry.objects.create(actor=alice, action="viewed", kind="user", object_id=str(alice.pk))


def of(model: type[Model]) -> list[Any]:
    found = list(model._default_manager.all())
    assert found
    return found


# Who may enter


@pytest.mark.parametrize("model", ADMINS)
def test_ordinary_users_are_sent_to_the_admins_login(
    model: type[Model], alice_browser: Client, client: Client
) -> None:
    for visitor in (alice_browser, client):
        for path in (url(model, "changelist"), url(model, "add"), reverse("admin:index")):
            answer = visitor.get(path)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


def test_what_the_service_makes_is_not_made_by_hand(staff_browser: Client) -> None:
    for model in OURS:
        assert staff_browser.get(url(model, "add")).status_code == 403


@pytest.mark.parametrize("model", [Prediction, ModelVersion, Diagnosis])
def test_what_the_service_says_is_not_changed_by_hand(
    model: type[Model], everything: None, staff_browser: Client
) -> None:
    for thing in of(model):
        answer = staff_browser.post(url(model, "change", thing.pk), {"label": "mel"})
        assert answer.status_code == 403


# Every page


@pytest.mark.parametrize("model", ADMINS)
def test_every_page_of_an_admin_shows_and_none_names_a_file(
    model: type[Model], everything: None, staff_browser: Client
) -> None:
    pages = [url(model, "changelist")]
    for thing in of(model):
        pages += [url(model, page, thing.pk) for page in ("change", "history")]
        if model not in (Prediction, AuditEntry):
            pages.append(url(model, "delete", thing.pk))
    for page in pages:
        answer = staff_browser.get(page, follow=True)  # a history leads to the audit log
        assert answer.status_code == 200, page
        assert SECRET_NAME not in answer.content.decode()


@pytest.mark.parametrize("model", [model for model in ADMINS if model not in OURS])
def test_other_things_can_be_added(model: type[Model], staff_browser: Client) -> None:
    assert staff_browser.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("model", ADMINS)
def test_a_search_for_anything_answers(
    model: type[Model], everything: None, staff_browser: Client
) -> None:
    for text in ("nonsense", "1", "a b", "%", "'"):
        assert staff_browser.get(url(model, "changelist"), {"q": text}).status_code == 200


def found(client: Client, model: type[Model], query: dict[str, str]) -> list[Any]:
    answer = client.get(url(model, "changelist"), query)
    assert answer.status_code == 200
    return list(answer.context["cl"].queryset)


@pytest.mark.parametrize("model", [LesionImage, Prediction])
def test_found_by_id_owner_and_note_but_not_by_file_name(
    model: type[Model], everything: None, bob: User, staff_browser: Client
) -> None:
    bobs = prediction_in(Status.FAILED, image__owner=bob, image__note="Bleeds.")
    wanted = bobs if model is Prediction else bobs.image
    for text in (str(wanted.pk), "bob", "bleeds"):
        assert found(staff_browser, model, {"q": text}) == [wanted]
    assert found(staff_browser, model, {"q": SECRET_NAME}) == []


def test_predictions_are_filtered_by_their_state(everything: None, staff_browser: Client) -> None:
    for status in Status.values:
        shown = found(staff_browser, Prediction, {"status__exact": status})
        assert [prediction.status for prediction in shown] == [status]


@pytest.mark.parametrize("model", OURS)
def test_the_number_of_queries_of_a_list_does_not_grow(
    model: type[Model], everything: None, bob: User, staff_browser: Client
) -> None:
    def visit() -> None:
        assert staff_browser.get(url(model, "changelist")).status_code == 200

    visit()  # content types are looked up once
    few = queries(visit)
    for number in range(20):
        version = ModelVersionFactory(sha256=f"{number:064}")
        prediction = prediction_in(Status.SUCCEEDED, image__owner=bob, model_version=version)
        diagnosis_of(prediction.image)
        Rerun.objects.create(version=version, owner=bob)
    visit()  # photographs that were not seen yet are noted
    assert queries(visit) == few


# Deleting


def test_a_prediction_is_not_deleted_without_its_photograph(
    any_prediction: Prediction, staff_browser: Client
) -> None:
    path = url(Prediction, "delete", any_prediction.pk)
    assert staff_browser.get(path).status_code == 403
    assert staff_browser.post(path, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(any_prediction.pk), "post": "y"}
    staff_browser.post(url(Prediction, "changelist"), chosen)
    assert (
        "delete_selected" not in staff_browser.get(url(Prediction, "changelist")).content.decode()
    )
    assert Prediction.objects.get() == any_prediction


@pytest.mark.parametrize("way", ["photograph", "selected photographs", "owner"])
def test_deleting_a_photograph_or_its_owner_takes_rows_and_files(
    way: str,
    any_prediction: Prediction,
    staff_browser: Client,
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    image = any_prediction.image
    diagnosis_of(image)
    kept = prediction_in(Status.QUEUED)
    path, data = {
        "photograph": (url(LesionImage, "delete", image.pk), {}),
        "owner": (url(User, "delete", image.owner_id), {}),
        "selected photographs": (
            url(LesionImage, "changelist"),
            {"action": "delete_selected", "_selected_action": str(image.pk)},
        ),
    }[way]

    with django_capture_on_commit_callbacks(execute=True):
        answer = staff_browser.post(path, {**data, "post": "yes"})

    assert answer.status_code == 302
    assert list(Prediction.objects.all()) == [kept]
    assert list(LesionImage.objects.all()) == [kept.image]
    assert not Diagnosis.objects.exists()
    assert {path.stem for path in stored_files(media)} == {kept.image.pk.hex}


def test_a_network_that_made_predictions_is_kept(
    succeeded: Prediction, staff_browser: Client
) -> None:
    version = succeeded.model_version
    assert version is not None
    path = url(ModelVersion, "delete", version.pk)
    assert "protected" in staff_browser.get(path).content.decode()
    staff_browser.post(path, {"post": "yes"})
    assert ModelVersion.objects.get() == version


def test_thumbnails_in_a_list_are_those_that_staff_may_see(
    any_prediction: Prediction, staff_browser: Client
) -> None:
    for model in (Prediction, LesionImage):
        html = staff_browser.get(url(model, "changelist")).content.decode()
        paths = re.findall(r'<img src="(/api/[^"]+)"', html)
        assert paths == [f"/api/v1/predictions/{any_prediction.pk}/thumbnail/"]
        answer = staff_browser.get(paths[0])
        assert answer["Content-Type"] == "image/jpeg"
        assert answer.getvalue()


@pytest.mark.parametrize("lookup", ["original_name", "original_name__startswith"])
def test_file_names_cannot_be_asked_for_in_the_address(
    lookup: str, everything: None, staff_browser: Client
) -> None:
    address = url(LesionImage, "changelist")
    assert staff_browser.get(address, {lookup: "s"}).status_code == 400
    assert staff_browser.get(address, {"body_site__exact": "back"}).status_code == 200


def test_nobody_reads_the_users_api_tokens_in_the_admin(everything: None) -> None:
    assert "token" not in {model._meta.model_name for model in admin.site._registry}
    assert "tokenproxy" not in {model._meta.model_name for model in admin.site._registry}
