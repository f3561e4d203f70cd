"""The app on a free port of this machine, for browser tests, pictures and benchmarks alike."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT

_PATIENCE_SECONDS = 60


@contextmanager
def served(
    home: Path, *, log: Path | None = None, environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> Iterator[str]:
    """The address of a server of ``folder``'s app.py with this data home; it is stopped at the end. What it prints goes
    to ``log``. ``environment``: instead of this process's. Raises RuntimeError where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    output = log or home / "server.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=folder,
            env={**(os.environ if environment is None else environment), "OMNIDASH_HOME": str(home)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_up(f"{url}/_stcore/health", process, output)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")) from None
            time.sleep(0.1)
