from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from classifier.api.account import AccountView, LeaveView, TokenViewSet
from classifier.api.archives import ArchiveViewSet
from classifier.api.batches import BatchViewSet
from classifier.api.diagnoses import DiagnosisViewSet
from classifier.api.exports import ExportViewSet
from classifier.api.images import ImageViewSet
from classifier.api.lesions import LesionViewSet, MembersView, TimelineView
from classifier.api.login import LoginView
from classifier.api.networks import LabelsView, ModelVersionViewSet
from classifier.api.predictions import PredictionViewSet
from classifier.api.webhooks import WebhookViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("predictions", PredictionViewSet, basename="prediction")
router.register("images", ImageViewSet, basename="image")
router.register("lesions", LesionViewSet, basename="lesion")
router.register("diagnoses", DiagnosisViewSet, basename="diagnosis")
router.register("models", ModelVersionViewSet, basename="model")
router.register("account/tokens", TokenViewSet, basename="api-token")
router.register("account/archives", ArchiveViewSet, basename="archive")
router.register("webhooks", WebhookViewSet, basename="webhook")

exports, members = ExportViewSet.as_view, MembersView.as_view

urlpatterns = [
    path("auth/token/", LoginView.as_view(), name="token"),
    path("classes/", LabelsView.as_view(), name="classes"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("predictions/batch/", BatchViewSet.as_view({"post": "create"}), name="batch"),
    path("predictions/export.csv", exports({"get": "csv"}), name="export"),
    path("predictions/export.ndjson", exports({"get": "ndjson"}), name="export-ndjson"),
    path("lesions/<uuid:pk>/timeline/", TimelineView.as_view({"get": "list"}), name="timeline"),
    path(
        "lesions/<uuid:pk>/images/<uuid:image>/",
        members({"put": "update", "delete": "destroy"}),
        name="lesion-image",
    ),
    path("account/", AccountView.as_view(), name="account"),
    path("account/delete/", LeaveView.as_view(), name="leave"),
    *router.urls,
]
