from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def percent(share: float, decimals: int = 1) -> str:
    """0.8312 → "83.1 %"; by the reader's locale."""
    return f"{number_format(share * 100, decimals)} %"
