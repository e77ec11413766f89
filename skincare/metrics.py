"""`/metrics` for Prometheus: with the operator's token, or for staff who may see the figures."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from classifier.metrics.exposition import exposition
from classifier.staff import roles

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """401 for everybody else; 503 where the database, which holds the figures, does not answer."""
    try:
        if not _may_read(request):
            refusal = HttpResponse("A token is needed.\n", status=401, content_type="text/plain")
            refusal["WWW-Authenticate"] = "Bearer"
            return refusal
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except Error:
        logger.exception("The figures cannot be read.")
        return HttpResponse("No database.\n", status=503, content_type="text/plain")


def _may_read(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    user: User | AnonymousUser = request.user
    return isinstance(user, User) and user.is_active and roles.may_look(user)
