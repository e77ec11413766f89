"""Shapes of requests and answers; they decide nothing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from classifier import photo_warnings
from classifier.api.examples import PREDICTION, ROW, answered
from classifier.models import LesionImage, ModelVersion, Prediction
from classifier.networks import operating_points
from ml.labels import LABELS, by_label
from ml.posterior import parse_prior


class ImageSerializer(serializers.ModelSerializer):
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    width = serializers.IntegerField(read_only=True)
    height = serializers.IntegerField(read_only=True)
    lesion = serializers.UUIDField(
        source="lesion_id", allow_null=True, help_text="Id of the lesion that it shows."
    )

    class Meta:
        model = LesionImage
        fields = [
            "id",
            "url",
            "thumbnail_url",
            "width",
            "height",
            "original_name",
            "note",
            "body_site",
            "taken_on",
            "lesion",
        ]

    @extend_schema_field(serializers.URLField())
    def get_url(self, image: LesionImage) -> str | None:
        return self._absolute("api:prediction-image")

    @extend_schema_field(serializers.URLField())
    def get_thumbnail_url(self, image: LesionImage) -> str | None:
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


@extend_schema_serializer(
    examples=[answered("Succeeded", PREDICTION, 200), answered("Accepted", PREDICTION, 202)]
)
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

    # Made once: DRF takes longer to put a serializer's fields together than for all that they do.

    @cached_property
    def _image(self) -> ImageSerializer:
        return ImageSerializer(context=self.context)

    @cached_property
    def _operating_point(self) -> OperatingPointSerializer:
        return OperatingPointSerializer()

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
        return [self._operating_point.to_representation(hint) for hint in hints]

    @extend_schema_field(WarningSerializer(many=True))
    def get_warnings(self, prediction: Prediction) -> list[dict[str, str]]:
        return photo_warnings.described(prediction.warnings)

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_heatmap_url(self, prediction: Prediction) -> str | None:
        """Null also where the network draws none."""
        if not getattr(prediction, "has_heatmap", False):  # by `with_details`; a new one has none
            return None
        path = reverse("api:prediction-heatmap", args=[prediction.pk])
        return str(self.context["request"].build_absolute_uri(path))

    @extend_schema_field(ImageSerializer)
    def get_image(self, prediction: Prediction) -> dict[str, Any]:
        self.context["prediction"] = prediction
        return self._image.to_representation(prediction.image)

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, prediction: Prediction) -> dict[str, str] | None:
        if not prediction.error_code:
            return None
        return {"code": prediction.error_code, "message": prediction.error_message}


@extend_schema_serializer(examples=[answered("Succeeded", ROW)])
class PredictionRowSerializer(PredictionSerializer):
    """A prediction in a list: without its prior and thresholds, which `predictions/{id}/` gives."""

    class Meta(PredictionSerializer.Meta):
        fields = [
            name
            for name in PredictionSerializer.Meta.fields
            if name not in {"prior", "operating_points"}
        ]
