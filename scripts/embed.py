"""Writes the page's style, script and icon as C, with a Content-Security-Policy that allows exactly these:
embed.py CSS JS ICON > HEADER. C has no #embed before C23."""

import base64
import gzip
import hashlib
import pathlib
import sys
import urllib.parse


def array(name, data):
    print(f"static const char {name}[] = {{")
    for i in range(0, len(data), 20):
        print("    " + ", ".join(str(b if b < 128 else b - 256) for b in data[i : i + 20]) + ",")
    print("};")


def source(data):
    return "'sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode() + "'"


def define(name, text):
    print(f'#define {name} "{text}"')


css, js, icon = (pathlib.Path(path).read_bytes() for path in sys.argv[1:4])
for name, data, suffix in (("style", css, "css"), ("script", js, "js")):
    array(f"listing_{name}", data)
    array(f"listing_{name}_gzip", gzip.compress(data, 9, mtime=0))
    # Changed content gets another address, so that a client may keep each for a year.
    digest = hashlib.sha256(data).hexdigest()[:16]
    define(f"LISTING_{name.upper()}_NAME", f"{name}-{digest}.{suffix}")
    define(f"LISTING_{name.upper()}_TAG", digest)
define("LISTING_SCRIPT_INTEGRITY", source(js).strip("'"))
define("LISTING_WEB_ICON", "data:image/svg+xml," + urllib.parse.quote(icon.strip()))
# The script is allowed by its hash; a style file cannot be allowed that way (CSP 3, 6.7.2), so it is allowed by
# origin. Images, media, frames (for PDFs) and fetches are allowed from this server; data: is for the icons in the
# style.
policy = [
    "default-src 'none'", "style-src 'self'", f"script-src {source(js)}", "img-src 'self' data:", "media-src 'self'",
    "frame-src 'self'", "object-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'self'",
    "frame-ancestors 'self'",
]
define("LISTING_WEB_POLICY", "; ".join(policy))
# A page of text has no script, and loads only pictures.
still = [
    "default-src 'none'", "style-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'",
]
define("LISTING_WEB_POLICY_STILL", "; ".join(still))
