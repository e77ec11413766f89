from __future__ import annotations

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
