"""The page between an action and what it does: which network version?"""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest
from django.template.response import TemplateResponse

from classifier.models import ModelVersion


class VersionForm(forms.Form):
    version = forms.ModelChoiceField(
        ModelVersion.objects.defer("card").order_by("-created_at"), label="Network version"
    )


def chosen_version(request: HttpRequest) -> ModelVersion | TemplateResponse:
    """The version that was chosen, or the page that asks for it."""
    form = VersionForm(request.POST if "version" in request.POST else None)
    if form.is_valid():
        version: ModelVersion = form.cleaned_data["version"]
        return version
    context = {
        **admin.site.each_context(request),
        "title": "By which network version?",
        "form": form,
        "kept": [
            (name, value)
            for name in ("action", "select_across", ACTION_CHECKBOX_NAME)
            for value in request.POST.getlist(name)
        ],
    }
    return TemplateResponse(request, "admin/classifier/choose_version.html", context)
