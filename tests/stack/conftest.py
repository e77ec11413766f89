from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import services
from tests.cards import write_artifact
from tests.faulty.load import Load
from tests.installation import Client, Installation, running


@pytest.fixture(params=["embedded", "deployment"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each of the two in turn."""
    chosen: Installation = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def client(installation: Installation) -> Client:
    return Client(installation)


@dataclass
class Faulty:
    """An installation whose processes and servers a test may kill; quick, by a stand-in network."""

    installation: Installation
    client: Client
    database: services.Server | None = None
    broker: services.Server | None = None


def server(running_one: services.Server | None) -> services.Server:
    if running_one is None:
        pytest.fail("The embedded installation has no servers.")
    return running_one


@contextlib.contextmanager
def _faulty(folder: Path, **servers: services.Server) -> Iterator[Faulty]:
    variables = {
        "DJANGO_SETTINGS_MODULE": "tests.faulty.settings",
        "ARTIFACT": str(write_artifact(folder / "artifact")),
        "QUEUE_LEASE_SECONDS": "4",
        "RECOVERY_SECONDS": "0.5",
    }
    names = {"database": "DATABASE_URL", "broker": "BROKER_URL"}
    urls = {names[name]: server.url for name, server in servers.items()}
    with running(Installation(folder / "data", variables | urls)) as installation:
        yield Faulty(installation, Client(installation), **servers)


@pytest.fixture(scope="session")
def faulty_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with _faulty(tmp_path_factory.mktemp("faulty-embedded")) as faulty:
        yield faulty


@pytest.fixture(scope="session")
def faulty_deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with (
        services.postgresql() as database,
        services.redis() as broker,
        _faulty(
            tmp_path_factory.mktemp("faulty-deployment"), database=database, broker=broker
        ) as faulty,
    ):
        yield faulty


@pytest.fixture(params=["faulty_embedded", "faulty_deployment"])
def faulty(request: pytest.FixtureRequest) -> Faulty:
    """Each of the two in turn."""
    chosen: Faulty = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def load(faulty: Faulty) -> Iterator[Load]:
    """Uploads go on until the test stops them."""
    load = Load(faulty.client)
    yield load
    load.stop()
