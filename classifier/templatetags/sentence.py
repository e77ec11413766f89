from django import template

from classifier.sentences import translated

register = template.Library()


@register.filter
def sentence(text: str) -> str:
    """A stored English sentence in the reader's language."""
    return translated(text)
