"""What this machine has to run models with."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True):
    """Cores and memory this process may use; None where the system does not tell."""

    system: str
    cores: int
    memory: int | None  # bytes in all
    available: int | None  # bytes that could be had now
    xllamacpp: str | None  # its version


def machine() -> Machine:
    """This machine, a container's limits counted in."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        runner: str | None = version("xllamacpp")
    except PackageNotFoundError:
        runner = None
    memory, available = _memory()
    return Machine(f"{platform.system()} {platform.machine()}", cores, memory, available, runner)


def _memory() -> tuple[int | None, int | None]:
    told = {}
    for line in _lines("/proc/meminfo"):
        name, _, amount = line.partition(":")
        told[name] = int(amount.split()[0]) * 1024 if amount.split()[:1] and amount.split()[0].isdecimal() else 0
    whole, available = told.get("MemTotal"), told.get("MemAvailable")
    limit, used = (next(iter(_lines(f"/sys/fs/cgroup/memory.{name}")), "") for name in ("max", "current"))
    if limit.isdecimal() and used.isdecimal():  # "max" where there is no limit
        whole = min(int(limit), whole or int(limit))
        left = max(int(limit) - int(used), 0)
        available = min(left, available or left)
    return whole, available


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
