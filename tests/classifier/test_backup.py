"""A backup of one place, restored into another: every row, every file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from classifier.backup import make, rows
from classifier.models import LesionImage, Prediction
from tests import services
from tests.everything import all_rows, as_text, everything_of
from tests.factories import LesionImageFactory
from tests.place import Place, digests

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server() -> Iterator[services.Server]:
    with services.postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty one, on each of the databases."""
    if request.param == "sqlite":
        return Place(tmp_path / "elsewhere")
    url = request.getfixturevalue("server").url
    admin = Place(tmp_path / "unused", {"DATABASE_URL": url})
    name = f"place_{abs(hash(str(tmp_path)))}"
    admin.run("shell", "-v0", "-c", _execute(f"CREATE DATABASE {name}"))
    return Place(tmp_path / "elsewhere", {"DATABASE_URL": url.replace("/postgres", f"/{name}")})


def _execute(sql: str) -> str:
    return f"from django.db import connection; connection.cursor().execute({sql!r})"


@pytest.fixture
def full(
    alice: User, staff: User, media: Path, tmp_path: Path, settings: Settings, wake_ups: list[str]
) -> list[Prediction]:
    """What everything of one user and a registered network make."""
    settings.SECRET_KEY = "sessions are signed with it"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.NETWORKS_DIR = tmp_path / "networks"
    made = everything_of(alice, staff)
    network = settings.NETWORKS_DIR / ("5" * 64)
    network.mkdir(parents=True)
    (network / "served.tflite").write_bytes(b"a network" * 100_000)
    (settings.NETWORKS_DIR / "half.part").mkdir()
    (settings.NETWORKS_DIR / "half.part" / "card.json").write_text("{}")
    return made


def backup(folder: Path) -> Path:
    call_command("backup", str(folder / "backup.tar"))
    return folder / "backup.tar"


def rows_here() -> dict[str, list[str]]:
    return as_text(all_rows())


def without_what_is_left_out(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {label: rows_ for label, rows_ in found.items() if label.lower() not in rows.LEFT_OUT}


@pytest.mark.usefixtures("full")
def test_an_empty_place_gets_every_row_and_every_file(
    place: Place, media: Path, tmp_path: Path
) -> None:
    before = without_what_is_left_out(rows_here())
    assert sum(len(found) for found in before.values()) > 100
    assert all(
        before[label]
        for label in (
            "classifier.Prediction", "classifier.Diagnosis", "classifier.WebhookDelivery",
            "auth.Group_permissions", "otp_static.StaticToken", "authtoken.Token",
        )
    )  # fmt: skip

    done = place.run("restore", str(backup(tmp_path)))

    after = place.rows()
    assert {label: after[label] for label in before} == before
    assert all(not after[label] for label in after if label not in before)
    photographs = {name: one for name, one in digests(media).items() if "archives" not in name}
    assert place.files() == photographs
    assert len(photographs) == 4
    networks = place.folder / "networks"
    assert [path.name for path in networks.iterdir()] == ["5" * 64]
    assert (networks / ("5" * 64) / "served.tflite").read_bytes() == b"a network" * 100_000
    assert "5 files" in done.stdout


def test_the_number_of_a_deleted_account_is_not_given_out_again(
    place: Place, tmp_path: Path, alice: User, bob: User
) -> None:
    gone = bob.pk
    bob.delete()
    place.run("restore", str(backup(tmp_path)))
    place.run("migrate", "--check")
    made = place.run(
        "shell", "-v0", "-c",
        "from django.contrib.auth.models import User; print(User.objects.create_user('new').pk)",
    )  # fmt: skip
    assert int(made.stdout) > gone > alice.pk


@pytest.mark.usefixtures("full")
def test_a_place_that_is_not_empty_is_left_alone_unless_told_to_replace(
    tmp_path: Path, media: Path
) -> None:
    place, file = Place(tmp_path / "elsewhere"), backup(tmp_path)
    place.run("restore", str(file))
    photograph = next(iter(place.files()))
    LesionImage.objects.exclude(file=photograph).exclude(thumbnail=photograph).delete()
    smaller = tmp_path / "smaller.tar"
    call_command("backup", str(smaller))

    before = place.rows(), place.files()
    refused = place.run("restore", str(smaller), check=False)
    assert refused.returncode == 1
    assert "There is something here already (photographs): use --replace" in refused.stderr
    assert (place.rows(), place.files()) == before

    place.run("restore", str(smaller), "--replace")
    assert len(place.rows()["classifier.LesionImage"]) == 1
    assert len(place.files()) == 2


def test_accounts_alone_and_files_alone_are_something_too(tmp_path: Path, alice: User) -> None:
    file = backup(tmp_path)
    with_account, with_file = Place(tmp_path / "account"), Place(tmp_path / "file")
    with_account.run("restore", str(file))
    assert "(accounts)" in with_account.run("restore", str(file), check=False).stderr
    (with_file.folder / "media" / "images" / "ab").mkdir(parents=True)
    (with_file.folder / "media" / "images" / "ab" / "x.jpg").write_bytes(b"a photograph")
    assert "(stored files)" in with_file.run("restore", str(file), check=False).stderr
    assert with_file.files()


def test_a_place_where_a_worker_runs_is_left_alone(tmp_path: Path, alice: User) -> None:
    place, file = Place(tmp_path / "elsewhere"), backup(tmp_path)
    place.run("migrate", "-v0")
    place.run(
        "shell", "-v0", "-c",
        "from django.utils.timezone import now; from classifier.capacity import Worker; "
        "Worker.objects.create(name='w', started_at=now(), seen_at=now())",
    )  # fmt: skip
    refused = place.run("restore", str(file), "--replace", check=False)
    assert "stop web, worker, beat and courier" in refused.stderr
    assert len(place.rows()["classifier.Worker"]) == 1


@pytest.mark.usefixtures("full")
def test_a_photograph_that_is_deleted_meanwhile_is_not_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: list[Prediction]
) -> None:
    """Also one of which the photograph is copied already, and its thumbnail not yet."""
    half, whole = sorted((one.image for one in full), key=lambda image: str(image.pk))
    copied: list[str] = []
    original = make.Writer.add_file

    def deleting(writer: Any, name: str, *rest: Any) -> None:
        original(writer, name, *rest)
        copied.append(name)
        if name == f"media/{half.file.name}":
            half.delete()

    monkeypatch.setattr(make.Writer, "add_file", deleting)
    file = backup(tmp_path)
    assert f"media/{half.file.name}" in copied
    place = Place(tmp_path / "elsewhere")
    place.run("restore", str(file))
    assert set(place.files()) == {whole.file.name, whole.thumbnail.name}
    assert len(place.rows()["classifier.LesionImage"]) == 1
    assert not [row for row in place.rows()["classifier.Prediction"] if str(half.pk) in row]


@pytest.mark.usefixtures("full")
def test_a_photograph_that_comes_meanwhile_waits_for_the_next_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    """The snapshot is of one moment, and nobody waits for it: an upload goes on meanwhile."""
    before = LesionImage.objects.count()
    original = make._add_table

    def uploading(writer: Any, model: Any, summary: Any) -> None:
        original(writer, model, summary)
        if model._meta.label_lower == "auth.user":
            _in_another_connection(lambda: LesionImageFactory(owner_id=alice.pk, owner=alice))

    monkeypatch.setattr(make, "_add_table", uploading)
    file = backup(tmp_path)
    assert LesionImage.objects.count() == before + 1
    place = Place(tmp_path / "elsewhere")
    place.run("restore", str(file))
    assert len(place.rows()["classifier.LesionImage"]) == before
    assert len(place.files()) == 2 * before


def _in_another_connection(work: Any) -> None:
    def in_thread() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
