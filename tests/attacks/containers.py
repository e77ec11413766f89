"""JPEG and PNG files by hand, for what Pillow does not write."""

from __future__ import annotations

import struct
import zlib

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def png(width: int, height: int, *, colour: int = 2, depth: int = 8, before: bytes = b"") -> bytes:
    """Black, as small as PNG makes it; `before` are chunks ahead of the pixels."""
    row = bytes(1 + (width * PNG_CHANNELS[colour] * depth + 7) // 8)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = (chunk(b"IHDR", header), before, chunk(b"IDAT", pixels), chunk(b"IEND"))
    return PNG_SIGNATURE + b"".join(parts)


def segment(marker: int, data: bytes = b"") -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(data)) + data


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Ahead of all others."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def progressive(width: int, height: int, *, scans: int, components: int = 3) -> bytes:
    """A flat JPEG of so many scans, which say in a few bytes that nothing changes."""
    ids = range(1, components + 1)
    frame = struct.pack(">BHHB", 8, height, width, components)
    one_code = bytes([1] + [0] * 15)  # a table with one code, of one bit
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    first = bytes([components]) + b"".join(bytes((n, 0)) for n in ids) + b"\0\0\0"
    passes = [
        segment(0xDA, bytes((1, 1 + n % components, 0, 1, 63, 0))) + _nothing_in(blocks)
        for n in range(components)
    ]
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xDB, b"\0" + b"\1" * 64),
            segment(0xC2, frame + b"".join(bytes((n, 0x11, 0)) for n in ids)),
            segment(0xC4, b"\0" + one_code + b"\0"),  # no difference to the block before
            segment(0xC4, b"\x10" + one_code + b"\xe0"),  # a run of 2¹⁴ empty blocks and more
            segment(0xDA, first) + bytes((blocks * components + 7) // 8),
            *(passes[n % components] for n in range(scans - 1)),
            b"\xff\xd9",
        )
    )


def _nothing_in(blocks: int) -> bytes:
    """Runs of empty blocks: a bit for the code, 14 for how many more than 2¹⁴ they are."""
    bits = "0".join(["", *(["1" * 14] * (blocks // 32_767)), "0" * 14])
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
