"""Another installation for a backup: an empty database and folder, reached by commands alone.

`python -m tests.place` prints all rows of the database that the environment names.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).parent.parent


@dataclass
class Place:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`manage.py …` of this place."""
        return self._python("manage.py", *command, check=check)

    def rows(self) -> dict[str, list[str]]:
        rows: dict[str, list[str]] = json.loads(self._python("-m", "tests.place").stdout)
        return rows

    def files(self) -> dict[str, str]:
        return digests(self.folder / "media")

    def _python(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "MEDIA_ROOT"}}
        own = {
            "SKINCARE_DATA_DIR": str(self.folder),
            "SECRET_KEY": settings.SECRET_KEY,  # which sessions are signed with
            "DJANGO_SETTINGS_MODULE": "skincare.settings",
        }
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=inherited | own | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    import django

    django.setup()
    from tests.everything import all_rows, as_text

    print(json.dumps(as_text(all_rows())))
