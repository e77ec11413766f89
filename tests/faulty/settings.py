"""The product's settings, and an application that fails on request."""

from skincare.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faulty.apps.FaultyConfig"]  # noqa: F405
PREDICTOR = "tests.faulty.predictor.SlowPredictor"
# Nothing is compressed or hashed: a start takes half as long.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
