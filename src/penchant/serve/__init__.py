"""The HTTP face: `create_app` over an engine, `serve` to run it, and the clocks it reads."""

from penchant.serve.app import create_app
from penchant.serve.clocks import Clock, log_clock
from penchant.serve.run import serve

__all__ = ["Clock", "create_app", "log_clock", "serve"]
