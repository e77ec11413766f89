"""A backup needs the same memory, however much there is."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from classifier.backup import container, make
from classifier.models import AuditEntry
from tests.factories import ModelVersionFactory

pytestmark = pytest.mark.django_db(transaction=True)
MEGABYTE = 1_000_000


def test_neither_large_files_nor_many_rows_are_held(
    alice: User, media: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.NETWORKS_DIR = tmp_path / "networks"
    network = settings.NETWORKS_DIR / ModelVersionFactory().sha256
    network.mkdir(parents=True)
    with (network / "served.tflite").open("wb") as file:
        file.truncate(100 * MEGABYTE)
    entries = (AuditEntry(actor=alice, action="viewed", object_id=str(n)) for n in range(20_000))
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    path = tmp_path / "backup.tar"
    with path.open("w+b") as out:
        tracemalloc.start()
        try:
            make.write(out)
            before_reading = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            container.verified(out)
            while_reading = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert path.stat().st_size > 100 * MEGABYTE
    assert before_reading < 20 * MEGABYTE
    assert while_reading < 20 * MEGABYTE
