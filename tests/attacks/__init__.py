"""Files that somebody hostile hands in, made when the tests run and stored nowhere.

`refused.py` and `accepted.py` name them, with what the product says of each; `bombs.py` holds those
that would take memory or time, `names.py` the names that they come with.
"""
