"""Which part of a file a `Range` asks for."""

from __future__ import annotations

from contextlib import closing

import pytest

from classifier.downloads import ranges


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-", (0, 9)),
        ("bytes=3-5", (3, 5)),
        ("bytes=3-500", (3, 9)),
        ("bytes=9-9", (9, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-30", (0, 9)),
        (" bytes=1-2 ", (1, 2)),
    ],
)
def test_a_part_of_ten_bytes(header: str, part: tuple[int, int]) -> None:
    assert ranges.requested(header, 10) == part


@pytest.mark.parametrize(
    "header",
    ["", "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", f"bytes={'9' * 99}-"],
)
def test_what_asks_for_no_single_part_gets_all(header: str) -> None:
    assert ranges.requested(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_part_behind_the_end_cannot_be_sent(header: str) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.requested(header, 10)


def test_of_nothing_there_is_no_part() -> None:
    assert ranges.requested("bytes=0-", 0) is None


def test_a_part_is_sent_in_blocks_and_closes_the_file() -> None:
    content = bytes(range(256)) * 1000
    whole = ranges.spooled(content[start : start + 999] for start in range(0, len(content), 999))
    assert whole.size == len(content)
    with closing(ranges.Part(whole, 5, 200_000)) as part:
        blocks = list(part)
    assert b"".join(blocks) == content[5:200_001]
    assert max(map(len, blocks)) == ranges.BLOCK
    assert whole.file.closed


def test_equal_bytes_have_equal_tags() -> None:
    tags = []
    for blocks in ([b"ab", b"c"], [b"abc"], [b"abd"]):
        whole = ranges.spooled(blocks)
        tags.append(whole.tag)
        whole.file.close()
    assert tags[0] == tags[1] != tags[2]
