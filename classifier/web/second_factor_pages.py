"""The second factor: set up with an app, new recovery codes, switched off."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.authtoken.models import Token

from classifier.accounts import second_factor, sessions
from classifier.web.account_forms import PasswordForm
from classifier.web.requests import AuthenticatedRequest
from classifier.web.second_factor_forms import SetUpForm


@login_required
@require_POST
def begin_second_factor(request: AuthenticatedRequest) -> HttpResponse:
    second_factor.begin(request.user)
    return redirect("set_up_second_factor")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def set_up_second_factor(request: AuthenticatedRequest) -> HttpResponse:
    """The key to scan; with its first code and the password it counts."""
    device = second_factor.begun(request.user)
    if device is None:
        return redirect("second_factor")
    form = SetUpForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        # What the password alone has opened so far is closed.
        Token.objects.filter(user=request.user).delete()
        sessions.end_others(request.user, request.session)
        return _codes(request, form.recovery_codes)
    shown = {
        "form": form,
        "qr_code": second_factor.qr_code(device),
        "key": second_factor.key_in_words(device),
    }
    return render(request, "account/set_up_second_factor.html", shown)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def manage_second_factor(request: AuthenticatedRequest) -> HttpResponse:
    """For new recovery codes and for switching it off the password is asked."""
    user = request.user
    if not second_factor.is_on(user):
        return redirect("account")
    form = PasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") == "codes":
            return _codes(request, second_factor.new_recovery_codes(user))
        second_factor.switch_off(user)
        messages.success(request, _("The second factor is switched off."))
        return redirect("account")
    shown = {"form": form, "left": second_factor.recovery_codes_left(user)}
    return render(request, "account/second_factor.html", shown)


def _codes(request: AuthenticatedRequest, codes: list[str]) -> HttpResponse:
    """Shown on this very page, and never again."""
    return render(request, "account/recovery_codes.html", {"codes": codes})
