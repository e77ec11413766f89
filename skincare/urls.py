from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from skincare.health import healthz, readyz
from skincare.metrics import metrics

urlpatterns = [
    path("", include("classifier.web.urls")),
    path("api/v1/", include("classifier.api.urls")),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "skincare.errors.bad_request"
handler404 = "skincare.errors.not_found"
handler500 = "skincare.errors.server_error"
