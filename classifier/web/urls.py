from django.contrib.auth import views as auth
from django.urls import path
from django.views.generic import RedirectView

from classifier.web import (
    account_pages,
    accounts,
    archive_pages,
    dashboard_pages,
    history_pages,
    lesion_pages,
    networks,
    review_pages,
    second_factor_pages,
    session_pages,
    views,
    webhook_pages,
)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="upload"), name="home"),
    path("upload/", views.upload, name="upload"),
    path("history/", history_pages.predictions, name="history"),
    path("history/export.csv", history_pages.export_csv, name="export"),
    path("history/archive/", history_pages.archive_found, name="archive_found"),
    path("history/selected/", history_pages.selected, name="selected"),
    path("history/delete/", history_pages.delete_selected, name="delete_selected"),
    path("archives/<uuid:pk>/", archive_pages.archive, name="archive"),
    path("archives/<uuid:pk>/download/", archive_pages.download, name="archive_download"),
    path("predictions/<uuid:pk>/", views.prediction, name="prediction"),
    path("predictions/<uuid:pk>/report.pdf", views.pdf_report, name="report"),
    path("predictions/<uuid:pk>/delete/", views.delete, name="delete"),
    path("predictions/<uuid:pk>/details/", views.annotate, name="annotate"),
    path("predictions/<uuid:pk>/retry/", views.retry, name="retry"),
    path("account/", account_pages.account, name="account"),
    path("account/tokens/", account_pages.create_token, name="create_token"),
    path("account/tokens/<int:pk>/revoke/", account_pages.revoke_token, name="revoke_token"),
    path(
        "account/tokens/login/revoke/", account_pages.revoke_login_token, name="revoke_login_token"
    ),
    path("account/webhooks/", webhook_pages.webhook_list, name="webhooks"),
    path("account/webhooks/<uuid:pk>/", webhook_pages.webhook, name="webhook"),
    path("account/webhooks/<uuid:pk>/switch/", webhook_pages.switch_webhook, name="switch_webhook"),
    path("account/webhooks/<uuid:pk>/test/", webhook_pages.test_webhook, name="test_webhook"),
    path("account/webhooks/<uuid:pk>/delete/", webhook_pages.delete_webhook, name="delete_webhook"),
    path("account/second-factor/", second_factor_pages.manage_second_factor, name="second_factor"),
    path(
        "account/second-factor/begin/",
        second_factor_pages.begin_second_factor,
        name="begin_second_factor",
    ),
    path(
        "account/second-factor/setup/",
        second_factor_pages.set_up_second_factor,
        name="set_up_second_factor",
    ),
    path(
        "account/sessions/others/end/", session_pages.end_other_sessions, name="end_other_sessions"
    ),
    path("account/sessions/<str:handle>/end/", session_pages.end_session, name="end_session"),
    path("account/delete/", account_pages.leave, name="leave"),
    path("account/data/", archive_pages.everything, name="my_data"),
    path("lesions/", lesion_pages.lesion_list, name="lesions"),
    path("lesions/<uuid:pk>/", lesion_pages.lesion, name="lesion"),
    path("lesions/<uuid:pk>/dissolve/", lesion_pages.dissolve_lesion, name="dissolve"),
    path("predictions/<uuid:pk>/lesion/", lesion_pages.put_into_lesion, name="put_into_lesion"),
    path("review/", review_pages.queue, name="review"),
    path("review/<uuid:pk>/", review_pages.photograph, name="review_photograph"),
    path("dashboard/", dashboard_pages.dashboard, name="dashboard"),
    path("about/", networks.about, name="about"),
    path("models/", networks.models, name="models"),
    path("models/<int:pk>/", networks.model, name="model"),
    path("accounts/signup/", accounts.SignUpView.as_view(), name="signup"),
    path(
        "accounts/login/",
        accounts.LoginView.as_view(),
        name="login",
    ),
    path("accounts/login/code/", accounts.CodeView.as_view(), name="login_code"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.PasswordChangeView.as_view(), name="password_change"),
    path(
        "accounts/password/done/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
    path(
        "accounts/reset/",
        auth.PasswordResetView.as_view(email_template_name="registration/password_reset_email.txt"),
        name="password_reset",
    ),
    path("accounts/reset/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "accounts/reset/<uidb64>/<token>/",
        accounts.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "accounts/reset/done/",
        auth.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
]
