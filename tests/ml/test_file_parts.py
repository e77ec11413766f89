"""What is counted of a file before it is decoded."""

from __future__ import annotations

import io

import pytest

from ml.file_parts import MAX_PARTS, MAX_SCANS, TooManyParts, count_png_parts, jpeg_parts
from ml.photographs import open_photograph
from tests.attacks.containers import chunk, png, progressive, segment, with_segments
from tests.images import encoded, lesion


@pytest.mark.parametrize(
    ("content", "components", "held"),
    [
        (encoded(), 3, False),
        (encoded(restart_marker_blocks=1), 3, False),
        (encoded(progressive=True), 3, True),
        (encoded(lesion().convert("L")), 1, False),
        (encoded(lesion().convert("CMYK"), progressive=True), 4, True),
    ],
    ids=["ordinary", "restarts", "progressive", "grey", "CMYK"],
)
def test_how_a_jpeg_is_built(content: bytes, components: int, held: bool) -> None:
    found = jpeg_parts(content)
    assert (found.components, found.is_held_whole) == (components, held)


def test_scans_are_counted_up_to_the_limit() -> None:
    jpeg_parts(progressive(99, 99, scans=MAX_SCANS))
    with pytest.raises(TooManyParts):
        jpeg_parts(progressive(99, 99, scans=MAX_SCANS + 1))


@pytest.mark.parametrize("filling", [b"", b"\xff" * 9, b"\0junk", b"\xff\xd0" * 9])
def test_nothing_between_the_segments_hides_a_scan(filling: bytes) -> None:
    hidden = progressive(99, 99, scans=MAX_SCANS + 1).replace(b"\xff\xda", filling + b"\xff\xda")
    with pytest.raises(TooManyParts):
        jpeg_parts(hidden)


def test_only_the_first_picture_counts() -> None:
    """Neither a thumbnail in the metadata nor what a telephone appends, a film or a second one."""
    many = progressive(99, 99, scans=MAX_SCANS * 5)
    for content in (with_segments(encoded(), segment(0xE1, many[:60_000])), encoded() + many):
        assert not jpeg_parts(content).is_held_whole
        assert open_photograph(io.BytesIO(content)).size == lesion().size


def test_segments_and_chunks_are_counted_up_to_the_limit() -> None:
    some, many = MAX_PARTS - 50, MAX_PARTS + 1
    jpeg_parts(with_segments(encoded(), segment(0xE3) * some))
    count_png_parts(io.BytesIO(png(99, 99, before=chunk(b"prVt") * some)))
    with pytest.raises(TooManyParts):
        jpeg_parts(with_segments(encoded(), segment(0xE3) * many))
    with pytest.raises(TooManyParts):
        count_png_parts(io.BytesIO(png(99, 99, before=chunk(b"prVt") * many)))


@pytest.mark.parametrize("end", range(2, 700, 7))
def test_a_cut_file_is_read_as_far_as_it_goes(end: int) -> None:
    jpeg_parts(encoded()[:end])
    count_png_parts(io.BytesIO(encoded(format="PNG")[:end]))
