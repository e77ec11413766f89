"""A message to a worker carries the id of the request that sent it, for the logs of both."""

from __future__ import annotations

from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun

from classifier.correlation import request_id, valid_or_new


@before_task_publish.connect
def send_along(headers: dict[str, Any], **_: Any) -> None:
    if request_id.get():
        headers["request_id"] = request_id.get()


@task_prerun.connect
def take_over(task: Task, **_: Any) -> None:
    """Beat's messages come without one."""
    offered = getattr(task.request, "request_id", None)
    request_id.set(valid_or_new(offered) if isinstance(offered, str) else "")


@task_postrun.connect
def put_down(**_: Any) -> None:
    request_id.set("")
