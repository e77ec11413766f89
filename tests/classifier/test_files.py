from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from classifier import files
from classifier.models import LesionImage, Prediction, Status
from tests.conftest import stored_files
from tests.factories import LesionImageFactory, prediction_in

pytestmark = pytest.mark.django_db(transaction=True)


def make_old(path: Path) -> None:
    hours_ago = time.time() - 2 * 3600
    os.utime(path, (hours_ago, hours_ago))


def test_deleting_a_photograph_deletes_its_rows_and_files(alice: User, media: Path) -> None:
    prediction = prediction_in(Status.SUCCEEDED, image__owner=alice)
    kept = LesionImageFactory(owner=alice)
    prediction.image.delete()
    assert not Prediction.objects.exists()
    assert {path.name for path in stored_files(media)} == {Path(kept.file.name).name}


def test_deleting_an_account_deletes_all_its_files(alice: User, media: Path) -> None:
    for _ in range(3):
        prediction_in(Status.SUCCEEDED, image__owner=alice)
    alice.delete()
    assert stored_files(media) == []
    assert not LesionImage.objects.exists()


def test_deleting_many_at_once_deletes_their_files(media: Path) -> None:
    LesionImageFactory()
    LesionImageFactory()
    LesionImage.objects.all().delete()
    assert stored_files(media) == []


def test_a_sweep_deletes_old_files_without_a_row_and_nothing_else(media: Path) -> None:
    image = LesionImageFactory()
    orphan, young = media / "images/ab/orphan.jpg", media / "thumbnails/ab/young.jpg"
    for path in (orphan, young):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"left behind")
    for path in stored_files(media):
        make_old(path)
    os.utime(young)
    assert files.sweep_orphans() == 1
    assert not orphan.exists()
    assert young.exists()
    assert image.file.storage.exists(image.file.name)
    assert image.thumbnail.storage.exists(image.thumbnail.name)


def test_a_sweep_of_an_empty_installation_finds_nothing(media: Path) -> None:
    assert files.sweep_orphans() == 0


def test_a_sweep_deletes_uploads_that_a_crash_cut_off(
    media: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    cut_off, under_way = tmp_path / "tmpabc.upload.jpg", tmp_path / "tmpdef.upload.jpg"
    cut_off.write_bytes(b"with its metadata")
    under_way.write_bytes(b"with its metadata")
    make_old(cut_off)
    assert files.sweep_orphans() == 1
    assert not cut_off.exists()
    assert under_way.exists()
