from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import SimpleRouter

from classifier.api import views
from classifier.api.webhooks import WebhookViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("predictions", views.PredictionViewSet, basename="prediction")
router.register("models", views.ModelVersionViewSet, basename="model")
router.register("webhooks", WebhookViewSet, basename="webhook")

urlpatterns = [
    path("auth/token/", obtain_auth_token, name="token"),
    path("classes/", views.LabelsView.as_view(), name="classes"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path(
        "predictions/export.csv",
        views.PredictionViewSet.as_view({"get": "export"}, pagination_class=None),
        name="export",
    ),
    *router.urls,
]
