"""Answers of which a client can have a part, to go on where a download was cut off."""

from __future__ import annotations

from typing import Any, Final

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.schema import error
from classifier.downloads import ranges

OUTSIDE: Final = "It ends before the part that is asked for."
RANGE: Final = [
    OpenApiParameter(
        "Range",
        str,
        OpenApiParameter.HEADER,
        description="One part, as `bytes=1000-`. Who may have to go on asks with `bytes=0-` from "
        "the start: the answer then has a length and an `ETag` for `If-Range`.",
    ),
    OpenApiParameter(
        "If-Range",
        str,
        OpenApiParameter.HEADER,
        description="The `ETag` of what is there; all is sent where it has changed since.",
    ),
]


def whole_or_part(media_type: str, content: Any) -> dict[Any, Any]:
    """The answers of such an operation, for the schema."""
    return {
        (200, media_type): content,
        (206, media_type): OpenApiResponse(content, description="The part asked for."),
        416: error(416, "range_not_satisfiable", OUTSIDE),
    }


def part_of(
    request: Request, whole: ranges.Whole, headers: dict[str, str]
) -> StreamingHttpResponse | Response:
    """206 with what `Range` asks for, or 200 with all of it."""
    wanted = request.headers.get("Range", "")
    is_current = request.headers.get("If-Range", whole.tag) == whole.tag
    try:
        part = ranges.requested(wanted, whole.size) if is_current else None
    except ranges.Unsatisfiable:
        whole.file.close()
        answer = {"error": {"code": "range_not_satisfiable", "message": OUTSIDE}}
        return Response(answer, 416, headers={"Content-Range": f"bytes */{whole.size}"})
    first, last = part or (0, whole.size - 1)
    headers = {
        **headers,
        "Accept-Ranges": "bytes",
        "Content-Length": str(last + 1 - first),
        "ETag": whole.tag,
    }
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{whole.size}"
    sent = ranges.Part(whole, first, last)
    return StreamingHttpResponse(sent, status=206 if part else 200, headers=headers)
