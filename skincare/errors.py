"""Answers for what no view answered: JSON under /api/, a page elsewhere."""

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from classifier.accounts import lockout
from classifier.waiting import in_words


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses: too many files, too large a field, a foreign host name."""
    if request.path.startswith("/api/"):
        return _api_error(400, "bad_request", "The request cannot be understood or is too large.")
    return defaults.bad_request(request, exception)


def too_large(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        limit = settings.REQUEST_MAX_BYTES // 1_000_000
        return _api_error(413, "too_large", f"A request may have at most {limit} MB.")
    answer = defaults.bad_request(request, SuspiciousOperation())
    answer.status_code = 413
    return answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _api_error(404, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _api_error(500, "server_error", "Something went wrong on our side.")
    return defaults.server_error(request)


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None
) -> HttpResponse:
    """Instead of what the view answered: too many wrong passwords or codes."""
    seconds = lockout.seconds_left(request, credentials)
    sentence = _("Too many failed attempts. Try again in %(wait)s.") % {"wait": in_words(seconds)}
    if request.path.startswith("/api/"):
        refusal: HttpResponse = _api_error(429, "too_many_failures", sentence)
    else:
        refusal = render(request, "registration/locked.html", {"sentence": sentence}, status=429)
    refusal["Retry-After"] = str(seconds)
    refusal["Cache-Control"] = "no-store"
    return refusal


def _api_error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
