import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skincare.settings")

application = get_wsgi_application()

from classifier.metrics import reporter  # noqa: E402  (it needs the applications)

reporter.start("web")
