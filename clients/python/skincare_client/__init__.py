"""A client of the Skincare service's REST API."""

from skincare_client.batches import Failed, Outcome, classify_files
from skincare_client.client import Client
from skincare_client.credentials import login
from skincare_client.downloads import download_csv, download_images
from skincare_client.errors import ApiError, SkincareError
from skincare_client.results import Prediction
from skincare_client.signatures import InvalidSignature, verify_webhook_signature

__all__ = [
    "ApiError",
    "Client",
    "Failed",
    "InvalidSignature",
    "Outcome",
    "Prediction",
    "SkincareError",
    "classify_files",
    "download_csv",
    "download_images",
    "login",
    "verify_webhook_signature",
]
