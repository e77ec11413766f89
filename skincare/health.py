"""Health for whoever runs the service: no login, no content."""

import logging

from celery import current_app
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from classifier.capacity import Worker

logger = logging.getLogger(__name__)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process answers and reaches the database, else 503."""
    return _answer({"database": _database()})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 while an upload would be classified now, else 503 with what is missing."""
    states = {"database": _database(), "broker": _broker()}
    if states["database"] == "ok":  # the record of the others
        states |= {"worker": _worker(), "network": _network()}
    return _answer(states)


def _answer(states: dict[str, str]) -> JsonResponse:
    well = all(state == "ok" for state in states.values())
    return JsonResponse(
        {"status": "ok" if well else "error", **states}, status=200 if well else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        logger.exception("The database does not answer.")
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        # A new connection: that of the pool may be one that nobody has noticed to be dead.
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=0, timeout=2)
    except Exception:  # of any transport
        logger.exception("The broker does not answer.")
        return "unreachable"
    return "ok"


def _worker() -> str:
    return "ok" if Worker.objects.seen_lately().exists() else "none was seen lately"


def _network() -> str:
    loaded = Worker.objects.seen_lately().filter(network__isnull=False)
    return "ok" if loaded.exists() else "no worker has loaded one"
