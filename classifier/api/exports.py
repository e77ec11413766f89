"""The filtered history as a whole, streamed; or a part of it, for a download that was cut off."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.answers import PredictionViews
from classifier.api.base import PRIVATE
from classifier.api.parts import RANGE, part_of, whole_or_part
from classifier.downloads import export, ranges

CSV, NDJSON = "text/csv; charset=utf-8", "application/x-ndjson"


class ExportViewSet(PredictionViews):
    """The whole history, filtered as in the list."""

    pagination_class = None

    @extend_schema(parameters=RANGE, responses=whole_or_part("text/csv", OpenApiTypes.STR))
    def csv(self, request: Request) -> StreamingHttpResponse | Response:
        """A table for spreadsheets."""
        found = self.filter_queryset(self.get_queryset())
        return self._export(export.csv_lines(found), CSV, "skincare.csv")

    @extend_schema(parameters=RANGE, responses=whole_or_part(NDJSON, OpenApiTypes.STR))
    def ndjson(self, request: Request) -> StreamingHttpResponse | Response:
        """A JSON object a line, for programs."""
        found = self.filter_queryset(self.get_queryset())
        return self._export(export.json_lines(found), NDJSON, "skincare.ndjson")

    def _export(
        self, lines: Iterator[str], media_type: str, name: str
    ) -> StreamingHttpResponse | Response:
        headers = {
            "Accept-Ranges": "bytes",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Type": media_type,
            **PRIVATE,
        }
        blocks = export.in_blocks(lines)
        if self.request.method == "HEAD":
            return StreamingHttpResponse(iter(()), headers=headers)
        if "Range" not in self.request.headers:
            return StreamingHttpResponse(blocks, headers=headers)
        return part_of(self.request, ranges.spooled(blocks), headers)
