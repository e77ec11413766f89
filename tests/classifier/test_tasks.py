from __future__ import annotations

import pytest
from celery import current_app

from classifier import tasks
from classifier.worker.heartbeat import Heartbeat
from skincare.celery import app

app.loader.import_default_modules()
OURS = {name: task for name, task in app.tasks.items() if name.startswith("classifier.")}


def test_every_task_states_both_time_limits() -> None:
    assert OURS
    for task in OURS.values():
        assert 0 < task.soft_time_limit < task.time_limit


def test_every_scheduled_task_exists_and_expires() -> None:
    schedule = app.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} <= set(OURS)
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in schedule.values())


def test_webhooks_are_delivered_in_a_queue_of_their_own() -> None:
    """Whoever consumes the default one may wait for no receiver."""
    with app.connection_for_write():
        queue = app.amqp.router.route({}, "classifier.tasks.deliver_webhooks")["queue"]
    assert queue.name == "webhooks"
    assert "webhooks" not in app.amqp.queues.consume_from


def test_the_courier_loads_no_network_and_is_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.amqp.queues, "_consume_from", {"webhooks": object()})
    monkeypatch.setattr(tasks, "heartbeat", Heartbeat())
    reports: list[str] = []
    monkeypatch.setattr("classifier.metrics.reporter.start", reports.append)
    tasks.begin()
    assert reports == ["courier"]
    assert not tasks.heartbeat.is_alive()
    assert tasks.heartbeat.network is None
    tasks.sign_off()
