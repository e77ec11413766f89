"""How long photographs are kept, by the installation's word and by their owner's."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from classifier import intake, tasks
from classifier.models import AuditEntry, LesionImage, Prediction, Status
from classifier.privacy import retention
from classifier.privacy.retention_records import RetentionChoice
from tests.conftest import stored_files
from tests.factories import LesionImageFactory, prediction_in

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime.timedelta(days=1)


def photograph(owner: User, *, days: float, status: str = Status.SUCCEEDED) -> LesionImage:
    """Uploaded, and classified, so long ago."""
    prediction = prediction_in(status, image__owner=owner)
    then = timezone.now() - days * DAY
    LesionImage.objects.filter(pk=prediction.image_id).update(created_at=then)
    Prediction.objects.filter(pk=prediction.pk).exclude(finished_at=None).update(finished_at=then)
    prediction.image.refresh_from_db()
    return prediction.image


def chosen(owner: User, days: int, *, ago: float = 2) -> None:
    retention.choose(owner, days)
    RetentionChoice.objects.filter(user=owner).update(chosen_at=timezone.now() - ago * DAY)


def left() -> set[Any]:
    assert retention.purge(seconds=60) is False
    return set(LesionImage.objects.values_list("pk", flat=True))


def test_without_a_period_everything_stays(alice: User, media: Path) -> None:
    image = photograph(alice, days=10_000)
    assert left() == {image.pk}
    assert retention.kept_until(image, None) is None


def test_what_is_over_the_installations_period_goes_with_its_files(
    alice: User, media: Path, settings: Settings
) -> None:
    settings.RETENTION_DAYS = 30
    old, young = photograph(alice, days=30.1), photograph(alice, days=29.9)
    assert retention.kept_until(old, None) == old.created_at + 30 * DAY
    assert left() == {young.pk}
    names = {path.name for path in stored_files(media)}
    assert names == {Path(young.file.name).name}
    (entry,) = AuditEntry.objects.all()
    assert (entry.actor_id, entry.action, entry.kind) == (None, "deleted", "lesionimage")
    assert entry.object_id == str(old.pk)


def test_a_user_may_choose_a_shorter_one_for_what_is_his(
    alice: User, bob: User, media: Path, settings: Settings
) -> None:
    settings.RETENTION_DAYS = 30
    chosen(alice, 7)
    photograph(alice, days=7.1)
    kept = {photograph(alice, days=6.9).pk, photograph(bob, days=7.1).pk}
    assert left() == kept


def test_of_both_the_shorter_one_counts(alice: User, media: Path, settings: Settings) -> None:
    chosen(alice, 30)
    image = photograph(alice, days=8)
    settings.RETENTION_DAYS = 7
    assert retention.kept_until(image, retention.choice_of(alice)) == image.created_at + 7 * DAY
    assert left() == set()


def test_a_choice_begins_to_count_a_day_later_and_can_be_taken_back(
    alice: User, media: Path
) -> None:
    image = photograph(alice, days=100)
    chosen(alice, 7, ago=0.9)
    assert retention.over_tomorrow(alice) == 1
    choice = retention.choice_of(alice)
    assert choice is not None
    assert retention.kept_until(image, choice) == choice.chosen_at + DAY
    assert left() == {image.pk}
    retention.choose(alice, None)
    assert left() == {image.pk}
    chosen(alice, 7, ago=1.1)
    retention.choose(alice, 7)  # the same again does not put it off
    assert left() == set()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_what_waits_for_its_result_stays_until_a_day_after_it(
    status: str, alice: User, media: Path, settings: Settings
) -> None:
    settings.RETENTION_DAYS = 7
    image = photograph(alice, days=8, status=status)
    assert left() == {image.pk}
    finished = {
        "status": Status.FAILED, "claimed_until": None, "error_code": "x", "error_message": "x",
    }  # fmt: skip
    image.predictions.update(finished_at=timezone.now(), **finished)
    assert left() == {image.pk}
    image.predictions.update(finished_at=timezone.now() - 1.1 * DAY)
    assert left() == set()


def test_what_staff_ask_again_in_the_background_keeps_nothing(
    alice: User, media: Path, settings: Settings
) -> None:
    settings.RETENTION_DAYS = 7
    image = photograph(alice, days=8)
    version = image.predictions.get().model_version
    prediction_in(Status.QUEUED, image=image, requested_version=version)
    assert left() == set()


def test_what_changes_while_it_is_being_deleted_is_looked_at_again(
    alice: User, media: Path, wake_ups: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retried, or a longer period chosen, after the list was made: it stays."""
    retried, last = photograph(alice, days=9), photograph(alice, days=8)
    chosen(alice, 7)
    looks = iter(range(10))

    class Clock:
        """Looked at when a purge begins, and again before each photograph."""

        @staticmethod
        def monotonic() -> float:
            look = next(looks)
            if look == 1:
                intake.retry(retried.predictions.get())
            if look == 2:
                retention.choose(alice, 365)
            return 0.0

    monkeypatch.setattr(retention, "time", Clock)
    assert left() == {retried.pk, last.pk}
    assert next(looks) == 3
    assert not AuditEntry.objects.exists()


def test_it_goes_on_in_slices(
    alice: User, media: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETENTION_DAYS = 7
    monkeypatch.setattr(retention, "BATCH", 2)
    sent: list[str] = []
    monkeypatch.setattr(
        "classifier.tasks.current_app.send_task", lambda name, **_: sent.append(name)
    )
    for _ in range(5):
        LesionImageFactory(owner=alice)
    LesionImage.objects.update(created_at=timezone.now() - 8 * DAY)
    monkeypatch.setattr(tasks, "PURGE_SECONDS", -1.0)
    tasks.purge_expired()
    assert sent == ["classifier.tasks.purge_expired"]
    assert LesionImage.objects.count() == 5
    monkeypatch.setattr(tasks, "PURGE_SECONDS", 60.0)
    tasks.purge_expired()
    assert len(sent) == 1
    assert not LesionImage.objects.exists()


# Pages and API


def test_the_account_page_takes_a_choice_and_says_what_will_go(
    alice: User, alice_browser: Client, media: Path, settings: Settings
) -> None:
    settings.RETENTION_DAYS = 30
    photograph(alice, days=8)
    html = alice_browser.get("/account/").content.decode()
    assert "Photographs are kept for 30 days here." in html
    answer = alice_browser.post("/account/retention/", {"days": "31"})
    assert "Photographs are kept for at most 30 days here." in answer.content.decode()
    answer = alice_browser.post("/account/retention/", {"days": "7"}, follow=True)
    assert "1 photograph is older and will be deleted from tomorrow on." in answer.content.decode()
    assert RetentionChoice.objects.get().days == 7
    alice_browser.post("/account/retention/", {"days": ""})
    assert not RetentionChoice.objects.exists()


def test_the_pages_say_until_when(
    alice: User, alice_browser: Client, media: Path, settings: Settings
) -> None:
    image = photograph(alice, days=1)
    path = f"/predictions/{image.predictions.get().pk}/"
    assert "Kept until" not in alice_browser.get(path).content.decode()
    assert "after their upload" not in alice_browser.get("/upload/").content.decode()
    settings.RETENTION_DAYS = 30
    until = (image.created_at + 30 * DAY).strftime("%Y")
    html = alice_browser.get(path).content.decode()
    assert until in html[html.index("Kept until") :][:60]
    html = " ".join(alice_browser.get("/upload/").content.decode().split())
    assert "They are deleted 30 days after their upload." in html


def test_the_api_takes_a_choice_and_says_until_when(
    alice: User, alice_api: APIClient, media: Path, settings: Settings
) -> None:
    settings.RETENTION_DAYS = 30
    image = photograph(alice, days=1)
    url = "/api/v1/account/"
    nothing = {"days": None, "counts_from": None, "installation_days": 30}
    assert alice_api.get(url).json()["retention"] == nothing
    for wrong in (0, 31, "x", -1):
        answer = alice_api.patch(url, {"retention_days": wrong}, format="json")
        assert answer.status_code == 400
        assert set(answer.json()["error"]["fields"]) == {"retention_days"}
    unchanged = alice_api.patch(url, {}, format="json")
    assert (unchanged.status_code, unchanged.json()["retention"]["days"]) == (200, None)
    shown = alice_api.patch(url, {"retention_days": 7}, format="json").json()["retention"]
    assert shown["days"] == 7
    until = alice_api.get(f"/api/v1/images/{image.pk}/").json()["kept_until"]
    assert datetime.datetime.fromisoformat(until) == image.created_at + 7 * DAY
    assert alice_api.patch(url, {"retention_days": None}, format="json").status_code == 200
    assert alice_api.get(url).json()["retention"] == nothing


def test_the_privacy_page_says_what_is_in_force(
    client: Client, settings: Settings, db: None
) -> None:
    html = " ".join(client.get("/privacy/").content.decode().split())
    assert "kept until you delete them" in html
    settings.RETENTION_DAYS, settings.PRIVACY_CONTACT = 30, "Clinic <x>, privacy@example.org"
    settings.SESSION_COOKIE_AGE = 3 * 86_400
    html = " ".join(client.get("/privacy/").content.decode().split())
    assert "They are deleted 30 days after their upload" in html
    assert "Clinic &lt;x&gt;, privacy@example.org" in html
    assert "logged in: 3 days" in html
    for page in ("/accounts/signup/", "/accounts/login/"):
        assert 'href="/privacy/"' in client.get(page).content.decode()
