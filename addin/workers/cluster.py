"""The same calls as in `pool`, on the machines of a Dask cluster.

In: tasks, and the address of a scheduler. Out: each task with its result, in the tasks' order, as `pool` gives them. A
worker of the cluster has its own limited children (`remote`) and passes their answers on unopened. When a worker is
lost, the scheduler gives its tasks to others, a bounded number of times; then the run ends and nothing is written. The
machines trust each other: whoever holds a certificate of the cluster can run code on it, which is how Dask works.
Hence TLS; plain TCP only where nobody else can listen or join, on the loopback.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from addin.findings import Refusal, UserError
from addin.workers import remote
from addin.workers.pipe import UNABLE
from addin.workers.pool import DEFAULT, ChildFault, Limits, Task, request_of, understand

T = TypeVar("T")
AHEAD = 2
"""Files sent ahead for each thread of the cluster; the scheduler keeps them in memory."""
TRIES = 3
"""How often a task is sent when a worker cannot start a child."""
PATIENCE = 60.0
"""Seconds to wait for a cluster without workers."""


class _Future(Protocol):
    """An answer that is on its way, as Dask has it."""

    def result(self, timeout: float) -> object: ...

    def release(self) -> None: ...


class _Client(Protocol):
    """A connection to a scheduler, as Dask has it."""

    def nthreads(self) -> Mapping[str, int]: ...

    def submit(self, function: Callable[..., bytes], *arguments: object, key: str, pure: bool) -> _Future: ...


class ClusterError(UserError):
    """The cluster could not be used; the text is a whole Chinese sentence."""


def run(tasks: Iterable[Task[T]], address: str, *, limits: Limits = DEFAULT) -> Iterator[tuple[Task[T], T | Refusal]]:
    """Make the calls on a cluster; results, refusals and `ChildFault` as in `pool.run`. Tasks are taken as needed.

    Raises `ClusterError` where the address may not be used, nobody answers there, or workers are lost again and again.
    """
    _refuse_open_address(address)
    with _client(address) as client:
        sent: deque[tuple[Task[T], _Future]] = deque()
        for task in tasks:
            sent.append((task, _send(client, task, limits)))
            while len(sent) >= AHEAD * max(1, _threads(client)):
                yield _settled(client, *sent.popleft(), limits)
        while sent:
            yield _settled(client, *sent.popleft(), limits)


def _refuse_open_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme == "tls" and parts.hostname and parts.port:
        return
    if parts.scheme == "tcp" and parts.port and _is_loopback(parts.hostname or ""):
        return
    if parts.scheme == "tcp" and parts.hostname:
        raise ClusterError(
            f"“{address}”不加密：花名册会明文经过网络，任何人也能接入运行程序。请用 tls:// 地址；tcp:// 只限本机（127.0.0.1）。"
        )
    raise ClusterError(f"集群地址“{address}”不对，应形如 tls://主机:8786。")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _client(address: str) -> Iterator[_Client]:
    """Connect and wait for a worker. Dask's configuration names the certificates (`distributed.comm.tls`)."""
    try:
        dask = importlib.import_module("dask")  # an optional part
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ClusterError("没有安装集群组件，请先运行 pip install 'liangxian[cluster]'。") from error
    security = distributed.Security(require_encryption=True) if address.startswith("tls") else None
    # what is sent is files, and meant to be that large
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
        try:
            client = distributed.Client(address, security=security, timeout=20, set_as_default=False)
        except Exception as error:
            raise ClusterError(
                f"连不上集群“{address}”（{type(error).__name__}），请核对地址、证书和防火墙。"
            ) from error
        try:
            # a scheduler that is reached by the loopback may still listen to the whole network
            if address.startswith("tcp"):
                _refuse_open_address(client.scheduler_info()["address"])
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError as error:
                raise ClusterError("集群上没有工作进程，请先启动 dask worker。") from error
            yield client
        finally:
            client.close()


def _threads(client: _Client) -> int:
    return sum(client.nthreads().values())


def _send(client: _Client, task: Task[T], limits: Limits) -> _Future:
    # the bytes go with the task and not ahead of it: what has been scattered is lost with the worker that holds it
    request = remote.Request(request_of(task))
    return client.submit(remote.answer, request, limits, key=f"liangxian-{secrets.token_hex(8)}", pure=False)


def _settled(client: _Client, task: Task[T], future: _Future, limits: Limits) -> tuple[Task[T], T | Refusal]:
    for _ in range(TRIES):
        answer = _waited_for(client, future)
        future.release()
        if answer != UNABLE:
            answer_given = understand(task, answer, limits)
            if isinstance(answer_given, ChildFault):
                raise answer_given
            return task, answer_given
        future = _send(client, task, limits)
    raise ClusterError("集群的工作进程启动不了读取用的子进程，没有汇总；请在那台机器上检查安装和内存。")


def _waited_for(client: _Client, future: _Future) -> bytes:
    while True:
        try:
            answer = future.result(timeout=PATIENCE)
        except TimeoutError as error:
            if not client.nthreads():
                raise ClusterError("集群上的工作进程都不在了，没有汇总。") from error
            continue
        except Exception as error:
            kind = type(error).__name__
            raise ClusterError(f"集群上的工作进程接连中断（{kind}），没有汇总；请检查各机器后再试。") from error
        return answer if isinstance(answer, bytes) else b""
