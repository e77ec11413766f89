"""A backup of everything that an installation holds, and the way back: rows, files, networks.

schema.py     which migrations a database has, and a database rebuilt with exactly these
rows.py       tables to JSON lines and back, the same from SQLite and PostgreSQL
sequences.py  the last numbers given out, so that none is given twice
container.py  one tar file, written and read in one go, that ends with a digest of itself
make.py       restore.py
"""

from __future__ import annotations


class BackupError(Exception):
    """A backup cannot be made or restored; a sentence for the operator."""
