"""`pytest -p tests.side_by_side --numprocesses N`: which tests stay together in one process.

Those that share a running installation, so that each is started once; of all others, a file.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

FAULTS = {
    "tests/stack/test_connections.py",
    "tests/stack/test_server_faults.py",
    "tests/stack/test_switching.py",
    "tests/stack/test_worker_faults.py",
}
INSTALLATIONS = {
    "tests/browser/": "browser",
    "tests/clients/test_readme.py": "stack",
    "tests/stack/": "stack",
}


def together(node: str) -> str:
    """The name of the group that a test's id belongs to."""
    path = node.partition("::")[0]
    if path in FAULTS:
        return "faults"
    return next((group for begin, group in INSTALLATIONS.items() if path.startswith(begin)), path)


class ByInstallation(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByInstallation:
    return ByInstallation(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """The groups that take minutes begin first: nobody waits for them at the end."""
    yield
    longest = {"faults", *INSTALLATIONS.values()}
    items.sort(key=lambda item: together(item.nodeid) not in longest)
