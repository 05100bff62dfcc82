"""A child that cannot outlive its head: PR_SET_PDEATHSIG, and for PostgreSQL the way out of being root.

Run as a file by `launch_command` (`python -I -S lifeline.py …`): it imports the standard library only, so that it
starts in some 20 ms, and asks for the signal *after* every change of credentials, because such a change clears it.
"""

import ctypes
import os
import signal
import sys
from enum import StrEnum
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534


class Identity(StrEnum):
    """As whom a child runs. PostgreSQL refuses root; in a namespace root has another number, its files stay root's."""

    SAME = "same"
    NAMESPACE = "namespace"
    NOBODY = "nobody"


def launch_command(command: list[str], *, identity: Identity, parent_death: signal.Signals) -> list[str]:
    """`command` wrapped so that it gets `parent_death` when the process (the very thread) that starts it is gone."""
    own = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*own, str(os.getpid()), str(int(parent_death)), identity.value, *command]


def die_with_parent(parent: int, with_signal: int) -> None:
    """Ask the kernel for `with_signal` when `parent` is gone; ends at once if it is gone already. Nothing off Linux."""
    if not sys.platform.startswith("linux"):
        return
    _call(_libc().prctl(PR_SET_PDEATHSIG, with_signal, 0, 0, 0), "prctl")
    if os.getppid() != parent:
        sys.exit(1)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _enter_namespace() -> None:
    """A user namespace in which root's number reads 65534; what it writes outside stays root's."""
    user, group = os.geteuid(), os.getegid()
    _call(_libc().unshare(CLONE_NEWUSER), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def main(arguments: list[str]) -> None:
    parent, parent_death, identity, *command = arguments
    try:
        if identity == Identity.NAMESPACE:
            _enter_namespace()
        elif identity == Identity.NOBODY:
            _become_nobody()
        die_with_parent(int(parent), int(parent_death))
        os.execv(command[0], command)  # noqa: S606 - the command is built by cli/, never from input
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
