"""The broker, the database, the web process and the disk fail under load; no upload is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
import redis
import requests
from PIL import Image

from tests.faulty.apps import KILL_WEB
from tests.faulty.load import PHOTOGRAPH, Load
from tests.faulty.records import all_finished, records, running
from tests.images import encoded
from tests.services import listens, wait_until
from tests.stack.conftest import Faulty, server

WEB = "gunicorn"


def assert_all_succeed(faulty: Faulty, accepted: list[str]) -> None:
    ended = all_finished(faulty.installation, accepted)
    assert {row.status for row in ended} == {"succeeded"}


@pytest.mark.parametrize("faulty", ["faulty_deployment"], indirect=True)
def test_uploads_go_on_while_redis_is_away_and_it_may_come_back_empty(
    faulty: Faulty, load: Load
) -> None:
    broker = server(faulty.broker)
    broker.kill()
    load.wait_for_more()
    assert requests.get(f"{faulty.installation.url}/readyz", timeout=30).status_code == 503
    broker.start()
    load.wait_for_more()
    assert_all_succeed(faulty, load.stop())


def test_a_broker_that_forgets_all_messages_loses_no_upload(faulty: Faulty, load: Load) -> None:
    for _ in range(5):
        if faulty.broker:
            with redis.Redis.from_url(faulty.broker.url) as client:
                client.flushall()
        else:
            for message in (faulty.installation.data_dir / "broker" / "messages").iterdir():
                message.unlink(missing_ok=True)
        load.wait_for_more()
    assert_all_succeed(faulty, load.stop())


@pytest.mark.parametrize("faulty", ["faulty_deployment"], indirect=True)
def test_postgresql_may_be_restarted(faulty: Faulty, load: Load) -> None:
    database = server(faulty.database)
    wait_until(lambda: running(faulty.installation), "a batch in work")
    database.stop()
    health = requests.get(f"{faulty.installation.url}/healthz", timeout=30)
    assert health.status_code == 503
    database.start()
    load.wait_for_more()
    assert_all_succeed(faulty, load.stop())


def test_web_killed_between_commit_and_wake_up(faulty: Faulty) -> None:
    before = set(records(faulty.installation))
    with suppress(requests.RequestException):
        faulty.client.upload(PHOTOGRAPH, note=KILL_WEB)
        pytest.fail("The web process has answered.")
    [committed] = set(records(faulty.installation)) - before
    wait_until(lambda: listens(faulty.installation.port), "the web process")
    assert_all_succeed(faulty, [committed])


def test_a_full_disk_refuses_the_upload_and_keeps_nothing_of_it(faulty: Faulty) -> None:
    """The web processes may write no file beyond a megabyte: a real error, in mid-write."""
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1600, 3), dtype=np.uint8)
    large = encoded(Image.fromarray(noise), quality=90)
    assert len(large) > 1_500_000
    before = set(records(faulty.installation)), stored(faulty)
    web = faulty.installation.processes(WEB)
    for process in web:
        process.rlimit(psutil.RLIMIT_FSIZE, (1_000_000, psutil.RLIM_INFINITY))
    try:
        answer = faulty.client.upload(large)
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "server_error"
        assert (set(records(faulty.installation)), stored(faulty)) == before
    finally:
        for process in web:
            process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
    assert_all_succeed(faulty, [faulty.client.upload(large).json()["id"]])


def stored(faulty: Faulty) -> set[Path]:
    media = faulty.installation.data_dir / "media"
    return {path for path in media.rglob("*") if path.is_file()}
