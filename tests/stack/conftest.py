from __future__ import annotations

import pytest

from tests.installation import Client, Installation


@pytest.fixture(params=["embedded", "deployment"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each of the two in turn."""
    chosen: Installation = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def client(installation: Installation) -> Client:
    return Client(installation)
