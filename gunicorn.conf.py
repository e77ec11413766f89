"""Read by gunicorn itself: its own lines look like all others. Each request's line is ours, see
`skincare.observed`; gunicorn's would hold addresses with their queries."""

from skincare.logs import by_environment

logconfig_dict = by_environment()
accesslog = None
