"""Shapes of requests and answers; they decide nothing."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from classifier import operating_points, photo_warnings
from classifier.body_sites import BodySite
from classifier.intake import refuse_future
from classifier.models import LesionImage, ModelVersion, Prediction
from ml.labels import LABELS, by_label
from ml.posterior import parse_prior


class UploadSerializer(serializers.Serializer):
    image = serializers.FileField(
        allow_empty_file=True,  # refused by `imaging`, like every bad file
        help_text="A JPEG, PNG or HEIC photograph, at most 10 MB and 25 megapixels.",
    )
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    body_site = serializers.ChoiceField(
        choices=BodySite.choices, required=False, allow_blank=True, default=""
    )
    taken_on = serializers.DateField(
        required=False, allow_null=True, default=None, validators=[refuse_future]
    )


class WaitSerializer(serializers.Serializer):
    wait = serializers.FloatField(
        min_value=0,
        max_value=30,
        default=0,
        help_text="Answer when the prediction is final, or after this many seconds.",
    )


class ImageSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = LesionImage
        fields = [
            "url",
            "thumbnail_url",
            "width",
            "height",
            "original_name",
            "note",
            "body_site",
            "taken_on",
        ]

    def get_url(self, image: LesionImage) -> str:
        return self._absolute("api:prediction-image")

    def get_thumbnail_url(self, image: LesionImage) -> str:
        return self._absolute("api:prediction-thumbnail")

    def _absolute(self, name: str) -> str:
        path = reverse(name, args=[self.context["prediction"].pk])
        return str(self.context["request"].build_absolute_uri(path))


class ModelNameSerializer(serializers.ModelSerializer):
    class Meta:
        model = ModelVersion
        fields = ["name", "version"]


class ProbabilitiesSerializer(serializers.Serializer):
    """The seven classes; the values sum to 1."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {label: serializers.FloatField() for label in LABELS}


class PriorSerializer(serializers.Serializer):
    """The class prior that the probabilities assume."""

    text = serializers.CharField(help_text="`uniform`, `ham10000` or seven shares.")
    message = serializers.CharField(help_text="The same in words.")
    shares = ProbabilitiesSerializer()


class OperatingPointSerializer(serializers.Serializer):
    """A threshold whose sensitivity and specificity were measured; all numbers are shares."""

    target = serializers.ChoiceField(source="point.target", choices=["mel", "malignant"])
    aim = serializers.FloatField(
        source="point.aim", help_text="The sensitivity that the threshold was chosen for."
    )
    threshold = serializers.FloatField(source="point.threshold")
    score = serializers.FloatField(
        help_text="The sum of the target's probabilities under the uniform prior."
    )
    reached = serializers.BooleanField(help_text="Whether the score is at least the threshold.")
    sensitivity = serializers.FloatField(source="point.sensitivity")
    specificity = serializers.FloatField(source="point.specificity")
    measured_on = serializers.ChoiceField(
        source="point.measured_on", choices=[operating_points.HELD_OUT, operating_points.VALIDATION]
    )
    message = serializers.CharField(source="sentence")


class WarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class HeatmapSerializer(serializers.Serializer):
    label = serializers.ChoiceField(  # type: ignore[assignment]  # a field of that name
        choices=LABELS, required=False, help_text="By default the predicted class."
    )


class ErrorSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class PredictionSerializer(serializers.ModelSerializer):
    """Everything that belongs to a result is null until the prediction has succeeded.

    Where `in_distribution` is false the photograph is unlike those that the network was trained
    on: a warning says so, and the probabilities, which are given all the same, mean nothing. The
    pages do not show them.
    """

    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field of that name
    probabilities = ProbabilitiesSerializer(allow_null=True)
    malignancy = serializers.FloatField(allow_null=True)
    prior = serializers.SerializerMethodField()
    in_distribution = serializers.SerializerMethodField()
    operating_points = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()
    model = ModelNameSerializer(source="model_version", allow_null=True)
    image = serializers.SerializerMethodField()
    heatmap_url = serializers.SerializerMethodField()
    queue_position = serializers.IntegerField(allow_null=True, help_text="1 is the next.")
    estimated_wait_seconds = serializers.FloatField(
        allow_null=True, help_text="While it is queued, by how fast the workers are of late."
    )
    error = serializers.SerializerMethodField()

    class Meta:
        model = Prediction
        fields = [
            "id",
            "status",
            "created_at",
            "started_at",
            "finished_at",
            "label",
            "probability",
            "probabilities",
            "malignancy",
            "prior",
            "in_distribution",
            "operating_points",
            "warnings",
            "model",
            "image",
            "heatmap_url",
            "queue_position",
            "estimated_wait_seconds",
            "error",
        ]

    def get_label(self, prediction: Prediction) -> str | None:
        return prediction.label or None

    @extend_schema_field(PriorSerializer(allow_null=True))
    def get_prior(self, prediction: Prediction) -> dict[str, Any] | None:
        if not prediction.prior:
            return None
        shares = by_label(parse_prior(prediction.prior))
        return {
            "text": prediction.prior,
            "message": prediction.prior_in_words,
            "shares": shares,
        }

    @extend_schema_field({"type": "boolean", "nullable": True})
    def get_in_distribution(self, prediction: Prediction) -> bool | None:
        """Null also where the network has no such score."""
        return None if prediction.in_distribution is None else not prediction.out_of_distribution

    @extend_schema_field(OperatingPointSerializer(many=True, allow_null=True))
    def get_operating_points(self, prediction: Prediction) -> Any:
        """Empty where the network has no measured thresholds."""
        if prediction.model_version is None or prediction.probabilities is None:
            return None
        hints = operating_points.hints(
            prediction.probabilities, prediction.prior, prediction.model_version.card
        )
        return OperatingPointSerializer(hints, many=True).data

    @extend_schema_field(WarningSerializer(many=True))
    def get_warnings(self, prediction: Prediction) -> list[dict[str, str]]:
        return photo_warnings.described(prediction.warnings)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_heatmap_url(self, prediction: Prediction) -> str | None:
        """Null also where the network draws none."""
        if not prediction.has_heatmap:  # type: ignore[attr-defined]  # by `with_details`
            return None
        path = reverse("api:prediction-heatmap", args=[prediction.pk])
        return str(self.context["request"].build_absolute_uri(path))

    @extend_schema_field(ImageSerializer)
    def get_image(self, prediction: Prediction) -> dict[str, Any]:
        context = {**self.context, "prediction": prediction}
        return ImageSerializer(prediction.image, context=context).data

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, prediction: Prediction) -> dict[str, str] | None:
        if not prediction.error_code:
            return None
        return {"code": prediction.error_code, "message": prediction.error_message}


class ModelVersionSerializer(serializers.ModelSerializer):
    card = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = ["name", "version", "sha256", "active", "created_at", "card"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_card(self, version: ModelVersion) -> Any:
        return version.card


class LabelSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    name = serializers.CharField()
    malignant = serializers.BooleanField(help_text="Malignant or pre-malignant.")
