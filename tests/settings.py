"""The product's settings, on a data folder of the tests' own and without a network."""

import os
import tempfile
from pathlib import Path

os.environ["SKINCARE_DATA_DIR"] = tempfile.mkdtemp(prefix="skincare-tests-")
# WhiteNoise warns of a folder that is not there; nothing has to be collected for a test.
Path(os.environ["SKINCARE_DATA_DIR"], "static").mkdir()

from skincare.settings import *  # noqa: E402, F403

PREDICTOR = "tests.predictor.ColourPredictor"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, as in production: one in memory knows no WAL and locks differently.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
