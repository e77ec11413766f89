"""All settings, from the environment. The defaults are the embedded installation of `make run`."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from whitenoise.compress import Compressor

from skincare import logs, sentry, stores
from skincare.accounts import *  # noqa: F403
from skincare.environment import Environment, hosts_and_networks

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

DATA_DIR = Path(env.str("SKINCARE_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
"""Everything that the installation writes lies under here."""
UPLOAD_TEMP_DIR = DATA_DIR / "uploading"
for _private in (DATA_DIR, UPLOAD_TEMP_DIR):
    _private.mkdir(mode=0o700, parents=True, exist_ok=True)


# Web

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = stores.secret_key(env, DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "skincare.urls"
WSGI_APPLICATION = "skincare.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "classifier",
]

MIDDLEWARE = [
    "skincare.observed.ObservedRequests",
    "skincare.security.SecurityHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "skincare.request_limits.BoundedBody",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "skincare.english_admin.EnglishAdmin",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.parsed(
    "TIME_ZONE", "UTC", lambda name: ZoneInfo(name).key, "a time zone such as Europe/Zurich"
)
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "skincare.formats"

# E-mail, for lost passwords: into files until the environment names a server

vars().update(stores.email(env, DATA_DIR))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="skincare@localhost")

# Behind TLS: secure cookies and the proxy's word on the scheme

HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# Who watches the service asks the process itself, behind the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Data

DATABASES = {"default": stores.database(env, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
# The plots of the evaluations stand on the networks' pages.
STATICFILES_DIRS = [BASE_DIR / "static", ("results", BASE_DIR / "docs" / "results")]
STORAGES = {
    "default": stores.media_storage(env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Debuggers alone read the maps of the API's pages: 12 MB, half of all that would be compressed.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
# Large uploads pass through here, with all their metadata: what a crash leaves is swept up.
FILE_UPLOAD_TEMP_DIR = str(UPLOAD_TEMP_DIR)
# Photographs are health data: nobody else on the machine reads them.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

MEDIA_ACCEL = env.str("MEDIA_ACCEL")
"""The proxy's own address of the folder: then it sends the files, not this process."""
if "OPTIONS" in STORAGES["default"]:  # a bucket, of which the proxy knows nothing
    MEDIA_ACCEL = ""

# Web processes

WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", default=2, at_least=1)
WEB_THREADS = env.int("WEB_THREADS", default=16, at_least=1)
"""As the Procfile has them: what may wait in a process is a part of its threads."""

# Uploads

UPLOAD_MAX_BYTES = 10_000_000
REQUEST_MAX_BYTES = 101 * UPLOAD_MAX_BYTES  # the largest batch, and some room for its fields
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "skincare.request_limits.BoundedFileHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 500
QUOTAS = {
    "unfinished": env.int("QUOTA_UNFINISHED", default=1_000),
    "uploads_an_hour": env.int("QUOTA_UPLOADS_AN_HOUR", default=10_000),
    "stored_images": env.int("QUOTA_STORED_IMAGES", default=100_000),
}
"""For each user for whom the admin sets no other."""

# Privacy

RETENTION_DAYS = env.int("RETENTION_DAYS", default=0)
"""So long photographs are kept from their upload; 0: until somebody deletes them."""
PRIVACY_CONTACT = env.str("PRIVACY_CONTACT", default="")
"""Whom the privacy page names: who runs the service, and how to reach them."""

# The network and its queue

ARTIFACT = env.str("ARTIFACT", default="")
"""What a fresh installation serves: a folder under `ml/artifacts/`; empty means the one that
`ml/artifacts/ACTIVE` names. Later the choice made in the admin stands."""
NETWORKS_DIR = DATA_DIR / "networks"
"""Copies of the artefacts that `manage.py register_model` took over, by their sha256."""
PREDICTOR = env.str("PREDICTOR", default="ml.predictor.Predictor")
"""Dotted path of the class that predicts; the tests put one without a network here."""
NETWORK_THREADS = env.int("NETWORK_THREADS", default=0)
"""None: all cores. `ml.served_network` reads it by itself."""
CLASS_PRIOR = env.str("CLASS_PRIOR", default="uniform")
"""Which the percentages assume; `ml.posterior.parse_prior` says what may stand here."""
QUEUE_BATCH = env.int("QUEUE_BATCH", default=32, at_least=1)
QUEUE_LEASE_SECONDS = env.int("QUEUE_LEASE_SECONDS", default=60, at_least=1)
QUEUE_MAX_ATTEMPTS = env.int("QUEUE_MAX_ATTEMPTS", default=3, at_least=1)
RECOVERY_SECONDS = env.float("RECOVERY_SECONDS", default=10.0, at_least=0.1)

# Webhooks

WEBHOOK_ALLOWED_TARGETS: list[str] = env.parsed(
    "WEBHOOK_ALLOWED_TARGETS", [], hosts_and_networks, "hosts and networks, as 10.1.0.0/16,a.host"
)
"""Host names and networks (10.1.0.0/16) that may be reached though they are not public."""
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=10.0, at_least=0.1)
WEBHOOK_MAX_ATTEMPTS = env.int("WEBHOOK_MAX_ATTEMPTS", default=8, at_least=1)
WEBHOOK_RETRY_SECONDS = env.float("WEBHOOK_RETRY_SECONDS", default=15.0, at_least=0.1)
"""At most so long after the first attempt comes the second; then four times as long each time."""

# Celery: carries wake-ups and the schedule; the database is the record

CELERY_BROKER_URL = env.parsed(
    "BROKER_URL", "filesystem://localhost", stores.broker, "redis://host/0", is_secret=True
)
if CELERY_BROKER_URL.startswith("filesystem:"):
    _BROKER_DIR = DATA_DIR / "broker"
    for _folder in ("messages", "processed", "control"):
        (_BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_BROKER_DIR / "messages"),
        "data_folder_out": str(_BROKER_DIR / "messages"),
        "processed_folder": str(_BROKER_DIR / "processed"),
        "control_folder": str(_BROKER_DIR / "control"),
        "polling_interval": 0.05,  # seconds; the default of one second is felt at each upload
    }
else:
    # An upload must not hang on a broker that is away: the recovery task finds its row.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 10}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_IGNORE_RESULT = True
# The courier's own queue: no receiver's slowness meets the workers, which do one thing at a time.
CELERY_TASK_ROUTES = {"classifier.tasks.deliver_webhooks": {"queue": "webhooks"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
SWEEP_SECONDS = 300.0
"""So often a sixteenth of the stored files is compared with the rows."""
_PERIODS = {
    "recover": RECOVERY_SECONDS,
    "deliver_webhooks": RECOVERY_SECONDS,
    "forget_deliveries": 3600.0,
    "tend_archives": 60.0,
    "purge_expired": 3600.0,
    "sweep_orphans": SWEEP_SECONDS,
}
CELERY_BEAT_SCHEDULE = {
    # A message that waited longer than its period is dropped: the next one does the same.
    task: {"task": f"classifier.tasks.{task}", "schedule": period, "options": {"expires": period}}
    for task, period in _PERIODS.items()
}

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "classifier.api.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "classifier.api.schema.Schema",
    "EXCEPTION_HANDLER": "classifier.api.errors.error_response",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS says nothing that the schema does not
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Skincare API",
    "DESCRIPTION": "Classification of dermatoscopic photographs into the seven HAM10000 classes. "
    "A research and teaching tool, not a medical device.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    # A photograph is a file in a request and an address in an answer.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PredictionStatus": "classifier.models.Status",
        "DeliveryStatus": "classifier.delivery.webhook_records.DeliveryStatus",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = logs.by_environment(debug=DEBUG)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one only staff may look
sentry.report_to(env.str("SENTRY_DSN", default=""), env.str("SENTRY_ENVIRONMENT", default=""))
