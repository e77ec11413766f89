"""The API's one error shape: `{"error": {"code", "message", "fields"?}}`."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from classifier.idempotency import KeyTaken, OtherRequest
from classifier.quotas import QuotaExceeded
from classifier.sentences import translated
from ml.photographs import InvalidPhotograph

KEY_REUSED: Final = "idempotency_key_reused"
OTHER_REQUEST = _("This Idempotency-Key has been used for another request.")
NAME_TAKEN: Final = "name_taken"
SAME_NAME = _("You already have a lesion of that name.")
DIAGNOSED: Final = "already_diagnosed"
HAS_DIAGNOSIS = _("This photograph already has a confirmed diagnosis: change that one.")


class Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "unfinished_prediction"
    default_detail = "This photograph already has a prediction that is not finished."


class OurFault(exceptions.APIException):
    """Logged where it happened; nothing of it is shown."""

    default_code = "server_error"
    default_detail = "It could not be stored. This is our fault; please try again later."


def refusal(error: Exception) -> exceptions.APIException:
    """What the core refuses, as the API says it."""
    match error:
        case InvalidPhotograph():
            return RefusedPhotograph(error)
        case QuotaExceeded():
            return OverQuota(error)
        case OtherRequest():
            return Conflict(OTHER_REQUEST, KEY_REUSED)
        case KeyTaken():
            return Conflict(_("Please try again."), "idempotency_key_in_use")
    raise error


class RefusedPhotograph(exceptions.APIException):
    """The uploaded file is no photograph that can be classified."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, error: InvalidPhotograph) -> None:
        super().__init__(translated(str(error)), error.code)


class OverQuota(exceptions.APIException):
    """A limit of the user's is reached; `Retry-After` says for how long."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, error: QuotaExceeded) -> None:
        super().__init__(str(error), error.code)
        self.wait = error.retry_after  # DRF's handler makes the header of it


def error_response(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own answer, in the API's shape; None for what is no API error (a 500)."""
    response = exception_handler(exception, context)
    if response is None:
        return None
    if isinstance(exception, exceptions.ValidationError):
        body: dict[str, Any] = {
            "code": "invalid",
            "message": _first_sentence(response.data),
            "fields": response.data,
        }
    elif isinstance(exception, exceptions.APIException):
        body = {"code": exception.get_codes(), "message": str(exception.detail)}
    else:  # Django's Http404 and PermissionDenied
        code = "not_found" if response.status_code == status.HTTP_404_NOT_FOUND else "forbidden"
        body = {"code": code, "message": str(response.data["detail"])}
    response.data = {"error": body}
    return response


def _first_sentence(data: Any) -> str:
    """The first message of DRF's nested error data, with the field it belongs to."""
    if isinstance(data, dict):
        field, inner = next(iter(data.items()))
        sentence = _first_sentence(inner)
        return sentence if field == "non_field_errors" else f"{field}: {sentence}"
    return str(data[0]) if isinstance(data, list) else str(data)
