"""What is logged, and how: to standard error, without names, file names or pixels."""

from __future__ import annotations

import logging
from typing import Any

from skincare.environment import Environment

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = {"lines": "skincare.log_lines.Lines", "json": "skincare.log_lines.JsonLines"}


def by_environment(*, debug: bool = False) -> dict[str, Any]:
    """As `LOG_LEVEL` and `LOG_FORMAT` say."""
    env = Environment()
    level = env.choice("LOG_LEVEL", "INFO", LEVELS)
    form = env.choice("LOG_FORMAT", "lines", tuple(FORMATS))
    if form == "json":
        logging.captureWarnings(capture=True)  # else they are lines among the objects
    return to_standard_error(level, form, debug=debug)


def to_standard_error(level: str, form: str = "lines", *, debug: bool = False) -> dict[str, Any]:
    """Django's `LOGGING`; what is below that level is left out.

    `form`: "lines" to read, or "json", an object a line. Only with `debug` an exception's own
    words are in it, since they may quote what a user has sent.
    """
    if form not in FORMATS:
        raise ValueError(f"LOG_FORMAT must be one of {', '.join(FORMATS)}, not {form!r}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": FORMATS[form], "debug": debug}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "loggers": {
            # Of each login four lines; of what fails there are warnings.
            "axes": {"level": "WARNING"},
            # Else the recovery task alone writes three lines every ten seconds.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # Every refusal (400, 404, …) has its line from `skincare.observed`.
            "django.request": {"level": "ERROR"},
            # It has a handler of its own, whose lines quote what was asked.
            "gunicorn.error": {"handlers": [], "propagate": True},
            # It writes every address that it posts to, and those of webhooks may hold a key.
            "httpx": {"level": "WARNING"},
            # Of a report one writes each step, the other the letters of a note that its font lacks.
            "fontTools": {"level": "WARNING"},
            "fpdf": {"level": "CRITICAL"},
        },
        "root": {"handlers": ["console"], "level": level},
    }
