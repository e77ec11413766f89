"""What is deleted is in no table and in no file any more."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from classifier import files
from classifier.downloads import archives, workpieces
from classifier.models import AuditEntry, LesionImage, Prediction
from classifier.privacy import leaving
from classifier.records import Archive, archive_path
from tests.classifier.conftest import api_client, browser
from tests.conftest import stored_files
from tests.everything import WORDS, all_rows, as_text, everything_of, files_with, keys_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

ALLOWED = {
    "classifier.AuditEntry",  # what the staff did, by ids alone
}


@pytest.fixture
def folders(
    media: Path, tmp_path: Path, settings: Settings, wake_ups: list[str], alice: User
) -> list[Path]:
    """All that the installation writes."""
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    alice.email = f"{WORDS}@example.org"
    alice.save()
    return [media, settings.EMAIL_FILE_PATH, Path(settings.DATA_DIR)]


@pytest.fixture
def made(folders: list[Path], alice: User, staff: User, bob: User) -> list[Prediction]:
    """Everything of Alice's, and as much of Bob's, which is to stay."""
    everything_of(bob, staff)
    return everything_of(alice, staff)


def rows_with(needles: set[str]) -> set[str]:
    return {
        label
        for label, rows in as_text(all_rows()).items()
        if any(needle in row for row in rows for needle in needles)
    }


def in_files(texts: set[str], photographs: list[bytes], folders: list[Path]) -> set[Path]:
    """Where the words, or bytes from the midst of the photographs, are to be found."""
    leaving.empty_the_write_ahead_log()
    midst = {one[len(one) // 2 :][:64] for one in photographs}
    return files_with({text.encode() for text in texts} | midst, *folders)


def contents(predictions: list[Prediction]) -> list[bytes]:
    images = [one.image for one in predictions]
    stored = [field for image in images for field in (image.file, image.thumbnail)]
    return [Path(field.path).read_bytes() for field in stored]


def by_page(user: User) -> None:
    answer = browser(user).post("/account/delete/", {"password": PASSWORD})
    assert answer["Location"] == "/accounts/login/"


def by_api(user: User) -> None:
    answer = api_client(user).post("/api/v1/account/delete/", {"password": PASSWORD})
    assert answer.status_code == 204


def by_staff(user: User) -> None:
    path = reverse("admin:auth_user_delete", args=[user.pk])
    assert (
        browser(User.objects.get(username="staff")).post(path, {"post": "yes"}).status_code == 302
    )


@pytest.mark.parametrize("way", [by_page, by_api, by_staff], ids=lambda way: way.__name__)
def test_a_deleted_account_leaves_nothing(
    way: Callable[[User], None], made: list[Prediction], alice: User, bob: User, folders: list[Path]
) -> None:
    photographs, keys = contents(made), keys_of(alice)
    number, bobs = alice.pk, rows_of(bob)
    assert len(rows_with(keys)) >= 8
    assert len(in_files(keys, photographs, folders)) >= 6  # photographs, thumbnails, zips
    assert in_files({alice.email}, [], [folders[1]])

    way(alice)

    assert rows_with(keys | {alice.email, '"alice"'}) <= ALLOWED
    assert rows_that_point_to(number) == set()
    assert in_files(keys | {alice.email}, photographs, folders[:2]) == set()
    assert rows_of(bob) == bobs
    assert AuditEntry.objects.filter(action="deleted", kind="user", object_id=number).exists()


def rows_of(user: User) -> dict[str, int]:
    return {
        label: sum(row.get("owner_id", row.get("user_id")) == user.pk for row in rows)
        for label, rows in all_rows().items()
    }


def rows_that_point_to(number: int) -> set[tuple[str, str]]:
    """Each foreign key to an account, of whichever application."""
    found = set()
    for related in User._meta.related_objects:
        rows = related.related_model._base_manager.filter(**{related.field.attname: number})
        if rows.exists():
            found.add((related.related_model._meta.label, related.field.name))
    return found - {("classifier.AuditEntry", "actor")}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its files to itself")
def test_not_even_the_database_file_holds_what_was_said(
    made: list[Prediction], alice: User, bob: User, folders: list[Path]
) -> None:
    bob.delete()
    connection.close()  # a new connection has the settings that production has
    database = Path(connection.settings_dict["NAME"])
    assert in_files({f"{WORDS} itches"}, [], [database.parent]) == {database}
    leaving.delete_account(alice)
    assert in_files({f"{WORDS} itches", f"{WORDS}.jpg"}, [], [database.parent]) == set()


@pytest.mark.parametrize("way", ["page", "api"])
def test_a_deleted_photograph_leaves_nothing(
    way: str, made: list[Prediction], alice: User, folders: list[Path]
) -> None:
    gone, kept = made
    photographs = contents([gone])
    keys = {str(gone.image_id), gone.image_id.hex}
    for pk in gone.image.predictions.values_list("pk", flat=True):
        keys |= {str(pk), pk.hex}
    before = LesionImage.objects.count()
    assert len(rows_with(keys)) >= 8
    assert len(in_files(keys, photographs, folders)) >= 4

    if way == "page":
        browser(alice).post(f"/predictions/{gone.pk}/delete/")
    else:
        assert api_client(alice).delete(f"/api/v1/predictions/{gone.pk}/").status_code == 204

    assert rows_with(keys) <= ALLOWED
    assert in_files(keys, photographs, folders[:2]) == set()
    assert LesionImage.objects.count() == before - 1
    assert len(in_files({kept.image_id.hex}, contents([kept]), folders[:1])) == 2


def test_a_deleted_lesion_leaves_its_photographs_and_nothing_of_itself(
    made: list[Prediction], alice: User, folders: list[Path]
) -> None:
    lesion = made[0].image.lesion
    assert lesion is not None
    keys = {str(lesion.pk), lesion.pk.hex}
    assert api_client(alice).delete(f"/api/v1/lesions/{lesion.pk}/").status_code == 204
    assert rows_with(keys) == set()
    assert in_files(keys, [], folders[:2]) == set()
    assert LesionImage.objects.filter(pk=made[0].image_id, lesion=None).exists()


def test_a_zip_that_is_not_begun_goes_on_without_the_photograph(
    made: list[Prediction], alice: User
) -> None:
    gone, kept = made
    Archive.objects.all().delete()
    waiting = archives.order(alice, [str(gone.pk), str(kept.pk)])
    other = archives.order(alice, [str(kept.pk)])
    gone.image.delete()
    assert Archive.objects.get(pk=waiting.pk).selection == [str(kept.pk)]
    assert Archive.objects.get(pk=other.pk).selection == [str(kept.pk)]


def test_a_zip_that_a_worker_is_building_goes(made: list[Prediction], alice: User) -> None:
    Archive.objects.all().delete()
    archive = archives.order(alice, [str(one.pk) for one in made])
    assert archives._claimed() == (archive, workpieces.begin(archive))
    made[0].image.delete()
    assert not Archive.objects.exists()


def test_what_a_crash_between_commit_and_unlink_left_is_swept_up(
    made: list[Prediction], alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise SystemExit

    zips = [media / archive_path(archive) for archive in alice.archives.all()]
    with monkeypatch.context() as patched:
        patched.setattr(files, "delete_files", crash)
        patched.setattr(archives, "_delete_files", crash)
        with pytest.raises(SystemExit):
            leaving.delete_account(alice)
    assert not User.objects.filter(username="alice").exists()
    left = {*stored_files(media)} - _files_with_a_row(media)
    assert {*zips} <= left
    assert len(left) == 6
    call_command("sweep")
    assert left <= {*stored_files(media)}  # young ones may belong to an upload
    for path in stored_files(media):
        os.utime(path, (time.time() - 7200,) * 2)
    call_command("sweep")
    assert {*stored_files(media)} == _files_with_a_row(media)
    assert len(_files_with_a_row(media)) == 6  # Bob's


def _files_with_a_row(media: Path) -> set[Path]:
    names = [name for pair in LesionImage.objects.values_list("file", "thumbnail") for name in pair]
    zips = [media / archive_path(archive) for archive in Archive.objects.all()]
    return {media / name for name in names} | {*zips}


def test_the_admins_own_log_stays_empty(
    made: list[Prediction], alice: User, staff_browser: Client
) -> None:
    path = reverse("admin:auth_user_delete", args=[alice.pk])
    staff_browser.post(path, {"post": "yes"})
    assert all_rows()["admin.LogEntry"] == []
    answer = staff_browser.get(reverse("admin:auth_user_history", args=[alice.pk]))
    assert answer["Location"] == f"/admin/classifier/auditentry/?q={alice.pk}"
    assert "deleted" in staff_browser.get(answer["Location"]).content.decode().lower()


def test_mail_goes_with_its_account_and_with_time(folders: list[Path]) -> None:
    mail = folders[1]
    mail.mkdir()
    old, others = mail / "old.log", mail / "others.log"
    for path in (old, others):
        path.write_text("To: somebody@example.org")
    os.utime(old, (time.time() - 4 * 24 * 3600,) * 2)
    leaving.forget_old_mail()
    assert [*mail.iterdir()] == [others]
