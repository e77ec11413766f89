from django.contrib.auth import views as auth
from django.urls import path
from django.views.generic import RedirectView

from classifier.web import accounts, networks, views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="upload"), name="home"),
    path("upload/", views.upload, name="upload"),
    path("history/", views.predictions, name="history"),
    path("predictions/<uuid:pk>/", views.prediction, name="prediction"),
    path("predictions/<uuid:pk>/report.pdf", views.pdf_report, name="report"),
    path("predictions/<uuid:pk>/delete/", views.delete, name="delete"),
    path("predictions/<uuid:pk>/retry/", views.retry, name="retry"),
    path("models/", networks.models, name="models"),
    path("models/<int:pk>/", networks.model, name="model"),
    path("accounts/signup/", accounts.SignUpView.as_view(), name="signup"),
    path(
        "accounts/login/",
        accounts.LoginView.as_view(),
        name="login",
    ),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.PasswordChangeView.as_view(), name="password_change"),
    path(
        "accounts/password/done/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
]
