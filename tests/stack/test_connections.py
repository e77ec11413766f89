"""A worker keeps its connection to the database from one task to the next."""

from __future__ import annotations

import statistics
import time
from urllib.parse import urlsplit

import pytest

from tests.faulty.load import PHOTOGRAPH
from tests.stack.conftest import Faulty, server

LOOKS = 11


@pytest.mark.parametrize("faulty", ["faulty_deployment"], indirect=True)
def test_an_idle_worker_is_still_connected(faulty: Faulty) -> None:
    answer = faulty.client.upload(PHOTOGRAPH)
    assert faulty.client.finished(answer.json()["id"])["status"] == "succeeded"
    [worker] = faulty.installation.processes("--queues celery")
    port = urlsplit(server(faulty.database).url).port
    open_now = []
    for _ in range(LOOKS):
        time.sleep(0.1)
        connections = worker.net_connections()
        open_now.append(sum(one.raddr.port == port for one in connections if one.raddr))
    # Its heartbeat's is there in any case; a third one comes and goes with what it reports.
    assert statistics.median(open_now) >= 2
