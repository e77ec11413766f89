"""Files that are nearly photographs: real ones, changed at random but reproducibly."""

from __future__ import annotations

import random
from functools import cache

from PIL import Image

from tests.attacks.accepted import ACCEPTED
from tests.attacks.containers import chunk, png, progressive
from tests.attacks.heic import cut_out, heic, mosaic
from tests.images import encoded, lesion

CHANGES = (1, 1, 1, 2, 3, 8)
NUMBERS = (b"\0", b"\1", b"\x7f", b"\x80", b"\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff")


@cache
def seeds() -> tuple[bytes, ...]:
    """Small ones of every kind that is taken."""
    small = Image.new("RGB", (128, 128), "red")
    return (
        *(make() for make in ACCEPTED.values()),
        encoded(lesion(96, 80), subsampling=2, restart_marker_blocks=4),
        encoded(format="PNG", save_all=True, append_images=[lesion(seed=1)]),
        progressive(200, 160, scans=12),
        png(96, 80, colour=4, depth=16, before=chunk(b"tEXt", b"a\0b")),
        heic(small),
        cut_out(heic(small), 100, 100),
        mosaic(),
    )


def changed(chance: random.Random) -> bytes:
    """One of the seeds after some changes, many of them near its beginning, where formats live."""
    content = bytearray(chance.choice(seeds()))
    for _ in range(chance.choice(CHANGES)):
        at = int(len(content) * chance.random() ** chance.choice((1, 1, 4)))
        match chance.randrange(7):
            case 0:
                content[at : at + 1] = chance.randbytes(1)
            case 1:
                number = chance.choice(NUMBERS)
                content[at : at + len(number)] = number
            case 2:
                del content[at : at + chance.randint(1, 64)]
            case 3:
                content[at:at] = chance.randbytes(chance.randint(1, 64))
            case 4:
                begin = int(len(content) * chance.random())
                content[at:at] = content[begin : begin + chance.randint(1, 2000)]
            case 5:
                other = chance.choice(seeds())
                content[at:] = other[int(len(other) * chance.random()) :]
            case 6:
                del content[max(50, at) :]
    return bytes(content)
