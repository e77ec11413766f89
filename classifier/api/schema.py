"""How the API describes itself: each operation with all the errors that it can answer."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from classifier.api.base import JSONWhateverIsAccepted

Direction: TypeAlias = Literal["request", "response"]


class ErrorDetailSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="For programs: it does not change.")
    message = serializers.CharField(help_text="For people: one sentence, in their language.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # A class attribute of that name would hide the serializer's own.
        refused = serializers.DictField(
            required=False, help_text="What is wrong with each field of the request."
        )
        return {**super().get_fields(), "fields": refused}


class ErrorAnswerSerializer(serializers.Serializer):
    """Every error of the API looks like this."""

    error = ErrorDetailSerializer()


def error(status: int, code: str, message: str, **fields: list[str]) -> OpenApiResponse:
    """An error with an example."""
    value: dict[str, Any] = {"code": code, "message": message}
    if fields:
        value["fields"] = fields
    example = OpenApiExample(code, {"error": value}, status_codes=[status], response_only=True)
    return OpenApiResponse(ErrorAnswerSerializer, description=message, examples=[example])


ERRORS: Final = {
    400: error(400, "invalid", "note: Not a valid string.", note=["Not a valid string."]),
    401: error(401, "not_authenticated", "Authentication credentials were not provided."),
    403: error(403, "permission_denied", "CSRF Failed: CSRF token missing."),
    404: error(404, "not_found", "Not found."),
    406: error(406, "not_acceptable", "Could not satisfy the request Accept header."),
    415: error(415, "unsupported_media_type", 'Unsupported media type "text/plain" in request.'),
}
OVER_QUOTA: Final = {
    429: error(
        429,
        "too_many_uploads",
        "You have uploaded 10,000 photographs within an hour, which is the limit. "
        "Try again in 12 minutes.",
    )
}
TOO_MANY_FAILURES: Final = {
    429: error(429, "too_many_failures", "Too many failed attempts. Try again in 12 minutes.")
}
NOT_MODIFIED: Final = {
    304: OpenApiResponse(description="The file is the one that `If-None-Match` names.")
}
RETRY_AFTER: Final = {
    "description": "Seconds.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
TAG: Final = {
    "description": "For `If-None-Match`.",
    "required": True,
    "schema": {"type": "string"},
}


class Schema(AutoSchema):
    """Adds what any operation of that kind can answer to what it says itself."""

    def map_parsers(self) -> list[str]:
        """JSON, which knows null and numbers; forms are understood, too."""
        return ["application/json"]

    def _get_response_bodies(self, direction: Direction = "response") -> Any:
        responses = super()._get_response_bodies(direction)
        for status in self._possible_errors():
            if str(status) not in responses:
                responses[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    ERRORS[status], str(status), ["application/json"], direction
                )
        if "429" in responses:
            responses["429"]["headers"] = {"Retry-After": RETRY_AFTER}
        if "304" in responses:
            responses["200"]["headers"] = responses["304"]["headers"] = {"ETag": TAG}
        return dict(sorted(responses.items()))

    def _possible_errors(self) -> list[int]:
        writes = self.method != "GET"
        has_body = self._get_request_body() is not None  # type: ignore[no-untyped-call]
        query = {one["name"] for one in self._get_parameters() if one["in"] == "query"}
        negotiation = self.view.content_negotiation_class
        possible = {
            400: has_body or bool(query),
            401: True,  # also where nobody has to log in: for a token that is wrong
            403: writes,
            404: "{" in self.path or "cursor" in query,
            406: not issubclass(negotiation, JSONWhateverIsAccepted),
            415: has_body,
        }
        return [status for status, is_possible in possible.items() if is_possible]
