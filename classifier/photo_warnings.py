"""What a user should know of a photograph besides its result: stored as codes, shown as sentences.

A warning forbids nothing: the photograph is classified and kept all the same.
"""

from __future__ import annotations

from PIL import Image

from ml import quality

NOT_A_LESION = "not_a_lesion"

SENTENCES = {
    **quality.SENTENCES,
    NOT_A_LESION: "This does not look like a dermatoscopic photograph of a skin lesion.",
}


def of_photograph(photograph: Image.Image) -> list[str]:
    """The codes of what may spoil a result, of an RGB image."""
    return quality.warnings(photograph)


def described(codes: list[str]) -> list[dict[str, str]]:
    """`{"code", "message"}` of each."""
    return [{"code": code, "message": SENTENCES.get(code, code)} for code in codes]
