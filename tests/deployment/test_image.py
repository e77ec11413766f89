"""The recipe of the images. `tools/try_image` runs it; here: that it fits what there is."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import ROOT

NOT_IN_WEB = {"tensorflow", "keras", "ai-edge-litert", "scikit-learn", "scipy", "supervisor"}
STAGES = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[1:]
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def pins(name: str) -> set[str]:
    """The lines of `requirements-NAME.txt`, markers included."""
    text = (ROOT / f"requirements{name}.txt").read_text(encoding="utf-8")
    return {line for line in text.splitlines() if line and not line.startswith("#")}


def names(pinned: set[str]) -> set[str]:
    return {re.split("[=<>~ ]", line)[0] for line in pinned}


def stage(name: str) -> str:
    return next(one for one in STAGES if one.splitlines()[0].endswith(f" AS {name}"))


def test_what_is_copied_is_there_and_not_ignored() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", "\n".join(STAGES), re.MULTILINE)
    assert sources
    for source in " ".join(sources).split():
        assert (ROOT / source).exists(), source
        kept = any(line == f"!{source}" for line in IGNORED)
        assert kept or not any(fnmatch.fnmatch(source, line) for line in IGNORED), source


def test_no_secret_and_no_data_get_into_an_image() -> None:
    assert {"secrets", "var", "data", ".git"} <= set(IGNORED)


@pytest.mark.parametrize("target", ["web", "worker"])
def test_both_images_run_as_an_account_of_their_own(target: str) -> None:
    assert "\nUSER 10001:10001\n" in stage(target)
    assert f'CMD ["tools/process", "{target}"]' in stage(target)
    assert f"COPY --from=packages-{target} /opt/venv /opt/venv" in stage(target)


def test_all_code_that_the_processes_import_is_copied() -> None:
    copied = stage("code")
    for name in (
        "manage.py",
        "Procfile",
        "gunicorn.conf.py",
        "skincare",
        "classifier",
        "ml",
        "templates",
        "static",
    ):
        assert re.search(rf"^COPY .*\b{name}\b", copied, re.MULTILINE)


def test_the_lists_of_packages_are_in_step() -> None:
    """`make requirements` writes them together: one version of each package everywhere."""
    assert pins("-web") < pins("-worker") < pins("")
    assert names(pins("")) <= names(pins("-dev"))
    assert names(pins("-web")).isdisjoint(NOT_IN_WEB)
    assert {"ai-edge-litert", "threadpoolctl"} <= names(pins("-worker"))
    assert names(pins("-worker")).isdisjoint(NOT_IN_WEB - {"ai-edge-litert"})


WITHOUT = """
import sys
from importlib.metadata import packages_distributions

installed = set(sys.argv[1].split())
missing = {
    module for module, owners in packages_distributions().items()
    if not {owner.lower().replace("_", "-") for owner in owners} & installed
}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing - {"tests", "skincare_client"}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
"""
WEB = """
import importlib, pkgutil
import skincare.wsgi
from django.conf import settings
from django.core.checks import run_checks
from django.test import Client

for name in ("classifier", "skincare"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
importlib.import_module("skincare.object_storage")
assert not run_checks(), run_checks()
assert Client(headers={"host": "localhost"}).get("/accounts/login/").status_code == 200
from classifier.web.report import _fonts
assert (_fonts() / "DejaVuSans.ttf").is_file()
"""
WORKER = """
from ml.artifact import active_name
from ml.predictor import Predictor
import numpy as np

predictor = Predictor(active_name())
side = predictor.artifact.card["input_size"]
assert predictor.predict(np.zeros((1, side, side, 3), np.uint8)).probabilities.shape == (1, 7)
"""


@pytest.mark.parametrize(("target", "work"), [("web", WEB), ("worker", WORKER)])
def test_the_packages_of_an_image_are_all_that_its_processes_need(
    target: str, work: str, tmp_path: Path
) -> None:
    """Every package that the list lacks is hidden from the process."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(tmp_path),  # where these settings make their data folder
    }
    listed = " ".join(names(pins(f"-{target}")))
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT + work, listed],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
