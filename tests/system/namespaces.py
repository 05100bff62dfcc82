"""Runs a command as another kind of user, in a user namespace: `plain` has no rights, `root` may make no namespace.

`python namespaces.py plain|root command…`. As real root the inner root keeps all user numbers, else only its own.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PLAIN_USER = 1000


def run(kind: str, command: list[str]) -> None:
    """Replace this process by `command` in the new namespace."""
    real_user, real_group = os.geteuid(), os.getegid()
    entered, mapped = os.pipe(), os.pipe()
    target = os.getpid()
    if os.fork() == 0:  # only a process outside may map more than one number
        os.read(entered[0], 1)
        whole = kind == "root" and real_user == 0
        inner = PLAIN_USER if kind == "plain" else 0
        if not whole:
            Path(f"/proc/{target}/setgroups").write_text("deny")
        Path(f"/proc/{target}/uid_map").write_text("0 0 65536" if whole else f"{inner} {real_user} 1")
        Path(f"/proc/{target}/gid_map").write_text("0 0 65536" if whole else f"{inner} {real_group} 1")
        os.write(mapped[1], b"x")
        os._exit(0)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    os.write(entered[1], b"x")
    os.read(mapped[0], 1)
    os.wait()
    if kind == "root":
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execv(command[0], command)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
