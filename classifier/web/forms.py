"""What the pages' forms take; the core decides what becomes of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from classifier.body_sites import BodySite
from classifier.intake import refuse_future

ACCEPTED = "image/jpeg,image/png,image/heic,image/heif,.heic,.heif"


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or many files. Each is checked by itself later, so that a bad one spoils no other."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        if not data and self.required:
            raise forms.ValidationError(_("Choose at least one photograph."))
        return list(data)


class DetailsForm(forms.Form):
    """What a user says of a photograph."""

    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    taken_on = forms.DateField(
        label=_("Date taken"),
        required=False,
        validators=[refuse_future],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    body_site = forms.ChoiceField(
        label=_("Body site"), choices=[("", _("Not stated")), *BodySite.choices], required=False
    )


class UploadForm(DetailsForm):
    images = FilesField(
        label=_("Photographs"),
        help_text=_("JPEG, PNG or HEIC, each at most 10 MB and 25 megapixels."),
        widget=FilesInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Choose at least one photograph.")},
    )
