"""Progress of long work on stderr: a live bar on a terminal, a line for each finished stage elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from penchant.cli.show import stderr


class Shown:
    """A callback for `Engine.fit(progress=...)` that draws what it is told for as long as the `with` block lasts."""

    def __init__(self) -> None:
        console = stderr()
        self._live = console.is_terminal
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not self._live)
        self._task = self._bar.add_task("", total=1.0, visible=False)
        self._console, self._since = console, time.monotonic()

    def __call__(self, stage: str, share: float) -> None:
        """`share` of `stage` is done, 0 to 1."""
        self._bar.update(self._task, description=stage, completed=share, visible=True)
        if share >= 1.0:
            now = time.monotonic()
            self._console.print(f"  {stage}, {now - self._since:.1f} s", style="dim", soft_wrap=True)
            self._since = now

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()
