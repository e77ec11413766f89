"""Shapes of webhooks and their deliveries."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from classifier.api.examples import DELIVERY, TEST_DELIVERY, WEBHOOK, answered, asked
from classifier.api.fields import Name, Switch, Text
from classifier.delivery import webhooks
from classifier.delivery.webhook_records import Webhook, WebhookDelivery
from classifier.models import Prediction


@extend_schema_serializer(
    examples=[asked("A receiver", {"name": "archive", "url": "https://example.org/skincare"})]
)
class NewWebhookSerializer(serializers.Serializer):
    name = Name()
    url = Text(
        max_length=500,
        validators=[webhooks.check_url],
        help_text="Where to post: `https://` or `http://`, port 80, 443 or from 1024 on, and an "
        "address of the public internet or one that the operator allows.",
    )
    secret = Text(
        min_length=webhooks.SHORTEST_SECRET,
        max_length=200,
        required=False,
        help_text="What the signatures are made with; without one the service makes one.",
    )


@extend_schema_serializer(
    examples=[answered("A webhook", WEBHOOK), asked("Another name", {"name": "archive"})]
)
class WebhookSerializer(serializers.ModelSerializer):
    name = Name()
    enabled = Switch(help_text="Switched on again, it is told of what finishes from then on.")
    switched_off_because = serializers.CharField(
        read_only=True, help_text="Empty while it is on, or where its owner switched it off."
    )

    class Meta:
        model = Webhook
        fields = [
            "id",
            "name",
            "url",
            "enabled",
            "switched_off_because",
            "failing_since",
            "created_at",
        ]
        read_only_fields = ["id", "url", "failing_since", "created_at"]

    def update(self, instance: Webhook, validated_data: dict[str, object]) -> Webhook:
        """The name; the view switches."""
        instance.name = str(validated_data.get("name", instance.name))
        instance.save(update_fields=["name"])
        return instance


@extend_schema_serializer(
    examples=[answered("A new webhook", WEBHOOK | {"secret": "whsec_shown-this-once"}, 201)]
)
class MadeWebhookSerializer(WebhookSerializer):
    """With the secret, which no later answer holds."""

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


@extend_schema_serializer(
    examples=[answered("Delivered", DELIVERY), answered("A test", TEST_DELIVERY, 202)]
)
class DeliverySerializer(serializers.ModelSerializer):
    """`status_code`, `seconds` and `error` are of the last attempt, at `tried_at`."""

    event = serializers.ChoiceField(choices=["prediction.finished", "test"], read_only=True)
    prediction: serializers.PrimaryKeyRelatedField[Prediction] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True
    )
    attempts = serializers.IntegerField(read_only=True)
    status_code = serializers.IntegerField(read_only=True, allow_null=True)
    next_attempt_at = serializers.SerializerMethodField()

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "event",
            "prediction",
            "status",
            "attempts",
            "created_at",
            "tried_at",
            "next_attempt_at",
            "status_code",
            "seconds",
            "error",
        ]

    def get_next_attempt_at(self, delivery: WebhookDelivery) -> str | None:
        """Null once it is delivered or given up."""
        if delivery.status != "pending":
            return None
        return serializers.DateTimeField().to_representation(delivery.due_at)
