"""Writes a file's bytes as a C array: embed.py FILE NAME > HEADER. C has no #embed before C23."""

import pathlib
import sys

data = pathlib.Path(sys.argv[1]).read_bytes()
print(f"static const char {sys.argv[2]}[] = {{")
for i in range(0, len(data), 20):
    print("    " + ", ".join(str(b if b < 128 else b - 256) for b in data[i : i + 20]) + ",")
print("};")
