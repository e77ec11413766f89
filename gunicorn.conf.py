"""Read by gunicorn itself, before it starts processes: a setting that cannot be used ends it here.

Its own lines look like all others. Each request's line is ours, see `skincare.observed`; gunicorn's
would hold addresses with their queries.
"""

from skincare.settings import LOGGING

logconfig_dict = LOGGING
accesslog = None
