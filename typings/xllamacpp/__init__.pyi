from collections.abc import Callable
from typing import Any

class _Model:
    path: str

class _Threads:
    n_threads: int

class CommonParams:
    model: _Model
    n_ctx: int
    n_parallel: int
    n_batch: int
    n_ubatch: int
    cpuparams: _Threads
    cpuparams_batch: _Threads
    cache_ram_mib: int
    verbosity: int
    fit_params: bool
    warmup: bool
    ui: bool
    n_threads_http: int
    api_keys: list[str]

class Server:
    listening_address: str
    def __init__(self, params: CommonParams) -> None: ...
    def handle_chat_completions(self, request: dict[str, Any], heard: Callable[[dict[str, Any]], bool]) -> None: ...
    def handle_completions(self, request: dict[str, Any], heard: Callable[[dict[str, Any]], bool]) -> None: ...
