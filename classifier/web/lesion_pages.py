"""Lesions over time: a list, a page each, and the form that puts a photograph into one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from classifier import history, lesions
from classifier.records import Lesion
from classifier.web.plot import HEIGHT, WIDTH, plot
from classifier.web.requests import AuthenticatedRequest


class LesionForm(forms.Form):
    lesion = forms.ModelChoiceField(
        Lesion.objects.none(),
        label=gettext_lazy("Lesion"),
        required=False,
        empty_label=gettext_lazy("None"),
    )
    new_name = forms.CharField(
        label=gettext_lazy("Or a new one, by its name"), max_length=100, required=False
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lesion"]
        field.queryset = user.lesions.order_by("name")  # type: ignore[attr-defined]
        field.label_from_instance = lambda lesion: lesion.name  # type: ignore[attr-defined]


@login_required
@require_safe
def lesion_list(request: AuthenticatedRequest) -> HttpResponse:
    context = {"lesions": lesions.lesions_of(request.user)}
    return render(request, "lesions/list.html", context)


@login_required
@require_safe
def lesion(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """In time order; two of the photographs are compared, by default the first and the last."""
    shown = get_object_or_404(Lesion, pk=pk, owner=request.user)
    visits = lesions.course(shown)
    context = {
        "lesion": shown,
        "visits": visits,
        "pair": [_chosen(request, "a", visits, 0), _chosen(request, "b", visits, -1)],
        "plot": plot(visits),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render(request, "lesions/lesion.html", context)


def _chosen(
    request: AuthenticatedRequest, name: str, visits: list[lesions.Visit], default: int
) -> lesions.Visit | None:
    wanted = request.GET.get(name)
    found = [visit for visit in visits if str(visit.prediction.pk) == wanted]
    return found[0] if found else visits[default] if len(visits) > 1 else None


@login_required
@require_POST
def put_into_lesion(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    prediction = get_object_or_404(history.predictions_of(request.user), pk=pk)
    form = LesionForm(request.user, request.POST)
    if not form.is_valid():
        messages.error(request, _("This lesion is not one of yours."))
        return redirect("prediction", pk=pk)
    fields = form.cleaned_data
    found = lesions.put(prediction.image, fields["lesion"], new_name=fields["new_name"].strip())
    if found is None:
        messages.success(request, _("The photograph belongs to no lesion now."))
        return redirect("prediction", pk=pk)
    return redirect("lesion", pk=found.pk)


@login_required
@require_POST
def dissolve_lesion(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """The photographs stay."""
    get_object_or_404(Lesion, pk=pk, owner=request.user).delete()
    messages.success(request, _("The lesion is dissolved; its photographs are still there."))
    return redirect("lesions")
