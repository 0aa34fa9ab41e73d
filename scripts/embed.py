"""Writes the page's style, script and icon as C, with the policy that lets these run and nothing else:
embed.py CSS JS ICON > HEADER. C has no #embed before C23."""

import base64
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


css, js, icon = (pathlib.Path(path).read_bytes() for path in sys.argv[1:4])
assert b"</style" not in css.lower() and b"</script" not in js.lower() and b"<!--" not in js
array("listing_css", css)
array("listing_js", js)
print(f'#define LISTING_WEB_ICON "data:image/svg+xml,{urllib.parse.quote(icon.strip())}"')
# Images, media, frames (of a PDF) and fetches are of this server alone; data: is for the icons in the style.
policy = [
    "default-src 'none'", f"style-src {source(css)}", f"script-src {source(js)}", "img-src 'self' data:",
    "media-src 'self'", "frame-src 'self'", "object-src 'self'", "connect-src 'self'", "base-uri 'none'",
    "form-action 'self'", "frame-ancestors 'self'",
]
print(f'#define LISTING_WEB_POLICY "{"; ".join(policy)}"')
