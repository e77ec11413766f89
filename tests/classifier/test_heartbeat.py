"""The worker's sign of life, and its end where it is stuck."""

from __future__ import annotations

import datetime
import os
import subprocess
import time
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from classifier import queue
from classifier.capacity import Worker
from classifier.models import Prediction, Status
from classifier.worker import heartbeat
from classifier.worker.heartbeat import Heartbeat
from classifier.worker.progress import Progress
from tests.factories import ModelVersionFactory, WorkerFactory, prediction_in
from tests.installation import ROOT
from tests.services import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]


@pytest.fixture(autouse=True)
def progress(monkeypatch: pytest.MonkeyPatch) -> Progress:
    """That of another process would be fresh, too."""
    fresh = Progress()
    monkeypatch.setattr(heartbeat, "progress", fresh)
    monkeypatch.setattr(heartbeat, "close_old_connections", lambda: None)
    return fresh


def test_each_beat_keeps_the_same_row_fresh(progress: Progress) -> None:
    worker = Heartbeat()
    worker.beat()
    first = Worker.objects.get()
    assert (first.network, first.photographs_per_second) == (None, None)
    assert first.name.endswith(f":{os.getpid()}")
    worker.network = ModelVersionFactory()
    progress.photographs_per_second = 12.5
    worker.beat()
    row = Worker.objects.get()
    assert (row.network, row.photographs_per_second) == (worker.network, 12.5)
    assert row.seen_at > first.seen_at
    assert row.started_at == first.started_at


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_stops_signs_off() -> None:
    worker = Heartbeat()
    worker.start()
    wait_until(Worker.objects.exists, "the first beat")
    worker.stop()
    assert not worker.is_alive()
    assert not Worker.objects.exists()


def test_the_rows_of_killed_workers_go_after_a_while() -> None:
    long_ago = timezone.now() - datetime.timedelta(hours=2)
    WorkerFactory(name="killed", seen_at=long_ago)
    WorkerFactory(name="alive")
    Heartbeat().beat()
    assert not Worker.objects.filter(name="killed").exists()
    assert Worker.objects.filter(name="alive").exists()


def test_without_beat_the_workers_recover_what_was_lost() -> None:
    past = timezone.now() - datetime.timedelta(seconds=1)
    prediction_in(Status.RUNNING, claimed_until=past)
    Heartbeat().beat()
    assert Prediction.objects.get().status == Status.QUEUED


def test_a_database_that_is_away_is_outlived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise OperationalError

    worker = Heartbeat()
    monkeypatch.setattr(queue, "recover", away)
    monkeypatch.setattr(heartbeat.connection, "close", lambda: None)
    worker.beat()
    assert "does not reach the database" in caplog.text


def test_a_worker_whose_batch_outlasts_its_lease_ends_itself(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int] = []
    monkeypatch.setattr("os._exit", ends.append)
    progress.began(lease_ends=time.monotonic() + 60)
    heartbeat.end_if_stuck()
    assert ends == []
    progress.began(lease_ends=time.monotonic() - 1)
    heartbeat.end_if_stuck()
    assert ends == [heartbeat.STUCK]
    progress.idle()
    heartbeat.end_if_stuck()
    assert ends == [heartbeat.STUCK]


def test_speed_is_that_of_busy_times(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("classifier.worker.progress.time.monotonic", lambda: now[0])
    progress.stored(20, claimed_at=98)
    assert progress.photographs_per_second == 10
    now[0] = 102
    progress.stored(40, claimed_at=98)  # claimed ahead: two seconds of work, not four
    assert progress.photographs_per_second == pytest.approx(10 + 0.3 * 10)


def test_the_health_check_of_a_worker_looks_for_its_last_beat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.worker.heartbeat.gettempdir", lambda: str(tmp_path))
    command = [ROOT / "tools/healthy", "worker"]
    variables = {**os.environ, "TMPDIR": str(tmp_path)}

    def is_healthy() -> bool:
        return subprocess.run(command, env=variables, check=False).returncode == 0

    assert not is_healthy()
    worker = Heartbeat()
    worker.beat()
    assert is_healthy()
    minutes_ago = time.time() - 180
    os.utime(worker.pulse, (minutes_ago, minutes_ago))
    assert not is_healthy()
