import os
import sys
from typing import Any

from celery import Celery, signals
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skincare.settings")

TRANSPORT_ALIASES["filesystem"] = "skincare.file_broker:Transport"

app = Celery("skincare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def keep_connections(sender: Celery, **_: Any) -> None:
    """Celery would connect to the database anew for each task, which costs as much as the task."""
    sender.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@signals.task_prerun.connect
def close_unusable_connections(**_: Any) -> None:
    """As Django does before each request: the old ones and, if one is broken, that one."""
    close_old_connections()
