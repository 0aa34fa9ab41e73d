"""Describes the machine."""

import contender
import datetime
import net
import pathlib
import platform
import re

import os


def processor():
    found = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return found[1] if found else platform.machine()


def system():
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(), re.M)
    return found[1] if found else "Linux"


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def describe(who, rounds):
    """One paragraph."""
    versions = ", ".join(f"{c.name} {c.version_text()}" for c in who if c.installed())
    return (f"{datetime.date.today()}; {processor()}, {os.cpu_count()} cores, {memory_gib():.0f} GiB; "
            f"Linux {platform.release()}, {system()}, {net.describe()}; {rounds} rounds. {versions}.")
