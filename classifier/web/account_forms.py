"""Forms of the account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, PasswordChangeForm, UsernameField
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from classifier.accounts import lockout
from classifier.privacy import retention
from classifier.web.requests import AuthenticatedRequest

NOT_YOURS = _("This is not your password.")


class SignUpForm(BaseUserCreationForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("Only for a lost password; you can leave it out."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}


class EmailForm(forms.ModelForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("Only for a lost password."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    class Meta:
        model = User
        fields = ("email",)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the new token"),
        max_length=100,
        help_text=_("What it is for, such as the program or the machine."),
    )


class RetentionForm(forms.Form):
    days = forms.IntegerField(
        label=_("Delete photographs after so many days"),
        required=False,
        min_value=1,
        help_text=_(
            "Counted from the upload. It counts from tomorrow on; until then you can change it."
        ),
    )

    def clean_days(self) -> int | None:
        days: int | None = self.cleaned_data["days"]
        if days is not None and days > retention.longest():
            sentence = _("Photographs are kept for at most %(days)s days here.")
            raise forms.ValidationError(sentence % {"days": retention.longest()})
        return days


class PasswordForm(forms.Form):
    """The password of who is logged in, asked again before something that cannot be undone."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not lockout.knows_password(self.request, self.request.user, password):
            raise forms.ValidationError(NOT_YOURS)
        return password


class NewPasswordForm(PasswordChangeForm):
    """Django's own, in which a wrong old password counts as a failed login."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if not lockout.knows_password(self.request, self.user, old):
            raise forms.ValidationError(self.error_messages["password_incorrect"])
        return old
