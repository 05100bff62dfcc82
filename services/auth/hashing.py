"""Password hashes: argon2id in threads, so few at once that a flood costs neither memory nor the event loop."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.errors import Unavailable
from services.threads import in_thread

Answer = TypeVar("Answer")

# OWASP Password Storage: argon2id with 19 MiB, two passes, one lane.
HASHER = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1)])
OF_CHANCE = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8_192, parallelism=1)])
"""For passwords that chance made: nobody tries sixty bits, and a sheet of hundreds must not take a minute."""

NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$q69Wl2XDNSvqnXCidYt91A$MkO+Ks74jUbOTsZB4aaAPwEzZFwp03+0GiTLiV9ejUU"
"""Checked for unknown accounts, so that they cost the same time; of a text by chance that nobody kept."""

MOST_WAITING = 200


@dataclass(eq=False)
class SignInBusy(Unavailable):
    """Too many people sign in right now; try again in a moment."""

    code: ClassVar[str] = "sign_in_busy"
    title: ClassVar[str] = "登录人数过多，请稍后再试"


@dataclass
class Lane:
    """One hash at a time; over MOST_WAITING the next is turned away."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="argon2"))
    waiting: int = 0

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """Raises SignInBusy."""
        if self.waiting >= MOST_WAITING:
            raise SignInBusy
        self.waiting += 1
        try:
            return await in_thread(self.pool, work)
        finally:
            self.waiting -= 1


STRANGERS = Lane()
OWN_PEOPLE = Lane()
"""Known devices and people who are signed in: a flood of strangers does not stand in their way. Two at once in all."""


async def hash_of(password: str) -> str:
    """The hash to keep of a new password."""
    return await OWN_PEOPLE.run(lambda: HASHER.hash(password))


async def hashes_of_chance(passwords: Sequence[str]) -> list[str]:
    """The hashes to keep of passwords that chance made."""
    return await OWN_PEOPLE.run(lambda: [OF_CHANCE.hash(password) for password in passwords])


async def is_right(password: str, kept: str | None, lane: Lane) -> bool:
    """Whether the password is the one behind `kept`; without one it takes as long and is never right."""
    right = await lane.run(lambda: HASHER.verify(password, kept or NOBODYS_HASH))
    return right and bool(kept)
