from django import template
from django.template.defaultfilters import floatformat

register = template.Library()


@register.filter
def percent(share: float, decimals: int = 1) -> str:
    """0.8312 → "83.1 %"; rounded, and by the reader's locale."""
    return f"{floatformat(share * 100, decimals)} %"
