"""`zhicha keys rotate` and `zhicha doctor`: a key exchanged without throwing anybody out, and what each is for."""

import os
import secrets

from services.keys import KeyName, Keys, key_file, older_numbers
from services.secret_files import sync_folder, write_private
from services.settings import Settings

LOST = {
    KeyName.TOKEN: "丢失则所有人须重新登录 without it everybody signs in again",
    KeyName.CURSOR: "丢失则已打开的列表须从头翻起 without it open lists begin anew",
    KeyName.SEALING: (
        "丢失则未到场的检查安排、未公开的抽取、身份证号、动态验证码永远打不开 "
        "without it visits before arrival, draws, identity numbers and second factors stay shut for ever"
    ),
    KeyName.SIGNING: (
        "丢失则不能再签检查点与回执，备份不能恢复 without it nothing more is signed, and no backup can be restored"
    ),
}
"""What is lost without each key."""


def rotate(settings: Settings, name: KeyName) -> int:
    """A new key; the one before it keeps the next number and stays readable. Killed anywhere, no key is lost.

    Raises SettingsError without keys.
    """
    Keys.read(settings)
    number = max(older_numbers(settings.keys, name), default=0) + 1
    current = key_file(settings.keys, name)
    os.link(current, key_file(settings.keys, name, number))
    sync_folder(settings.keys)
    write_private(current, secrets.token_urlsafe(32).encode("ascii"))
    return number


def findings(settings: Settings) -> list[str]:
    """One line a key: which it is, how many older ones there are, what is lost without it. Raises SettingsError."""
    rings = {name: getattr(Keys.read(settings), name.value) for name in KeyName}
    return [f"{name.value} {ring.current.id} (+{len(ring.older)}): {LOST[name]}" for name, ring in rings.items()]
