"""What is no whole backup, or none for this release, changes nothing; an older one is migrated."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from classifier.backup import BackupError, container, make, restore, schema
from classifier.models import Prediction, Status
from ml.labels import LABELS
from tests.classifier.test_migrations import migrate, old_image
from tests.conftest import stored_files
from tests.factories import PredictionFactory
from tests.place import Place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def whole(alice: User, media: Path) -> bytes:
    PredictionFactory(image__owner=alice)
    return written()


def written() -> bytes:
    out = io.BytesIO()
    make.write(out)
    return out.getvalue()


@pytest.fixture
def untouched(whole: bytes, media: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is dropped, no row and no file goes."""
    monkeypatch.setattr(schema, "rebuild", lambda _: pytest.fail("The database was dropped."))
    before = Prediction.objects.count(), {p: p.read_bytes() for p in stored_files(media)}
    yield
    assert (Prediction.objects.count(), {p: p.read_bytes() for p in stored_files(media)}) == before


def refused(content: bytes) -> str:
    with pytest.raises(BackupError) as refusal:
        restore.restore(io.BytesIO(content), replace=True)
    return str(refusal.value)


@pytest.mark.usefixtures("untouched")
def test_a_file_that_is_cut_off_is_refused(whole: bytes) -> None:
    end = len(whole.rstrip(b"\0"))  # what follows is filling
    for kept in (*range(0, end, 5000), end - 1):
        assert refused(whole[:kept]) == container.DAMAGED, kept


@pytest.mark.usefixtures("untouched")
def test_every_changed_byte_of_a_content_is_found(whole: bytes) -> None:
    places = [
        info.offset_data + where
        for info, _ in container.members(io.BytesIO(whole))
        if info.size
        for where in {0, info.size // 2, info.size - 1}
    ]
    assert len(places) > 30
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1
        assert refused(bytes(changed)) == container.DAMAGED, place


@pytest.mark.usefixtures("untouched")
def test_a_part_that_is_missing_or_doubled_is_found(whole: bytes) -> None:
    parts = [(i.name, c.read()) for i, c in container.members(io.BytesIO(whole))]
    names = [name for name, _ in parts]
    assert names[0] == container.HEAD
    assert names[-1] == container.END
    for other in (parts[:3] + parts[4:], parts[:-1], [*parts, parts[-2]], parts[1:], parts[::-1]):
        assert refused(_as_tar(other)) == container.DAMAGED
    assert _as_tar(parts)[:1000] == whole[:1000]


def _as_tar(parts: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    writer = container.Writer(out)
    for name, content in parts:
        writer.add(name, content)
    writer._tar.close()
    return out.getvalue()


@pytest.mark.usefixtures("untouched")
def test_something_else_is_refused() -> None:
    for content in (b"", b"a zip, perhaps", b"\0" * 20_000):
        assert refused(content) == container.DAMAGED


def with_head(*names: str, **changes: Any) -> bytes:
    """Whole, by its digest, and yet not right."""
    out = io.BytesIO()
    writer = container.Writer(out)
    head = {"format": make.FORMAT, "migrations": schema.applied(), "last_numbers": {}}
    writer.add(container.HEAD, json.dumps(head | changes).encode())
    for name in names:
        writer.add(name, b"x")
    writer.close({"rows": {}, "files": 0, "deleted": []})
    return out.getvalue()


@pytest.mark.usefixtures("untouched")
def test_a_backup_of_a_newer_release_is_refused() -> None:
    newer = [*schema.applied(), ("classifier", "0999_of_tomorrow")]
    assert "does not know its migrations classifier 0999_of_tomorrow" in refused(
        with_head(migrations=newer)
    )
    assert "format 2" in refused(with_head(format=2))


@pytest.mark.usefixtures("untouched")
def test_a_name_that_leads_elsewhere_is_refused() -> None:
    for name in ("media/../secret_key", "etc/passwd", "/etc/passwd", "media/a b"):
        assert "does not belong there" in refused(with_head(name)), name


def test_checking_alone_changes_nothing_and_says_what_is_in_it(
    whole: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "backup.tar").write_bytes(whole)
    call_command("restore", str(tmp_path / "backup.tar"), "--check")
    assert "is whole" in capsys.readouterr().out
    (tmp_path / "backup.tar").write_bytes(whole[:-20_000])
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("restore", str(tmp_path / "backup.tar"), "--check")


def test_a_backup_that_fails_leaves_no_file(
    alice: User, media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PredictionFactory(image__owner=alice)

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    folder = tmp_path / "backups"
    folder.mkdir()
    monkeypatch.setattr(make.Writer, "close", full)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", str(folder))
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    call_command("backup", str(folder))
    (made,) = folder.iterdir()
    assert made.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(made))


def test_a_file_that_the_storage_has_lost_is_said_and_costs_no_row(
    alice: User, media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prediction = PredictionFactory(image__owner=alice)
    (media / prediction.image.file.name).unlink()
    file = tmp_path / "backup.tar"
    with pytest.raises(CommandError, match="1 files of photographs are missing"):
        call_command("backup", str(file))
    place = Place(tmp_path / "elsewhere")
    place.run("restore", str(file))
    assert len(place.rows()["classifier.Prediction"]) == 1
    assert len(place.files()) == 1


@pytest.fixture
def first_version() -> Iterator[Any]:
    yield migrate("0001_initial")
    call_command("migrate", verbosity=0)


def test_an_older_backup_is_migrated(first_version: Any, tmp_path: Path) -> None:
    owner = User.objects.create(username="old")
    version = first_version.get_model("classifier", "ModelVersion").objects.create(sha256="0" * 64)
    first_version.get_model("classifier", "Prediction").objects.create(
        image=old_image(first_version, owner),
        owner_id=owner.pk,
        model_version=version,
        status=Status.SUCCEEDED,
        finished_at=timezone.now(),
        label="nv",
        probability=1 / 7,
        probabilities=dict.fromkeys(LABELS, 1 / 7),
    )
    (tmp_path / "old.tar").write_bytes(written())
    place = Place(tmp_path / "elsewhere")
    place.run("restore", str(tmp_path / "old.tar"))
    (restored,) = place.rows()["classifier.Prediction"]
    assert json.loads(restored)["prior"] == "uniform"
    place.run("migrate", "--check")


def test_a_database_of_a_newer_release_is_not_backed_up(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('classifier', '0999_', %s)",
            [timezone.now()],
        )
    try:
        with pytest.raises(BackupError, match="newer release"):
            make.write(io.BytesIO())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '0999_'")
