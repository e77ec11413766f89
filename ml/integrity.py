"""Is the data folder whole? Every image there, readable, and no photograph under two lesions."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ml.ham10000 import DataError, Record, check_images, image_paths, named
from ml.photographs import InvalidPhotograph, open_photograph


def check_folder(folder: Path, records: list[Record]) -> list[str]:
    """Decode every image that the metadata lists. Raises `DataError` naming those at fault.

    Returns the ids of images that repeat another file, byte for byte, of their own lesion: no
    fault, since a split by lesion keeps them together.
    """
    check_images(folder, records)
    paths = image_paths(folder)
    with ThreadPoolExecutor() as threads:  # Pillow and hashlib release the interpreter lock
        digests = list(threads.map(_digest, (paths[record.image_id] for record in records)))
    unreadable = [
        record.image_id for record, digest in zip(records, digests, strict=True) if digest is None
    ]
    if unreadable:
        raise DataError(
            f"{len(unreadable)} of {len(records)} images cannot be read: {named(unreadable)}."
        )
    same: defaultdict[str, list[Record]] = defaultdict(list)
    for record, digest in zip(records, digests, strict=True):
        same[str(digest)].append(record)
    return _repeated([group for group in same.values() if len(group) > 1])


def _digest(path: Path) -> str | None:
    """The file's sha256, or None where no photograph can be decoded from it."""
    try:
        open_photograph(path)
    except InvalidPhotograph:
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _repeated(groups: list[list[Record]]) -> list[str]:
    conflicting = [
        " = ".join(record.image_id for record in group)
        for group in groups
        if len({record.lesion_id for record in group}) > 1
    ]
    if conflicting:
        raise DataError(
            f"{len(conflicting)} photographs stand under several lesions: {named(conflicting)}."
        )
    return [record.image_id for group in groups for record in group[1:]]
