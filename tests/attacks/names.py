"""Names that files come with, as a browser would never send them; `kept` is what is left of one."""

from __future__ import annotations

NAMES: dict[str, tuple[bytes, str]] = {
    "up the tree": (b"../../../etc/cron.d/evil.jpg", "evil.jpg"),
    "up the tree, Windows": (rb"..\..\Windows\evil.jpg", "evil.jpg"),
    "absolute": (b"/etc/passwd", "passwd"),
    "encoded path": (b"%2e%2e%2fevil.jpg", "%2e%2e%2fevil.jpg"),
    "NUL in the middle": (b"evil.php\0.jpg", "evil.php.jpg"),
    "read from the right": ("evil\u202egpj.exe".encode(), "evilgpj.exe"),
    "isolated direction": ("a\u2066b\u2069.jpg".encode(), "ab.jpg"),
    "invisible letters": ("a\u200bb\ufeff.jpg".encode(), "ab.jpg"),
    "escape sequence": (b"\x1b[31mred.jpg", "[31mred.jpg"),
    "a page": (b"<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    "a formula": (b"=HYPERLINK(1).jpg", "=HYPERLINK(1).jpg"),
    "very long": (b"x" * 900 + b".jpg", "x" * 251 + ".jpg"),
    "a device": (b"CON", "CON"),
    "another header": (b"a.jpg%0d%0aSet-Cookie: a=b", "a.jpg%0d%0aSet-Cookie: a=b"),
}
