"""Confirmed diagnoses on the page of a photograph."""

from __future__ import annotations

from pathlib import Path

from django.contrib.auth.models import User
from django.test import Client

from classifier.models import Diagnosis, LesionImage
from tests.classifier.test_admin import diagnosis_of, url
from tests.factories import LesionImageFactory


def record(client: Client, image: LesionImage, **fields: str) -> None:
    """Fill in and send the page of a photograph."""
    existing = Diagnosis.objects.filter(image=image).first()
    data = {
        "diagnosis-TOTAL_FORMS": "1",
        "diagnosis-INITIAL_FORMS": str(int(existing is not None)),
        "diagnosis-0-id": str(existing.pk) if existing else "",
        "diagnosis-0-image": str(image.pk),
        "predictions-TOTAL_FORMS": "0",
        "predictions-INITIAL_FORMS": "0",
        **{f"diagnosis-0-{name}": value for name, value in fields.items()},
    }
    answer = client.post(url(LesionImage, "change", image.pk), data)
    assert answer.status_code == 302, answer.context["errors"]


def test_a_diagnosis_notes_who_said_so(
    alice: User, staff: User, staff_browser: Client, media: Path
) -> None:
    image = LesionImageFactory(owner=alice)
    record(staff_browser, image, label="mel", method="histo", diagnosed_by=str(alice.pk))
    diagnosis = Diagnosis.objects.get()
    assert (diagnosis.image, diagnosis.label, diagnosis.method) == (image, "mel", "histo")
    assert diagnosis.diagnosed_by == staff


def test_a_corrected_diagnosis_notes_who_corrected_it(
    staff: User, staff_browser: Client, media: Path
) -> None:
    diagnosis = diagnosis_of(LesionImageFactory())
    record(staff_browser, diagnosis.image, label="mel", method="histo")
    diagnosis.refresh_from_db()
    assert (diagnosis.label, diagnosis.diagnosed_by) == ("mel", staff)


def test_a_diagnosis_can_be_taken_back(staff_browser: Client, media: Path) -> None:
    image = diagnosis_of(LesionImageFactory()).image
    record(staff_browser, image, label="nv", method="consensus", DELETE="on")
    assert not Diagnosis.objects.exists()


def test_a_photograph_itself_is_not_changed(
    alice: User, staff_browser: Client, media: Path
) -> None:
    image = LesionImageFactory(owner=alice, note="Itches.")
    data = {"diagnosis-TOTAL_FORMS": "0", "diagnosis-INITIAL_FORMS": "0"}
    changed = {"note": "Does not.", "owner": "1", "sha256": "f" * 64}
    staff_browser.post(url(LesionImage, "change", image.pk), {**data, **changed})
    image.refresh_from_db()
    assert (image.note, image.owner, image.sha256) == ("Itches.", alice, "1" * 64)
