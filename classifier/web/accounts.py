"""Sign up, log in, passwords; the rest are Django's own views."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth import views as auth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.views.generic import FormView

from classifier.accounts import lockout, second_factor, sessions, tokens
from classifier.web import half_way
from classifier.web.account_forms import NewPasswordForm, SignUpForm
from classifier.web.second_factor_forms import CodeForm


class LoginView(auth.LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(signup_open=settings.SIGNUP_OPEN, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Who has a second factor is asked for it before anything is opened."""
        user = form.get_user()
        if not second_factor.is_on(user):
            return super().form_valid(form)
        half_way.remember(self.request, user)
        following = self.get_redirect_url()
        query = f"?{urlencode({'next': following})}" if following else ""
        return redirect(resolve_url("login_code") + query)


class CodeView(auth.RedirectURLMixin, FormView):
    """The second half of a login."""

    form_class = CodeForm
    template_name = "registration/login_code.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.user = half_way.who(request)
        if self.user is None:
            return redirect("login")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request, "user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        half_way.finish(self.request, form.user)
        return super().form_valid(form)


class PasswordChangeView(auth.PasswordChangeView):
    form_class = NewPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        tokens.revoke_all(form.user)
        answer = super().form_valid(form)
        sessions.end_others(form.user, self.request.session)
        return answer


class PasswordResetConfirmView(auth.PasswordResetConfirmView):
    def form_valid(self, form: Any) -> HttpResponse:
        tokens.revoke_all(form.user)
        sessions.end_others(form.user, self.request.session)
        lockout.unlock(form.user)
        return super().form_valid(form)


class SignUpView(FormView):
    form_class = SignUpForm
    template_name = "registration/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.SIGNUP_OPEN:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        login(self.request, form.save(), backend=half_way.BACKEND)
        return redirect(settings.LOGIN_REDIRECT_URL)
