"""Signing in: who calls, sessions a device, guessing slowed down, passwords."""

from services.auth.callers import (
    PasswordChangeNeeded,
    QueueTold,
    actor_from,
    actor_of,
    actor_of_user,
    hear_queue,
    trades,
)

__all__ = ["PasswordChangeNeeded", "QueueTold", "actor_from", "actor_of", "actor_of_user", "hear_queue", "trades"]
