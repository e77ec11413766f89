"""A worker's second thread: says that the worker lives, and ends it where it is stuck.

It also loads the network that becomes active while the worker works with the former.
"""

from __future__ import annotations

import datetime
import logging
import os
import socket
import threading
import time
from pathlib import Path
from tempfile import gettempdir

from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from classifier import queue
from classifier.capacity import Worker
from classifier.models import ModelVersion
from classifier.worker.loaded import networks
from classifier.worker.progress import progress

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
FORGOTTEN_AFTER = datetime.timedelta(hours=1)
"""Then the rows of workers that were killed go."""
STUCK = 70
"""Exit status of a worker that got stuck."""


class Heartbeat(threading.Thread):
    """Keeps this process's `Worker` row fresh until `stop`."""

    def __init__(self) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.network: ModelVersion | None = None
        self._started_at = timezone.now()
        self._recover_at = 0.0
        self._stopped = threading.Event()

    @property
    def worker_name(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}"

    @property
    def pulse(self) -> Path:
        """A file that `tools/healthy` looks at: not older than a beat while all is well."""
        return Path(gettempdir()) / f"skincare-worker.{os.getpid()}"

    def run(self) -> None:
        while not self._stopped.is_set():
            self.beat()
            self._stopped.wait(BEAT_SECONDS)
        self.pulse.unlink(missing_ok=True)
        try:
            Worker.objects.filter(name=self.worker_name).delete()
        except Error:
            logger.warning("This worker could not sign off.", exc_info=True)
        connection.close()

    def stop(self) -> None:
        """Sign off: from now on this worker is gone."""
        self._stopped.set()
        self.join(timeout=5)

    def beat(self) -> None:
        end_if_stuck()
        self.pulse.touch()
        try:
            close_old_connections()
            self._say_that_it_lives()
            self.follow()
            # Beat does so, too; this is for where beat is gone.
            if time.monotonic() >= self._recover_at:
                self._recover_at = time.monotonic() + settings.RECOVERY_SECONDS
                queue.recover()
        except Error:
            logger.warning("The heartbeat does not reach the database.", exc_info=True)
            connection.close()

    def follow(self) -> None:
        """In this thread a network that has become active is loaded, while the other works."""
        version = networks.follow()
        if version is not None and version != self.network:
            self.network = version
            self._say_that_it_lives()

    def _say_that_it_lives(self) -> None:
        now = timezone.now()
        Worker.objects.update_or_create(
            name=self.worker_name,
            defaults={
                "started_at": self._started_at,
                "seen_at": now,
                "network": self.network,
                "photographs_per_second": progress.photographs_per_second,
            },
        )
        Worker.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()


def end_if_stuck() -> None:
    """End this process if its batch is beyond its lease.

    Others get that batch then, and what this process says of it no longer counts; but it would
    take no further one. Whoever supervises it starts another.
    """
    if progress.is_overdue:
        logger.critical("A batch is stuck: this worker ends itself.")
        os._exit(STUCK)
