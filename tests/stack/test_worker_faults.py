"""Workers die, stop, stall and race: every accepted upload still ends in one final state."""

from __future__ import annotations

import itertools
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
from celery import Celery

from tests.faulty.farm import farm
from tests.faulty.load import Load
from tests.faulty.predictor import poison, stuck
from tests.faulty.records import all_finished, of, running
from tests.images import encoded, lesion
from tests.services import wait_until
from tests.stack.conftest import Faulty

WORKER = "--quiet worker"
KILLS = 20
PHOTOGRAPHS = [encoded(lesion(seed=seed)) for seed in range(4)]


def upload(faulty: Faulty, n: int = 1) -> list[str]:
    """The ids of accepted uploads."""
    answers = [faulty.client.upload(PHOTOGRAPHS[i % len(PHOTOGRAPHS)]) for i in range(n)]
    assert {answer.status_code for answer in answers} == {202}
    return [answer.json()["id"] for answer in answers]


def states(faulty: Faulty, accepted: list[str]) -> set[tuple[str, int]]:
    """(status, attempts) of those uploads, once all are final."""
    return {(row.status, row.attempt) for row in all_finished(faulty.installation, accepted)}


def worker_of(faulty: Faulty) -> psutil.Process:
    """The supervised one, once there is one."""
    wait_until(lambda: faulty.installation.processes(WORKER), "a worker")
    return faulty.installation.processes(WORKER)[0]


def test_twenty_workers_killed_under_load_lose_and_double_nothing(
    faulty: Faulty, load: Load
) -> None:
    with farm(faulty.installation) as workers:
        at_work = [workers.worker() for _ in range(2)]
        for kill in range(KILLS):
            wait_until(lambda: running(faulty.installation), "a batch in work")
            if kill == KILLS // 2:
                worker_of(faulty).kill()
            at_work.pop(0).kill()
            at_work.append(workers.worker())
        ended = all_finished(faulty.installation, load.stop())
    assert {row.status for row in ended} <= {"succeeded", "failed"}
    assert max(row.attempt for row in ended) > 1  # some were killed in the middle of it
    # One photograph can be unlucky three times; more than a few would be no accident.
    assert sum(row.status == "failed" for row in ended) < KILLS / 2


def test_a_worker_told_to_stop_finishes_its_batch_and_loses_no_attempt(faulty: Faulty) -> None:
    accepted = upload(faulty, 12)
    wait_until(lambda: running(faulty.installation), "a batch in work")
    told = worker_of(faulty)
    told.terminate()
    told.wait(10)
    assert running(faulty.installation) == 0
    assert states(faulty, accepted) == {("succeeded", 1)}


def test_poison_fails_after_three_workers_and_takes_nobody_with_it(faulty: Faulty) -> None:
    before = upload(faulty, 2)
    poisonous = faulty.client.upload(poison()).json()["id"]
    with farm(faulty.installation) as workers:
        for _ in range(3):  # what the supervised one alone would have to be started again for
            workers.worker()
        after = upload(faulty, 4)
        assert states(faulty, [poisonous]) == {("failed", 3)}
        ended = all_finished(faulty.installation, before + after)
    assert {row.status for row in ended} == {"succeeded"}
    assert max(row.attempt for row in ended) <= 2
    error = faulty.client.get(f"predictions/{poisonous}/").json()["error"]
    assert error["code"] == "worker_lost"


def test_a_worker_that_is_stuck_ends_itself(faulty_embedded: Faulty) -> None:
    held_up = worker_of(faulty_embedded)
    stopped = faulty_embedded.client.upload(stuck()).json()["id"]
    wait_until(lambda: running(faulty_embedded.installation), "a batch in work")
    held_up.wait(15)
    address = f"{faulty_embedded.client.root}/predictions/{stopped}/"
    assert faulty_embedded.client.session.delete(address, timeout=30).status_code == 204
    accepted = upload(faulty_embedded)
    ended = all_finished(faulty_embedded.installation, accepted)
    assert {row.status for row in ended} == {"succeeded"}


def test_a_late_result_does_not_overwrite(faulty: Faulty) -> None:
    late = worker_of(faulty)
    [accepted] = upload(faulty)
    wait_until(lambda: running(faulty.installation), "a batch in work")
    late.suspend()
    try:
        with farm(faulty.installation) as workers:
            workers.worker()
            [first] = all_finished(faulty.installation, [accepted])
    finally:
        late.resume()
    assert (first.status, first.attempt) == ("succeeded", 2)
    # Whatever the late one says now comes before what it takes up next.
    assert states(faulty, upload(faulty)) == {("succeeded", 1)}
    assert of(faulty.installation, [accepted]) == [first]


def test_workers_that_race_do_each_upload_once(faulty: Faulty) -> None:
    with farm(faulty.installation) as workers:
        for _ in range(2):
            workers.worker()
        with ThreadPoolExecutor(4) as users:
            accepted = list(itertools.chain(*users.map(lambda _: upload(faulty, 6), range(4))))
        assert states(faulty, accepted) == {("succeeded", 1)}


def test_messages_delivered_many_times_do_nothing_twice(faulty: Faulty) -> None:
    accepted = upload(faulty, 6)
    broker = faulty.installation.environment.get("BROKER_URL", "filesystem://localhost")
    folder = faulty.installation.data_dir / "broker"
    messages, control = str(folder / "messages"), str(folder / "control")
    folders = {"data_folder_in": messages, "data_folder_out": messages, "control_folder": control}
    sender = Celery(broker=broker)
    sender.conf.broker_transport_options = {} if faulty.broker else folders
    with sender.connection_for_write() as connection:
        for _ in range(20):
            sender.send_task("classifier.tasks.classify_queued", connection=connection)
    sender.close()
    assert states(faulty, accepted) == {("succeeded", 1)}


def test_without_beat_what_was_lost_is_found_all_the_same(faulty: Faulty) -> None:
    [beat] = faulty.installation.processes("--quiet beat")
    beat.suspend()  # if it died it would be started again
    try:
        accepted = upload(faulty, 4)
        wait_until(lambda: running(faulty.installation), "a batch in work")
        worker_of(faulty).send_signal(signal.SIGKILL)
        assert {status for status, _ in states(faulty, accepted)} == {"succeeded"}
    finally:
        beat.resume()
