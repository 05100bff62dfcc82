"""What the head tells a child: by its standard input, so that no password is in an environment or a command line."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from cli.lifeline import Identity, launch_command
from services.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ChildPlan:
    """What the head knows better than the environment, whence the settings come again. `socket` is a descriptor."""

    data: str
    host: str
    port: int
    service_url: str = field(repr=False)
    socket: int | None = None

    @classmethod
    def received(cls) -> Self:
        """The plan that the head wrote to this process."""
        return cls(**json.loads(sys.stdin.readline()))

    def settings(self) -> Settings:
        """The office's settings as the head has them."""
        return load_settings(data=Path(self.data), host=self.host, port=self.port)


def start_child(module: str, plan: ChildPlan) -> subprocess.Popen[bytes]:
    """`python -m module` with `plan`; killed when the head is gone, deaf to the terminal's Ctrl-C."""
    # -P and our own root: a folder named cli in the current folder must not be taken for ours.
    command = [sys.executable, "-P", "-m", module]
    process = subprocess.Popen(
        launch_command(command, identity=Identity.SAME, parent_death=signal.SIGKILL),
        stdin=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        },
        pass_fds=() if plan.socket is None else (plan.socket,),
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(asdict(plan)).encode() + b"\n")
        process.stdin.close()
    except BrokenPipeError:
        pass  # it is dead already; whoever tends it will notice
    return process
