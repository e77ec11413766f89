"""`python -m bench.machines`: web, two workers, beat and courier, each on a machine of its own.

Machines are network namespaces (`bench.namespaces`); PostgreSQL and Redis are reached over the
bridge, media lie in a folder that all of them mount. Shows results a second with one and two
workers, what /metrics says of all, and what becomes of uploads when a worker's cable is pulled.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from bench.namespaces import HERE, Machine, machines
from bench.report import percentiles, report
from bench.users import see
from tests import services
from tests.installation import ROOT, Installation

TOKEN = PASSWORD = "for this bench alone"  # noqa: S105
LEASE_SECONDS = 10
PATIENCE = 180.0
REPORTED_SECONDS = 11.0
"""Until all processes have reported what they counted."""


@dataclass
class Site(Installation):
    """The product as its users reach it: at the web's machine."""

    address: str = HERE

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def first_password(self) -> str:
        return PASSWORD

    def metrics(self, name: str) -> float:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        text = requests.get(f"{self.url}/metrics", headers=headers, timeout=30).text
        lines = [line for line in text.splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


@contextlib.contextmanager
def process(site: Site, machine: Machine, name: str) -> Iterator[None]:
    log = (site.data_dir / f"{machine.name}.log").open("ab")
    command = machine.inside([str(ROOT / "tools" / "process"), name])
    started = subprocess.Popen(command, env=site.variables(), stdout=log, stderr=log)
    try:
        yield
    finally:
        started.terminate()
        started.wait(60)
        log.close()


def until(site: Site, name: str, at_least: float) -> None:
    def there() -> bool:
        with contextlib.suppress(requests.RequestException):
            return site.metrics(name) >= at_least
        return False

    services.wait_until(there, name, PATIENCE)


def measure(seconds: float) -> dict[str, str]:
    figures: dict[str, str] = {}
    names = ("sk-web", "sk-worker1", "sk-worker2", "sk-others")
    with (
        tempfile.TemporaryDirectory() as folder,
        machines(*names) as (web, first, second, others),
        services.postgresql(also_at=HERE) as database,
        services.redis(also_at=HERE) as broker,
        contextlib.ExitStack() as running,
    ):
        site = Site(Path(folder), address=web.address)
        site.environment |= {
            "DATABASE_URL": database.url.replace("127.0.0.1", HERE),
            "BROKER_URL": broker.url.replace("127.0.0.1", HERE),
            "HOST": web.address,
            "ALLOWED_HOSTS": web.address,
            "METRICS_TOKEN": TOKEN,
            "DJANGO_SUPERUSER_USERNAME": "admin",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "QUEUE_LEASE_SECONDS": str(LEASE_SECONDS),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        prepare = web.inside([str(ROOT / "tools" / "process"), "release"])
        subprocess.run(prepare, env=site.variables(), check=True, stdout=subprocess.DEVNULL)
        for machine, name in ((web, "web"), (first, "worker"), (others, "beat")):
            running.enter_context(process(site, machine, name))
        running.enter_context(process(site, others, "courier"))
        until(site, 'skincare_workers{network="loaded"}', 1)
        see(site, users=2, seconds=2, wait=True)  # warm
        figures["one worker, 8 users"] = _seen(site, seconds)
        running.enter_context(process(site, second, "worker"))
        until(site, 'skincare_workers{network="loaded"}', 2)
        figures["two workers, 8 users"] = _seen(site, seconds)
        figures["a worker's cable pulled under load"] = _unplugged(site, second, seconds)
        until(site, 'skincare_processes{kind="worker"}', 2)
        for kind in ("web", "worker", "beat", "courier"):
            n = site.metrics(f'skincare_processes{{kind="{kind}"}}')
            figures[f"processes in /metrics: {kind}"] = f"{n:.0f}"
    return figures


def _seen(site: Site, seconds: float) -> str:
    seen = see(site, users=8, seconds=seconds, wait=True)
    return f"{seen.a_second:.1f} results/s; {percentiles(seen.seconds)}; {seen.errors} errors"


def _unplugged(site: Site, machine: Machine, seconds: float) -> str:
    """In the middle of the load, and until every lease has ended."""
    pulled = threading.Timer(seconds / 3, machine.unplug)
    pulled.start()
    seen = see(site, users=8, seconds=seconds, wait=True)
    pulled.join()
    time.sleep(LEASE_SECONDS)
    state = 'skincare_queue_photographs{state="running"}'
    services.wait_until(lambda: site.metrics(state) == 0, "the end of what ran", PATIENCE)
    machine.plug()
    time.sleep(REPORTED_SECONDS)
    lost = site.metrics('skincare_lost_claims_total{then="queued"}')
    return (
        f"{seen.ended['succeeded']} results, {seen.errors} errors, "
        f"slowest {max(seen.seconds):.1f} s, {lost:.0f} claims taken back"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="for each figure")
    report("machines", measure(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
