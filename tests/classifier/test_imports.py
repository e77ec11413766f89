"""The web process stays small: TensorFlow is for training, LiteRT for the workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SERVE_ONE_PAGE = """
import sys
import skincare.wsgi  # sets Django up
from django.test import Client
from django.urls import get_resolver

assert get_resolver().url_patterns
answer = Client(headers={"host": "localhost"}).get("/accounts/login/")
assert answer.status_code == 200, answer.status_code
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_serving_a_page_imports_no_tensorflow(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(tmp_path),  # where these settings make their data folder
    }
    process = subprocess.run(
        [sys.executable, "-c", SERVE_ONE_PAGE],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    imported = set(process.stdout.split())
    assert {"classifier", "django", "rest_framework"} <= imported
    assert not imported & {"tensorflow", "keras", "ai_edge_litert", "sklearn", "fpdf"}
