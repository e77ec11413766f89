"""Webhooks: a list with a form, and a page each with the log of its deliveries."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from classifier.delivery import webhooks
from classifier.delivery.webhook_records import Webhook
from classifier.pagination import NewestFirst
from classifier.quotas import QuotaExceeded
from classifier.web.requests import AuthenticatedRequest


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)


class WebhookForm(NameForm):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        validators=[webhooks.check_url],
        help_text=gettext_lazy("Begins with https://; what is posted is about your health."),
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        min_length=webhooks.SHORTEST_SECRET,
        max_length=200,
        required=False,
        help_text=gettext_lazy("Left empty, one is made and shown once."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


def _own(request: AuthenticatedRequest, pk: UUID) -> Webhook:
    return get_object_or_404(Webhook, pk=pk, owner=request.user)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhook_list(request: AuthenticatedRequest) -> HttpResponse:
    """A new one is answered by a page with its secret, which is never shown again."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        site = request.build_absolute_uri("/")
        try:
            made = webhooks.register(owner=request.user, site=site, **form.cleaned_data)
        except webhooks.TooManyWebhooks:
            sentence = _("You have %(n)s webhooks, which is the limit.")
            form.add_error(None, sentence % {"n": webhooks.LIMIT})
        else:
            return render(request, "webhooks/made.html", {"webhook": made})
    context = {"form": form, "webhooks": webhooks.webhooks_of(request.user)}
    return render(request, "webhooks/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """The log of its deliveries; its name is changed here."""
    shown = _own(request, pk)
    form = NameForm(request.POST or None, initial={"name": shown.name})
    if request.method == "POST" and form.is_valid():
        shown.name = form.cleaned_data["name"]
        shown.save(update_fields=["name"])
        return redirect("webhook", pk=pk)
    paginator = NewestFirst()
    try:
        page = paginator.paginate_queryset(webhooks.deliveries_of(shown), Request(request))
    except NotFound as error:  # a cursor that nobody handed out
        raise Http404 from error
    context = {
        "webhook": shown,
        "form": form,
        "deliveries": page,
        "newer": paginator.get_previous_link(),
        "older": paginator.get_next_link(),
    }
    return render(request, "webhooks/webhook.html", context)


@login_required
@require_POST
def switch_webhook(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """On or off, as the button says that was pressed."""
    shown = _own(request, pk)
    if request.POST.get("enabled") == "true":
        webhooks.switch_on(shown)
        messages.success(request, _("The webhook is switched on."))
    else:
        webhooks.switch_off(Webhook.objects.filter(pk=shown.pk))
        messages.success(request, _("The webhook is switched off."))
    return redirect("webhook", pk=pk)


@login_required
@require_POST
def test_webhook(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    try:
        webhooks.send_test(_own(request, pk))
    except webhooks.SwitchedOff:
        messages.error(request, _("The webhook is switched off."))
    except QuotaExceeded as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("A test is on its way; the log will say how it went."))
    return redirect("webhook", pk=pk)


@login_required
@require_POST
def delete_webhook(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    _own(request, pk).delete()
    messages.success(request, _("The webhook and its log are deleted."))
    return redirect("webhooks")
