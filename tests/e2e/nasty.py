"""A folder of unusual names: every byte that Linux allows in a name, in each place, and everything that a page, a
link, a query, JSON, a line or a terminal could get wrong."""

import os

BYTES = [bytes([b]) for b in range(1, 256) if b != ord("/")]

SPECIAL = [os.fsencode(name) for name in [
    "plain.txt", "a b", "100%", "%", "%%", "%4", "%zz", "%41", "A", "%2e%2e", "..%2f", "%2F", "%00", "..%2f..%2fetc%2fpasswd", "%c0%ae",
    "q?x=1", "?", "?format=json", "?archive=tar", "?sort=size&order=desc", "?download", "&amp;", "&lt;", "&#65;", "&copy", "&", "&&",
    "h#frag", "#", "#!", "a&b<c>\"d'e", "<script>alert(1)<", "<img src=x onerror=alert(1)>", "\"><b>", "'", "''", "\"", "`id`",
    "$(id)", "${HOME}", "a;b", "a|b", "javascript:alert(1)", "data:,x", "http:", "http:x", "C:", "c:\\d", "\\", "\\\\host\\share", "a\\..\\b",
    "~", "~root", "-", "--", "-rf", "--help", "+", "+plus", "a+b", "*", "[a-z]", "{a,b}", "!", "@", "=", ",", ";", ":", "a:b",
    "trailing ", " leading", "  ", "trailing.", "dots...", "...", "..x", ".hidden", ". ", "new\nline", "\n", "\n\n", "line\n", "cr\r", "\r\n",
    "tab\there", "\x1b[31mred", "\x1b]0;title\x07", "\x7f", "\b\b", "größe", "日本語", "e\u0301", "\u00e9", "\u0430", "👩‍👩‍👧", "\ud7ff", "\uffff",
    "\u202egpj.exe", "\u200b", "\u200bx", "\u2028", "\u2029", "\u0085", "\ufeff", "\ufeffbom", "\u2066x\u2069", "\u00a0", "\u3000",
    "nul", "con.txt", "CON", "index.html", "README.md", "README", "favicon.ico", "robots.txt", "x" * 255, "%" * 255, "&" * 255, "<" * 255,
    "\n" * 255, "\x01" * 255, " " * 255, "é" * 127, "日" * 85, "\\" * 255, "a2", "a10", "a02", "0", "00", "1", "x.part", "x.part.info",
]] + [b"not\xff\xfeutf8", b"\xff" * 255, b"\xff" * 254 + b"\xfe", b"\xe2\x82", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf",
      b"\xc0\xae\xc0\xae", b"\x80", b"e\xcc\x81\xcc"]

# Each byte alone, at the beginning, in the middle and at the end. Also all bytes in one name, as many as fit.
NAMES = sorted(({name for b in BYTES for name in (b, b + b"f", b"m" + b + b"m", b"e" + b)} | set(SPECIAL)
                | {b"".join(BYTES[i : i + 200]) for i in range(0, 254, 54)}) - {b".", b".."})


def content_of(name):
    """Different for all files, and text, so that a browser can show it."""
    return b"this is the file " + name.hex().encode()


def make(folder):
    """Makes the files, and a folder for each special name with one file in it."""
    folder.mkdir()
    for name in NAMES:
        with open(os.path.join(os.fsencode(folder), name), "wb") as f:
            f.write(content_of(name))
