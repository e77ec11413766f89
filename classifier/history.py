"""What a user may see, and how a history is filtered, sorted and counted."""

from __future__ import annotations

import datetime
from typing import Final, NamedTuple

import django_filters
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classifier import class_guide
from classifier.body_sites import BodySite
from classifier.models import Prediction, PredictionQuerySet, Status
from classifier.staff import roles

COUNT_LIMIT: Final = 10_000

NEWEST = "newest"
SORTS = {
    NEWEST: (_("Newest first"), ("-created_at", "-id")),
    "oldest": (_("Oldest first"), ("created_at", "id")),
    "probable": (_("Most probable class first"), ("-probability", "-id")),
}


def predictions_of(user: User) -> PredictionQuerySet:
    """The user's own history, newest first, with all that pages and answers show."""
    return Prediction.objects.filter(owner=user).with_details().order_by("-created_at", "-id")


def with_visible_files(user: User) -> PredictionQuerySet:
    """Predictions whose photograph the user may look at: the owner's, and all for reviewers."""
    predictions = Prediction.objects.select_related("image")
    return predictions if roles.may_look(user) else predictions.filter(owner=user)


class Counted(NamedTuple):
    n: int
    and_more: bool
    """Nobody counted further: a page takes the same time however long the history is."""


def counts(user: User) -> dict[str, Counted]:
    """How many predictions there are in each state, and of all under ""."""
    own = Prediction.objects.filter(owner=user).order_by()
    found = {"": own} | {status: own.filter(status=status) for status in Status.values}
    counted = {status: rows[: COUNT_LIMIT + 1].count() for status, rows in found.items()}
    return {status: Counted(min(n, COUNT_LIMIT), n > COUNT_LIMIT) for status, n in counted.items()}


def _refuse_beyond_calendar(moment: datetime.datetime) -> None:
    """The first and last hours of the calendar have no equivalent in every time zone."""
    try:
        moment.astimezone(datetime.UTC)
    except OverflowError as error:
        raise ValidationError(_("Enter a valid date/time.")) from error


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


class PredictionFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped
    """The same filters for the pages and the API."""

    status = django_filters.ChoiceFilter(
        choices=Status.choices, label=_("Status"), empty_label=_("Any")
    )
    label = django_filters.ChoiceFilter(
        choices=class_guide.CHOICES, label=_("Class"), empty_label=_("Any")
    )
    body_site = django_filters.ChoiceFilter(
        field_name="image__body_site",
        choices=BodySite.choices,
        label=_("Body site"),
        empty_label=_("Any"),
    )
    created_after = django_filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gte", validators=[_refuse_beyond_calendar]
    )
    created_before = django_filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", validators=[_refuse_beyond_calendar]
    )
    search = django_filters.CharFilter(method="search_text", label=_("In notes and file names"))

    class Meta:
        model = Prediction
        fields = ["status", "label", "body_site", "created_after", "created_before", "search"]

    def search_text(
        self, queryset: PredictionQuerySet, _name: str, text: str
    ) -> PredictionQuerySet:
        return queryset.filter(
            Q(image__note__icontains=text) | Q(image__original_name__icontains=text)
        )


def _day(label: class_guide.Text) -> django_filters.DateFilter:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return django_filters.DateFilter(method="by_day", label=label, widget=widget)


class HistoryFilter(PredictionFilter):
    """What the page offers on top: whole days."""

    since = _day(_("Uploaded since"))
    until = _day(_("Uploaded until"))

    def by_day(
        self, queryset: PredictionQuerySet, name: str, day: datetime.date
    ) -> PredictionQuerySet:
        """Both days belong to what is found."""
        try:
            if name == "since":
                return queryset.filter(created_at__gte=_midnight(day))
            return queryset.filter(created_at__lt=_midnight(day + datetime.timedelta(days=1)))
        except OverflowError:  # the calendar's first and last day: nothing lies beyond them
            return queryset
