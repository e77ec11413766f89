from django import template
from django.template.defaultfilters import floatformat

register = template.Library()


@register.filter
def percent(share: float, decimals: int = 1) -> str:
    """0.8312 → "83.1 %"; rounded, by the reader's locale, and never broken at a line's end."""
    return f"{floatformat(share * 100, decimals)}\N{NO-BREAK SPACE}%"
