"""Files that somebody hostile hands in, made here and nowhere stored.

`ATTACKS` names each, with what the product should say of it.
"""
