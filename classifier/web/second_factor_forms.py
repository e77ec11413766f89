"""Forms that ask for a code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from classifier.accounts import second_factor
from classifier.accounts.second_factor import CodeRefused
from classifier.web.account_forms import PasswordForm

CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


class CodeForm(forms.Form):
    """The second half of a login."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        help_text=_("The six digits that your app shows, or one of your recovery codes."),
        widget=forms.TextInput(attrs={**CODE, "autofocus": True}),
    )

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            second_factor.check(self.request, self.user, code)
        except CodeRefused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return code


class SetUpForm(PasswordForm):
    """The first code of a new key, and the password, so that no open session alone is enough."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        help_text=_("The six digits that your app shows now."),
        widget=forms.TextInput(attrs={**CODE, "inputmode": "numeric"}),
    )
    field_order = ("code", "password")
    recovery_codes: list[str]

    def clean(self) -> dict[str, Any]:
        """The code is looked at once the password was right."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                user = self.request.user
                self.recovery_codes = second_factor.confirm(self.request, user, given["code"])
            except CodeRefused as refused:
                self.add_error("code", str(refused))
        return given
