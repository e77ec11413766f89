"""Sign up, log in, passwords; the rest are Django's own views."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth import views as auth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.generic import FormView

from classifier import tokens
from classifier.web.account_forms import SignUpForm


class LoginView(auth.LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(signup_open=settings.SIGNUP_OPEN, **kwargs)


class PasswordChangeView(auth.PasswordChangeView):
    def form_valid(self, form: Any) -> HttpResponse:
        tokens.revoke_all(form.user)
        return super().form_valid(form)


class PasswordResetConfirmView(auth.PasswordResetConfirmView):
    def form_valid(self, form: Any) -> HttpResponse:
        tokens.revoke_all(form.user)
        return super().form_valid(form)


class SignUpView(FormView):
    form_class = SignUpForm
    template_name = "registration/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.SIGNUP_OPEN:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        login(self.request, form.save())
        return redirect(settings.LOGIN_REDIRECT_URL)
