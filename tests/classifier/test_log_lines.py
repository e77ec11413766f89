"""A line of the log holds known fields; of a fault its kind and its way."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousFileOperation
from django.db import IntegrityError, OperationalError, transaction
from django.test import RequestFactory

from ml.photographs import InvalidPhotograph
from skincare.faults import kind
from skincare.log_lines import JsonLines, Lines
from skincare.logs import to_standard_error


def record(message: str, *args: object, name: str = "classifier", **extra: Any) -> Any:
    level = logging.ERROR
    made = logging.LogRecord(name, level, "a.py", 1, message, args, extra.pop("exc_info", None))
    made.__dict__.update(extra)
    return made


def raised(error: Exception) -> Any:
    try:
        raise error
    except Exception as caught:
        return (type(caught), caught, caught.__traceback__)


def test_only_known_fields_are_in_a_line() -> None:
    made = record("Queued.", prediction_id="1", note="itches", request_id="r" * 8)
    said = json.loads(JsonLines().format(made))
    assert said.keys() == {
        "time", "level", "logger", "process", "message", "prediction_id", "request_id",
    }  # fmt: skip
    assert (
        Lines()
        .format(made)
        .endswith("ERROR classifier: Queued. request_id=rrrrrrrr prediction_id=1")
    )


@pytest.mark.django_db
def test_what_the_database_quotes_of_a_row_is_left_out() -> None:
    User.objects.create(username="zacharias")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create(username="zacharias")
    error = caught.value
    line = JsonLines().format(
        record("It failed.", exc_info=(type(error), error, error.__traceback__))
    )
    assert "zacharias" not in json.loads(line)["fault"].replace('username="zacharias"', "")
    assert json.loads(line)["fault"].endswith("django.db.utils.IntegrityError")
    assert "… and then:" in json.loads(line)["fault"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("Anna"), "ValueError"),
        (KeyError("Anna"), "KeyError"),
        (FileNotFoundError(2, "No such file", "anna.jpg"), "FileNotFoundError: No such file"),
        (OperationalError("no host\nDETAIL: Anna"), "django.db.utils.OperationalError: no host"),
        (InvalidPhotograph("empty", "Empty."), "ml.photographs.InvalidPhotograph: Empty."),
        (AttributeError("has no attribute"), "AttributeError: has no attribute"),
    ],
)  # fmt: skip
def test_an_exception_says_what_is_of_the_machinery(error: Exception, told: str) -> None:
    assert kind(error) == told


def test_who_debugs_reads_all_of_it() -> None:
    made = record("It failed.", exc_info=raised(ValueError("Anna")))
    assert Lines(debug=True).format(made).endswith("ValueError: Anna")
    assert Lines().format(made).endswith("\nValueError")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            record("%s: %s", "Not Found", "/anna.jpg", request=RequestFactory().get("/anna.jpg")),
            "Not Found: none",
        ),
        (
            record("Forbidden (%s): %s", "https://a.example/?q=anna is bad", "/upload/",
                   request=RequestFactory().get("/upload/")),
            "Forbidden (https://a.example is bad): none",
        ),
        (
            record("in '../anna.jpg'", name="django.security.SuspiciousFileOperation",
                   exc_info=raised(SuspiciousFileOperation("in '../anna.jpg'"))),
            "Refused: SuspiciousFileOperation",
        ),
        (
            record("Task %(name)s: %(exc)s", {"exc": "anna"}, name="celery.app.trace",
                   data={"name": "recover", "id": "7", "exc": "anna"}),
            "Task recover[7] failed",
        ),
        (record("Error handling request /?a=b", name="gunicorn.error"), "Error handling request"),
        (record("Connected to redis://user:secret@host:6379/0"), "Connected to redis://host:6379"),
        (record("%d files", 3), "3 files"),
        (record("Locking out %s.", "{username: 'anna'}", name="axes.x"), "Locking out %s."),
    ],
)  # fmt: skip
def test_what_libraries_say_is_cut(made: logging.LogRecord, message: str) -> None:
    assert json.loads(JsonLines().format(made))["message"] == message


def test_an_unknown_form_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="LOG_FORMAT must be one of lines, json"):
        to_standard_error("INFO", "xml")
