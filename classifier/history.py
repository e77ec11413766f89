"""What a user may see, and how a history is filtered."""

from __future__ import annotations

import datetime

import django_filters
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q

from classifier import class_guide
from classifier.models import Prediction, PredictionQuerySet, Status


def predictions_of(user: User) -> PredictionQuerySet:
    """The user's own history, newest first, with all that pages and answers show."""
    return Prediction.objects.filter(owner=user).with_details().order_by("-created_at", "-id")


def with_visible_files(user: User) -> PredictionQuerySet:
    """Predictions whose photograph the user may look at: the owner's, and all for staff."""
    predictions = Prediction.objects.select_related("image")
    return predictions if user.is_staff else predictions.filter(owner=user)


def _refuse_beyond_calendar(moment: datetime.datetime) -> None:
    """The first and last hours of the calendar have no equivalent in every time zone."""
    try:
        moment.astimezone(datetime.UTC)
    except OverflowError as error:
        raise ValidationError("Enter a valid date/time.") from error


class PredictionFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped
    """The same filters for the pages and the API."""

    status = django_filters.ChoiceFilter(choices=Status.choices, empty_label="Any")
    label = django_filters.ChoiceFilter(
        choices=class_guide.CHOICES, label="Class", empty_label="Any"
    )
    created_after = django_filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gte", validators=[_refuse_beyond_calendar]
    )
    created_before = django_filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", validators=[_refuse_beyond_calendar]
    )
    search = django_filters.CharFilter(method="search_text", label="In notes and file names")

    class Meta:
        model = Prediction
        fields = ["status", "label", "created_after", "created_before", "search"]

    def search_text(
        self, queryset: PredictionQuerySet, _name: str, text: str
    ) -> PredictionQuerySet:
        return queryset.filter(
            Q(image__note__icontains=text) | Q(image__original_name__icontains=text)
        )
