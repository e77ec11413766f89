"""A thread of every process: carries what it has counted into the database.

So web, workers and couriers may run on any number of machines, and a scrape of any web process
shows them all; nothing but the database has to be reachable.
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
import threading
from typing import Final

from django.db import Error, connection
from prometheus_client import ProcessCollector

from classifier.metrics import measures, tallies

logger = logging.getLogger(__name__)

REPORT_SECONDS: Final = 10.0
"""What a process that is killed has counted since its last report is lost."""


class Reporter(threading.Thread):
    """Reports until `stop`, which a process that ends in peace calls by itself."""

    def __init__(self, kind: str) -> None:
        super().__init__(name="reporter", daemon=True)
        self._kind = kind
        self._stopped = threading.Event()
        self._process = ProcessCollector(registry=None)

    @property
    def process_name(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}"

    def run(self) -> None:
        while not self._stopped.is_set():
            self.report()
            self._stopped.wait(REPORT_SECONDS)
        self.report()
        try:
            tallies.signed_off(self.process_name)
        except Error:
            logger.warning("This process could not sign off.", exc_info=True)
        connection.close()

    def stop(self) -> None:
        self._stopped.set()
        self.join(timeout=5)

    def report(self) -> None:
        """What the database does not take now it gets with the next report."""
        sums = measures.taken()
        try:
            tallies.add(sums)
        except Error:
            measures.give_back(sums)
            logger.warning("What was counted does not reach the database.", exc_info=True)
        try:
            tallies.seen(self.process_name, self._kind, self.memory())
        except Error:
            logger.warning("This process could not say that it runs.", exc_info=True)
        finally:
            connection.close()  # rather than one more connection a process, held for ten seconds

    def memory(self) -> int | None:
        """Resident bytes; None where the system does not say."""
        for family in self._process.collect():
            for sample in family.samples:
                if sample.name == "process_resident_memory_bytes":
                    return int(sample.value)
        return None


def start(kind: str) -> None:
    """In the process itself, after any fork."""
    reporter = Reporter(kind)
    reporter.start()
    atexit.register(reporter.stop)
