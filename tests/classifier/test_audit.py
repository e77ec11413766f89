"""Who of the staff saw, changed, exported or deleted what."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from classifier.models import AuditEntry, LesionImage, Prediction, Quota, Status
from classifier.staff import audit
from tests.classifier.conftest import browser, queries
from tests.classifier.test_admin import diagnosis_of, url
from tests.classifier.test_admin_diagnoses import record
from tests.factories import UserFactory, prediction_in

pytestmark = pytest.mark.django_db


def look(client: Client, path: str) -> int:
    """The status; files are read to their end."""
    answer = client.get(path)
    if answer.streaming:
        b"".join(answer)
    return answer.status_code


def entries(action: str | None = None) -> list[tuple[str, str, str, str]]:
    """(who, did, of what kind, which), oldest first."""
    rows = AuditEntry.objects.select_related("actor").order_by("pk")
    found = rows.filter(action=action) if action else rows
    return [(str(row.actor), row.action, row.kind, row.object_id) for row in found]


@pytest.fixture
def prediction(alice: User, media: Path) -> Prediction:
    return prediction_in(
        Status.SUCCEEDED, image__owner=alice, image__note="Itches.", image__original_name="mole.jpg"
    )


PAGES = {
    "list of photographs": lambda _: url(LesionImage, "changelist"),
    "list of predictions": lambda _: url(Prediction, "changelist"),
    "photograph": lambda p: url(LesionImage, "change", p.image_id),
    "prediction": lambda p: url(Prediction, "change", p.pk),
    "file": lambda p: reverse("api:prediction-image", args=[p.pk]),
    "thumbnail": lambda p: reverse("api:prediction-thumbnail", args=[p.pk]),
    "review": lambda _: reverse("review"),
    "review of one": lambda p: reverse("review_photograph", args=[p.image_id]),
}


@pytest.mark.parametrize("page", list(PAGES))
def test_looking_at_a_photograph_of_somebody_else_is_noted_once(
    page: str, prediction: Prediction, staff_browser: Client
) -> None:
    for _ in range(2):
        assert look(staff_browser, PAGES[page](prediction)) == 200
    assert entries() == [("staff", "viewed", "lesionimage", str(prediction.image_id))]


def test_another_look_an_hour_later_is_another_entry(
    prediction: Prediction, staff_browser: Client
) -> None:
    look(staff_browser, PAGES["file"](prediction))
    AuditEntry.objects.update(at=timezone.now() - audit.ONCE_IN - datetime.timedelta(seconds=1))
    look(staff_browser, PAGES["file"](prediction))
    assert len(entries("viewed")) == 2


def test_what_one_sees_of_ones_own_is_nobodys_business(
    prediction: Prediction, staff: User, staff_browser: Client, alice_browser: Client
) -> None:
    own = prediction_in(Status.SUCCEEDED, image__owner=staff)
    prediction.image.delete()
    for page in PAGES.values():
        look(staff_browser, page(own))
    assert entries() == []


def test_owners_leave_no_trace(prediction: Prediction, alice_browser: Client) -> None:
    look(alice_browser, PAGES["file"](prediction))
    alice_browser.get(reverse("prediction", args=[prediction.pk]))
    alice_browser.post(reverse("delete", args=[prediction.pk]))
    assert entries() == []


def test_diagnoses_are_noted(prediction: Prediction, staff_browser: Client) -> None:
    record(staff_browser, prediction.image, label="mel", method="histo")
    assert entries("diagnosed") == [("staff", "diagnosed", "lesionimage", str(prediction.image_id))]


def test_changed_limits_are_noted(alice: User, staff_browser: Client) -> None:
    Quota.objects.create(user=alice)
    staff_browser.post(url(Quota, "change", alice.pk), {"user": alice.pk, "stored_images": "7"})
    assert entries() == [("staff", "changed", "quota", str(alice.pk))]


def test_a_changed_role_is_noted(staff_browser: Client) -> None:
    group = Group.objects.get(name="reviewer")
    staff_browser.post(url(Group, "change", group.pk), {"name": "reviewer", "permissions": []})
    assert not group.permissions.exists()
    assert entries() == [("staff", "changed", "group", str(group.pk))]


@pytest.mark.parametrize("way", ["one", "selected"])
def test_deletions_are_noted(way: str, prediction: Prediction, staff_browser: Client) -> None:
    image = prediction.image
    chosen = {"action": "delete_selected", "_selected_action": str(image.pk)}
    path, form = {
        "one": (url(LesionImage, "delete", image.pk), {}),
        "selected": (url(LesionImage, "changelist"), chosen),
    }[way]
    staff_browser.post(path, {**form, "post": "yes"})
    assert not LesionImage.objects.exists()
    assert entries("deleted") == [("staff", "deleted", "lesionimage", str(image.pk))]


def test_it_holds_ids_and_nothing_else(prediction: Prediction, staff_browser: Client) -> None:
    diagnosis_of(prediction.image)
    for page in PAGES.values():
        look(staff_browser, page(prediction))
    text = str(list(AuditEntry.objects.values()))
    for word in ("mole.jpg", "Itches", "alice", "nv"):
        assert word not in text


def test_a_list_costs_no_more_however_many_it_shows(
    prediction: Prediction, staff_browser: Client
) -> None:
    def visit() -> None:
        AuditEntry.objects.all().delete()
        look(staff_browser, PAGES["list of photographs"](prediction))

    visit()
    few = queries(visit)
    for _ in range(10):
        prediction_in(Status.QUEUED)
    assert queries(visit) == few
    assert len(entries("viewed")) == 11


# The log itself


def test_it_is_browsed_and_found_by_object_and_by_person(
    prediction: Prediction, staff_browser: Client
) -> None:
    look(staff_browser, PAGES["file"](prediction))
    for text in (str(prediction.image_id), "staff"):
        page = staff_browser.get(url(AuditEntry, "changelist"), {"q": text}).content.decode()
        assert f"lesionimage {prediction.image_id}" in page
        assert PAGES["photograph"](prediction) in page
    page = staff_browser.get(url(AuditEntry, "changelist"), {"q": "nobody"}).content.decode()
    assert str(prediction.image_id) not in page


def test_it_is_neither_added_to_nor_changed_nor_deleted(
    prediction: Prediction, staff_browser: Client
) -> None:
    look(staff_browser, PAGES["file"](prediction))
    entry = AuditEntry.objects.get()
    assert staff_browser.get(url(AuditEntry, "add")).status_code == 403
    for page in ("change", "delete"):
        answer = staff_browser.post(url(AuditEntry, page, entry.pk), {"post": "yes"})
        assert answer.status_code == 403
    page = staff_browser.get(url(AuditEntry, "changelist")).content.decode()
    assert "delete_selected" not in page
    assert AuditEntry.objects.get() == entry


def test_it_outlives_the_account(prediction: Prediction, staff_browser: Client) -> None:
    leaving = UserFactory(is_staff=True, is_superuser=True)
    look(browser(leaving), PAGES["file"](prediction))
    number = leaving.pk
    leaving.delete()
    page = staff_browser.get(url(AuditEntry, "changelist")).content.decode()
    assert f"user {number}, since deleted" in page
