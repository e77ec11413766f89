"""Machines of a kind: network namespaces on a bridge, by which alone each reaches the others.

They share cores, clock and file system; names, addresses and connections are their own.
Needs root and `ip`.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

BRIDGE = "skincare-bench"
HERE = "10.77.0.1"


def ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=check, capture_output=True)


@dataclass(frozen=True)
class Machine:
    name: str
    address: str

    def inside(self, command: list[str]) -> list[str]:
        """That command line, run there under a host name of its own."""
        renamed = ["sh", "-c", 'hostname "$0" && exec "$@"', self.name, *command]
        return ["ip", "netns", "exec", self.name, "unshare", "--uts", *renamed]

    def unplug(self) -> None:
        ip("link", "set", f"{self.name}-out", "down")

    def plug(self) -> None:
        ip("link", "set", f"{self.name}-out", "up")


@contextlib.contextmanager
def machines(*names: str) -> Iterator[list[Machine]]:
    """Beside this one, which is `HERE` to them; gone afterwards."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("address", "add", f"{HERE}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield [_machine(name, f"10.77.0.{n}") for n, name in enumerate(names, 2)]
    finally:
        for name in names:
            ip("netns", "delete", name, check=False)
        ip("link", "delete", BRIDGE, check=False)


def _machine(name: str, address: str) -> Machine:
    ip("netns", "add", name)
    out, there = f"{name}-out", f"{name}-in"
    ip("link", "add", out, "type", "veth", "peer", "name", there, "netns", name)
    ip("link", "set", out, "master", BRIDGE, "up")
    ip("-n", name, "address", "add", f"{address}/24", "dev", there)
    ip("-n", name, "link", "set", there, "up")
    ip("-n", name, "link", "set", "lo", "up")
    return Machine(name, address)
