"""The other machine's side: one limited child for each thread of a Dask worker.

In: a request and limits, over TLS. Out: the child's answer as it came. It is opened neither here nor by Dask, which
would unpickle anything: only the machine that asked opens it, with `answers`.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from dataclasses import dataclass, field

from addin.workers.folder import private_folder
from addin.workers.pipe import UNABLE
from addin.workers.pool import WARM, Child, Limits

_own = threading.local()


@dataclass(frozen=True)
class Request:
    """A call for a child. Dask logs the arguments of failed calls, so the `repr` of this one shows no content."""

    content: bytes = field(repr=False)


def answer(request: Request, limits: Limits) -> bytes:
    """Make a call in this thread's child; never raises, for Dask would send the exception on, with its values."""
    try:
        return _child(limits).answer(request.content)
    except Exception:
        return UNABLE


def _child(limits: Limits) -> Child:
    child: Child | None = getattr(_own, "child", None)
    if child is None or child.limits != limits:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(private_folder())
            child = Child(folder, limits, WARM, threading.Event())
            stack.callback(child.close)
            atexit.register(stack.pop_all().close)
        _own.child = child
    return child
