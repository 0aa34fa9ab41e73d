"""The plain loads of some scenarios, for the tools that look at one server: bench/flame, bench/side,
bench/instructions."""

import files


def loads(place):
    """The load and its name."""
    small, medium = place.one("small", files.KIB), place.one("medium", files.MIB)
    medium64 = place.one("medium", 64 * files.KIB)
    bulk, spread = place.one("bulk", 4 * files.GIB), place.numbered("small-spread", 10000, 4 * files.KIB)
    return {
        "small": ("1 KiB", {"target": small, "length": files.KIB}),
        "spread": ("4 KiB of 10,000 files", {"target": spread, "count": 10000, "length": 4 * files.KIB}),
        "medium": ("1 MiB", {"target": medium, "length": files.MIB}),
        "medium64": ("64 KiB", {"target": medium64, "length": 64 * files.KIB}),
        "fresh": ("1 KiB, a new connection for each", {"target": small, "length": files.KIB, "fresh": True,
                                                       "sources": 16}),
        "ranges": ("64 KiB out of 4 GiB", {"target": bulk, "length": 64 * files.KIB, "range": 64 * files.KIB,
                                           "of": 4 * files.GIB}),
    }
