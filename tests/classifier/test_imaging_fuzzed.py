"""Files changed at random: each ends as a photograph that can be stored, or in a sentence.

`python -m bench.fuzz_imaging --minutes 10` tries more of the same.
"""

from __future__ import annotations

import io
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from classifier.imaging import normalise
from ml.photographs import MAX_PIXELS, MIN_SIDE, InvalidPhotograph
from tests.attacks.mutations import changed
from tests.classifier.test_imaging import segments


def judged(content: bytes) -> str:
    """What is said of it. Anything else than a photograph or a refusal fails."""
    try:
        photograph = normalise(io.BytesIO(content))
    except InvalidPhotograph as refusal:
        return refusal.code
    assert min(photograph.width, photograph.height) >= MIN_SIDE
    assert photograph.width * photograph.height <= MAX_PIXELS
    for jpeg in (photograph.jpeg, photograph.thumbnail):
        assert {marker for marker, _ in segments(jpeg)} <= {0xE0, 0xDB, 0xC0, 0xC4}
        with Image.open(io.BytesIO(jpeg)) as stored:
            stored.load()
            assert (stored.format, stored.mode) == ("JPEG", "RGB")
    return "accepted"


@settings(max_examples=300, deadline=None, database=None)
@given(seed=st.integers(0, 2**64))
def test_a_file_changed_at_random_is_a_photograph_or_gets_a_sentence(seed: int) -> None:
    judged(changed(random.Random(seed)))  # noqa: S311
