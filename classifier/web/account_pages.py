"""The account: what a user keeps here besides photographs, and the way out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.authtoken.models import Token

from classifier import quotas
from classifier.accounts import second_factor, sessions, tokens
from classifier.privacy import leaving, retention
from classifier.records import ApiToken
from classifier.web.account_forms import EmailForm, PasswordForm, RetentionForm, TokenForm
from classifier.web.requests import AuthenticatedRequest

USES = {
    "unfinished": gettext_lazy("Photographs that wait for their results"),
    "uploads": gettext_lazy("Uploads this hour"),
    "stored": gettext_lazy("Stored photographs"),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: AuthenticatedRequest) -> HttpResponse:
    """Everything at a glance; the address for a lost password is changed here."""
    form = EmailForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your e-mail address is changed."))
        return redirect("account")
    return render(request, "account/account.html", _shown(request, form=form))


@login_required
@require_POST
def choose_retention(request: AuthenticatedRequest) -> HttpResponse:
    """How long photographs are kept; what would go soon is said."""
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return render(request, "account/account.html", _shown(request, retention_form=form))
    retention.choose(request.user, form.cleaned_data["days"])
    messages.success(request, _("It is saved."))
    if n := retention.over_tomorrow(request.user):
        sentence = ngettext(
            "%(n)s photograph is older and will be deleted from tomorrow on.",
            "%(n)s photographs are older and will be deleted from tomorrow on.",
            n,
        )
        messages.warning(request, sentence % {"n": n})
    return redirect("account")


@login_required
@require_POST
@never_cache
def create_token(request: AuthenticatedRequest) -> HttpResponse:
    """Shown on this very page, and never again."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(request, "account/account.html", _shown(request, token_form=form))
    key = tokens.issue(request.user, form.cleaned_data["name"])
    return render(request, "account/token.html", {"key": key, "name": form.cleaned_data["name"]})


@login_required
@require_POST
def revoke_token(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    get_object_or_404(ApiToken, pk=pk, owner=request.user).delete()
    messages.success(request, _("The token is revoked."))
    return redirect("account")


@login_required
@require_POST
def revoke_login_token(request: AuthenticatedRequest) -> HttpResponse:
    """The one that `auth/token/` hands out for name and password."""
    Token.objects.filter(user=request.user).delete()
    messages.success(request, _("The token is revoked."))
    return redirect("account")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: AuthenticatedRequest) -> HttpResponse:
    """Delete the account with all rows and files, after the password was given."""
    form = PasswordForm(request, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        count = request.user.lesion_images.count()
        return render(request, "account/leave.html", {"form": form, "count": count})
    leaving.delete_account(request.user)
    logout(request)
    messages.success(request, _("Your account and everything in it is deleted."))
    return redirect("login")


def _shown(request: AuthenticatedRequest, **forms: object) -> dict[str, object]:
    usage = quotas.usage(request.user)
    choice = retention.choice_of(request.user)
    return {
        "form": EmailForm(instance=request.user),
        "token_form": TokenForm(),
        "retention_form": RetentionForm(initial={"days": choice.days if choice else None}),
        "retention_days": settings.RETENTION_DAYS,
        "tokens": request.user.api_tokens.order_by("-created_at"),
        "login_token": Token.objects.filter(user=request.user).first(),
        "uses": [(words, getattr(usage, name)) for name, words in USES.items()],
        "anew_at": usage.anew_at,
        "count": usage.stored.used,
        "has_second_factor": second_factor.is_on(request.user),
        "sessions": sessions.open_sessions(request.user, request.session),
        **forms,
    }
