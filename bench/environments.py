"""Interpreters of other libraries' own environments: they want older packages than we do."""

import subprocess
import sys
from pathlib import Path

import platformdirs


def interpreter(*packages: str) -> Path:
    """The Python of the environment named for the first of the pinned packages, made or completed where some are missing."""
    folder = Path(platformdirs.user_cache_dir("penchant")) / f"bench-{packages[0].replace('==', '-')}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready"  # what is installed, a package a line
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        ready.touch()
    installed = ready.read_text("utf-8").split()
    if missing := [package for package in packages if package not in installed]:
        together = [*installed, *missing]  # so that pip keeps the old ones where they are
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *together], check=True)
        ready.write_text("\n".join(together) + "\n", "utf-8")
    return python
