"""What is logged, and how: to standard error, without names, file names or pixels."""

from typing import Any


def to_standard_error(level: str) -> dict[str, Any]:
    """Django's `LOGGING`; what is below that level is left out."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            # Of each login four lines; of what fails there are warnings.
            "axes": {"level": "WARNING"},
            # Else the recovery task alone writes three lines every ten seconds.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # It writes every address that it posts to, and those of webhooks may hold a key.
            "httpx": {"level": "WARNING"},
            # Of a report one writes each step, the other the letters of a note that its font lacks.
            "fontTools": {"level": "WARNING"},
            "fpdf": {"level": "CRITICAL"},
        },
        "root": {"handlers": ["console"], "level": level},
    }
