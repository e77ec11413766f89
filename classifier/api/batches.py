"""Several photographs in one request; each has an answer of its own."""

from __future__ import annotations

import logging
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import intake, looks
from classifier.api import errors, uploads
from classifier.api.answers import PredictionViews
from classifier.api.base import user_of
from classifier.api.examples import RESULTS, answered
from classifier.api.serializers import ErrorSerializer, PredictionSerializer
from classifier.idempotency import Key, KeyTaken, OtherRequest
from classifier.models import Prediction
from classifier.quotas import QuotaExceeded
from ml.photographs import InvalidPhotograph

logger = logging.getLogger(__name__)


class ResultSerializer(serializers.Serializer):
    """What became of one of the files."""

    name = serializers.CharField(help_text="The file's name, as it was sent.")
    status = serializers.IntegerField(help_text="What the file would have got by itself, as 202.")
    prediction = PredictionSerializer(allow_null=True)
    error = ErrorSerializer(allow_null=True)


@extend_schema_serializer(examples=[answered("One of two", RESULTS, 207)])
class ResultsSerializer(serializers.Serializer):
    """In the order of the files."""

    results = ResultSerializer(many=True)


class BatchViewSet(PredictionViews):
    """Photographs handed in together."""

    filter_backends = []
    pagination_class = None

    @extend_schema(
        parameters=[uploads.WaitSerializer, uploads.KEY_PARAMETER],
        request={"multipart/form-data": uploads.BatchSerializer},
        responses={207: ResultsSerializer},
    )
    def create(self, request: Request) -> Response:
        """Hand in several photographs; 207 with what became of each, in their order.

        A bad file spoils no other. With an `Idempotency-Key` each file is remembered by itself, so
        that a batch that was cut off can be sent again whole.
        """
        seconds = uploads.wait_seconds(request)
        batch = uploads.BatchSerializer(data=request.data)
        batch.is_valid(raise_exception=True)
        fields = batch.validated_data
        files = fields.pop("images")
        key = uploads.idempotency_key(request, fields)
        made = [self._one(request, key, n, file, fields) for n, file in enumerate(files)]
        predictions = [one for one in made if isinstance(one, Prediction)]
        looks.until_finished(*predictions, seconds=seconds)
        shown = self.shown(*predictions)
        results = [
            {"name": intake.shown_name(file.name), **self._result(one, shown)}
            for file, one in zip(files, made, strict=True)
        ]
        return Response({"results": results}, status.HTTP_207_MULTI_STATUS)

    def _one(
        self,
        request: Request,
        key: Key | None,
        number: int,
        file: UploadedFile,
        fields: dict[str, Any],
    ) -> Prediction | APIException:
        try:
            if key is None:
                return intake.submit(owner=user_of(request), file=file, **fields)
            own = key.numbered(number, uploads.fingerprint({"image": file, **fields}))
            done = intake.submit_once(key=own, file=file, **fields).prediction
            assert done is not None  # noqa: S101  # set in the row's own transaction
            return done
        except (InvalidPhotograph, QuotaExceeded, KeyTaken, OtherRequest) as error:
            return errors.refusal(error)
        except Exception:  # our fault, and no reason to lose the other files
            logger.exception("A photograph could not be stored.")
            return errors.OurFault()

    def _result(self, one: Prediction | APIException, shown: dict[Any, Any]) -> dict[str, Any]:
        if isinstance(one, Prediction):
            return {"status": 202, "prediction": shown.get(one.pk), "error": None}
        error = {"code": str(one.get_codes()), "message": str(one.detail)}
        return {"status": one.status_code, "prediction": None, "error": error}
