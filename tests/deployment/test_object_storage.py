"""Photographs in a bucket: the same product on a real S3 server."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from classifier import files
from classifier.downloads import archives
from classifier.models import Status
from classifier.records import Archive, archive_path
from skincare import object_storage, stores
from skincare.environment import Environment
from tests import object_store
from tests.cards import write_artifact
from tests.conftest import QUICK
from tests.factories import LesionImageFactory, prediction_in
from tests.images import encoded, lesion
from tests.installation import Client, Installation, running
from tests.object_store import BUCKET, Store
from tests.services import wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with object_store.running() as store:
        yield store


@pytest.fixture
def store(server: Store, settings: Settings, tmp_path: Path) -> Store:
    """The server's bucket, empty, as this process's storage."""
    for name in server.names:
        server.client.delete_object(Bucket=BUCKET, Key=name)
    chosen = stores.media_storage(Environment(server.variables))
    settings.STORAGES = {**settings.STORAGES, "default": chosen}
    settings.DATA_DIR = tmp_path
    return server


def test_without_a_bucket_photographs_lie_in_a_folder() -> None:
    assert stores.media_storage(Environment({}))["BACKEND"].endswith("FileSystemStorage")


def test_what_is_stored_is_read_again_and_nobody_else_sees_it(store: Store) -> None:
    default_storage.save("images/a b.jpg", ContentFile(b"photograph"))
    with default_storage.open("images/a b.jpg") as file:
        assert (file.size, file.read()) == (10, b"photograph")
    assert requests.get(f"{store.url}/{BUCKET}/images/a b.jpg", timeout=10).status_code == 403
    default_storage.delete("images/a b.jpg")
    assert store.names == []


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        default_storage.open("images/none.jpg")


def test_a_large_object_is_read_on_from_anywhere(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_storage, "IN_MEMORY", 100)
    content = bytes(range(256)) * 1000
    default_storage.save("archives/large.zip", ContentFile(content))
    with default_storage.open("archives/large.zip") as file:
        assert file.read(10) == content[:10]
        file.seek(200_000)
        assert file.read(300) == content[200_000:200_300]
        file.seek(-5, io.SEEK_END)
        assert file.read() == content[-5:]
        file.seek(0)
        assert file.read() == content


@pytest.mark.django_db(transaction=True)
def test_a_sweep_deletes_old_objects_without_a_row_and_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = LesionImageFactory()
    default_storage.save("images/ab/orphan.jpg", ContentFile(b"left behind"))
    assert files.sweep_orphans() == 0  # it may belong to an upload that has not ended
    monkeypatch.setattr(files, "ORPHAN_AGE", datetime.timedelta(seconds=-60))
    assert files.sweep_orphans() == 1
    assert set(store.names) == {image.file.name, image.thumbnail.name}
    image.delete()
    assert store.names == []


@pytest.mark.django_db(transaction=True)
def test_an_archive_is_built_and_goes_after_a_day(store: Store, alice: User) -> None:
    prediction = prediction_in(Status.SUCCEEDED, image__owner=alice)
    archive = Archive.objects.create(owner=alice, selection=[str(prediction.pk)])
    archives.build(seconds=10)
    with default_storage.open(archive_path(archive)) as file, zipfile.ZipFile(file) as built:
        assert built.testzip() is None
        assert f"photographs/{prediction.image_id}.jpg" in built.namelist()
    Archive.objects.update(created_at=timezone.now() - archives.LIFETIME * 2)
    archives.tidy()
    prediction.image.delete()
    assert store.names == []


def test_from_upload_to_result_to_download_to_nothing(
    server: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The real processes, with a stand-in for the network."""
    folder = tmp_path_factory.mktemp("bucket")
    variables = {
        **QUICK,
        **server.variables,
        "PREDICTOR": "tests.predictor.ColourPredictor",
        "ARTIFACT": str(write_artifact(folder / "artifact")),
    }
    with running(Installation(folder / "data", variables)) as installation:
        client = Client(installation)
        before = set(server.names)
        prediction = client.finished(client.upload(encoded(lesion(600, 450))).json()["id"])
        assert prediction["status"] == "succeeded"
        assert len(set(server.names) - before) == 2
        path = f"predictions/{prediction['id']}/"
        for kind in ("image", "thumbnail", "heatmap"):
            answer = client.get(f"{path}{kind}/")
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert len(answer.content) > 1000

        ordered = client.session.post(f"{client.root}/account/archives/", timeout=30).json()
        address = f"account/archives/{ordered['id']}/"
        wait_until(lambda: client.get(address).json()["finished_at"], "the archive")
        download = client.get(f"{address}download/")
        with zipfile.ZipFile(io.BytesIO(download.content)) as archive:
            assert archive.testzip() is None
            assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 1
        part = client.session.get(
            f"{client.root}/{address}download/", headers={"Range": "bytes=10-19"}, timeout=30
        )
        assert (part.status_code, part.content) == (206, download.content[10:20])

        assert client.session.delete(f"{client.root}/{path}", timeout=30).status_code == 204
        left = set(server.names) - before
        assert {name.partition("/")[0] for name in left} <= {"archives"}
        assert not list((folder / "data").rglob("*.jpg"))


def test_a_missing_bucket_is_made_once(store: Store, settings: Settings) -> None:
    chosen = stores.media_storage(Environment({**store.variables, "S3_BUCKET": "another"}))
    settings.STORAGES = {**settings.STORAGES, "default": chosen}
    answers = [io.StringIO(), io.StringIO()]
    for answer in answers:
        call_command("make_bucket", stdout=answer)
    assert [answer.getvalue().strip() for answer in answers] == [
        "The bucket is made.",
        "The bucket is there.",
    ]


def test_without_a_bucket_none_is_made() -> None:
    with pytest.raises(CommandError, match="S3_BUCKET names no bucket"):
        call_command("make_bucket")
