import datetime

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def day(text: str) -> str:
    """2026-11-25 → "25 November 2026", by the reader's locale; anything else as it is."""
    try:
        return date_format(datetime.date.fromisoformat(text), "DATE_FORMAT")
    except (TypeError, ValueError):
        return text
