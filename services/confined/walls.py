"""The walls a child puts round itself before it reads a byte of its input. Linux; what a kernel refuses is left out.

Two of them need no privilege anywhere: limits of address space and CPU, and no new descriptors at all once the work's
code is loaded: no file can be opened, no socket made, so keys on the disk and the network are out of reach even where
containers forbid namespaces. The namespaces come on top: no routes, and root inside is nobody outside.
"""

import ctypes
import os
import resource
import signal
import sys

from services.confined.protocol import Limits

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS = 0x10000000, 0x40000000, 0x08000000, 0x04000000


def die_with_parent(parent_pid: int) -> None:
    """No orphan computes on when the service is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before the line above
        sys.exit(1)


def limit(limits: Limits) -> None:
    """Memory, CPU, no files written, no core dumps, nothing gained by set-uid programs."""
    _set(resource.RLIMIT_AS, limits.memory_bytes)
    _set(resource.RLIMIT_CPU, limits.cpu_seconds, spare=1)  # SIGXCPU a second before SIGKILL: the parent can tell why
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_CORE, 0)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def leave_namespaces() -> None:
    """A network namespace without any device; with a user namespace where an ordinary user is allowed one."""
    libc = ctypes.CDLL(None, use_errno=True)
    private = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    if libc.unshare(CLONE_NEWUSER | private) != 0:
        libc.unshare(private)


def open_nothing_more() -> None:
    """After this no descriptor can be made; those open stay usable."""
    _set(resource.RLIMIT_NOFILE, 0)


def _set(what: int, most: int, spare: int = 0) -> None:
    hard = resource.getrlimit(what)[1]
    ceiling = most + spare if hard == resource.RLIM_INFINITY else min(most + spare, hard)
    resource.setrlimit(what, (min(most, ceiling), ceiling))
