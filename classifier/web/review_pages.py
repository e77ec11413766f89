"""The review: a photograph, seven buttons, the next one. By keys, or without any script."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from classifier import class_guide
from classifier.models import Diagnosis, LesionImage
from classifier.staff import audit, review, roles
from classifier.web.requests import AuthenticatedRequest
from classifier.web.staff import only_for

LAST_METHOD = "review_method"
"""In the session: whoever reads reports goes on with the next report."""


class DiagnosisForm(forms.ModelForm):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Diagnosis
        fields = ["method", "note", "label"]
        labels = {
            "method": gettext_lazy("Confirmed by"),
            "note": gettext_lazy("Note for the staff"),
        }
        widgets = {"note": forms.Textarea(attrs={"rows": 2}), "label": forms.HiddenInput}
        help_texts = {"note": ""}


@only_for(roles.may_diagnose)
@require_safe
def queue(request: AuthenticatedRequest) -> HttpResponse:
    """The next photograph without a diagnosis, beside what was recorded last."""
    last = _last(request)
    image = review.next_after(last)
    initial = {"method": request.session.get(LAST_METHOD, Diagnosis.Method.HISTOPATHOLOGY)}
    return _page(request, image, DiagnosisForm(initial=initial), last=last, left=review.left())


@only_for(roles.may_diagnose)
@require_http_methods(["GET", "HEAD", "POST"])
def photograph(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """One photograph: to record its diagnosis, or to correct it."""
    image = get_object_or_404(review.photographs(), pk=pk)
    diagnosis = getattr(image, "diagnosis", None)
    if request.method != "POST":
        initial = {"seen": diagnosis.label if diagnosis else ""}
        return _page(request, image, DiagnosisForm(instance=diagnosis, initial=initial))
    form = DiagnosisForm(request.POST)
    if not form.is_valid():
        return _page(request, image, form)
    request.session[LAST_METHOD] = form.cleaned_data["method"]
    try:
        seen = form.cleaned_data.pop("seen")
        confirmed = review.Confirmed(**form.cleaned_data)
        review.record(image, confirmed, seen=seen, by=request.user)
    except review.Overtaken:
        sentence = _("Somebody else has just recorded a diagnosis: nothing is changed.")
        messages.error(request, sentence)
        return redirect("review_photograph", pk=pk)
    except LesionImage.DoesNotExist as error:
        raise Http404 from error
    return redirect(f"{reverse('review')}?after={pk}")


def _last(request: AuthenticatedRequest) -> LesionImage | None:
    """The photograph after which to go on; one that is gone begins anew."""
    with suppress(ValueError):
        pk = UUID(request.GET.get("after", ""))
        return review.photographs().filter(pk=pk).first()
    return None


def _page(
    request: AuthenticatedRequest, image: LesionImage | None, form: DiagnosisForm, **more: Any
) -> HttpResponse:
    context: dict[str, Any] = {"image": image, "form": form, "many": review.COUNTED, **more}
    if image is not None:
        audit.saw(request.user, [image])
        predictions = image.predictions.with_details().order_by("-created_at", "-id")
        context["predictions"] = predictions[:5]
        context["choices"] = [
            (str(key), label, name)
            for key, (label, name) in enumerate(class_guide.CHOICES, start=1)
        ]
    return render(request, "staff/review.html", context)
