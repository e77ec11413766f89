"""A record of the log → a line: what is certain to name nobody, and nothing else.

Libraries quote what they were given: addresses, forms, whole rows of the database. So of their
records only known fields pass, and of an exception its kind and its way through the code.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
from typing import Any, Final

from classifier.correlation import request_id
from skincare.faults import told

FIELDS: Final = (
    "request_id", "prediction_id", "delivery_id", "task", "route", "method", "status", "seconds",
    "attempt",
)  # fmt: skip
URL: Final = re.compile(r"(\w+://)(?:[^@/\s]*@)?([^/\s?#'\"]+)[^\s'\"]*")
"""Scheme, perhaps a password, host, and the rest, which may hold anything."""
BY_ADDRESS: Final = ("Error handling request", "Invalid request from", "Error processing")
"""How gunicorn's lines begin that go on with an address or a part of a request."""


class Lines(logging.Formatter):
    """To read: time, level, logger, message, fields, and the way to a fault below it."""

    def __init__(self, *, debug: bool = False) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in known_fields(record).items())
        line = f"{_moment(record)} {record.levelname} {record.name}: {message(record)}{fields}"
        return "\n".join([line, *filter(None, [self.fault(record)])])

    def fault(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        return told(error, words=self._debug) if error else ""


class JsonLines(Lines):
    """An object a line, for whatever collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": message(record),
            **known_fields(record),
        }
        if fault := self.fault(record):
            line["fault"] = fault
        return json.dumps(line, default=str)


def known_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Those that the record has, and the request or message that its thread is at work for."""
    given = {"request_id": request_id.get(), **record.__dict__}
    return {name: given[name] for name in FIELDS if given.get(name) not in (None, "")}


def message(record: logging.LogRecord) -> str:
    request, task = getattr(record, "request", None), getattr(record, "data", None)
    if record.name == "celery.app.trace" and isinstance(task, dict):
        return f"Task {task.get('name')}[{task.get('id')}] failed"
    if record.name.startswith("django.security.") and record.exc_info:
        return f"Refused: {type(record.exc_info[1]).__name__}"
    if request is not None:
        return _of_request(record, request)
    if record.name.startswith("axes"):
        return str(record.msg)  # unfilled: its arguments are who failed to log in, and from where
    words = record.getMessage()
    if record.name.startswith("gunicorn") and (begin := _by_address(words)):
        return begin
    return URL.sub(r"\1\2", words)


def _of_request(record: logging.LogRecord, request: Any) -> str:
    """Django names the address; its name in the URLconf says as much."""
    from skincare.observed import route_of

    named = tuple(
        route_of(request) if argument == request.path else argument
        for argument in (record.args if isinstance(record.args, tuple) else ())
    )
    words = str(record.msg) % named if named else str(record.msg)
    return URL.sub(r"\1\2", words)


def _by_address(words: str) -> str:
    return next((begin for begin in BY_ADDRESS if words.startswith(begin)), "")


def _moment(record: logging.LogRecord) -> str:
    return datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(
        timespec="milliseconds"
    )
