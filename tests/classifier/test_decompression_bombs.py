"""Small files that would cost much memory or time: what they cost, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.attacks.bombs import ACCEPTED, REFUSED
from tests.installation import ROOT

GROWTH = 150  # MB
SECONDS = 20.0  # of the processor; the slowest takes about two

# For each file: what became of it, by how many MB the process grew at its peak, for how long it
# computed. The peak is the kernel's own, begun anew before each file.
PROCESS = """
import sys, time
import django
django.setup()
from pathlib import Path
from classifier.imaging import normalise
from ml.photographs import InvalidPhotograph
from tests.images import upload
import pillow_heif

def now(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) // 1000

normalise(upload())
for path in sys.argv[1:]:
    Path("/proc/self/clear_refs").write_text("5")
    before, begun = now("VmRSS"), time.process_time()
    with Path(path).open("rb") as file:
        try:
            normalise(file)
            said = "accepted"
        except InvalidPhotograph as refusal:
            said = refusal.code
    print(said, now("VmHWM") - before, time.process_time() - begun)
"""

Cost = tuple[str, int, float]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cost]:
    """What is said of each file, MB, seconds."""
    folder = tmp_path_factory.mktemp("bombs")
    made = {name: make() for name, (_code, make) in REFUSED.items()}
    made |= {name: make() for name, make in ACCEPTED.items()}
    for name, content in made.items():
        assert len(content) < 10_000_000  # what is too large is refused before it is looked at
        (folder / name).write_bytes(content)
    process = subprocess.run(
        [sys.executable, "-c", PROCESS, *(folder / name for name in made)],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line.split() for line in process.stdout.splitlines()]
    return {
        name: (said, int(growth), float(seconds))
        for name, (said, growth, seconds) in zip(made, found, strict=True)
    }


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_is_refused_and_costs_little(name: str, costs: dict[str, Cost]) -> None:
    said, growth, seconds = costs[name]
    assert said == REFUSED[name][0]
    assert growth <= GROWTH
    assert seconds <= SECONDS


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_a_photograph_may_be_is_taken_at_a_bounded_cost(
    name: str, costs: dict[str, Cost]
) -> None:
    said, growth, seconds = costs[name]
    assert said == "accepted"
    assert 0 < growth <= GROWTH
    assert seconds <= SECONDS
