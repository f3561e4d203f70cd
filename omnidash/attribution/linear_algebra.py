"""Linear algebra on one thread: for matrices as small as ours threads cost more than they bring, and on a busy machine
they wait for each other ten times longer than the work takes."""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController

_controller = cache(ThreadpoolController)


def one_thread() -> AbstractContextManager[object]:
    """While this lasts, matrix products and solutions of this process use one thread each."""
    limits: AbstractContextManager[object] = _controller().limit(limits=1)
    return limits
