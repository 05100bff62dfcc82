"""What stands against a step of a draw."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from models.words import DrawState
from services.errors import Conflict, Gone


@dataclass(eq=False)
class DrawCalledOff(Gone):
    """The draw was called off."""

    code: ClassVar[str] = "draw_called_off"
    title: ClassVar[str] = "该次抽取已取消"


@dataclass(eq=False)
class DrawSettled(Conflict):
    """The draw is past this step; `state` says how far it is."""

    code: ClassVar[str] = "draw_settled"
    title: ClassVar[str] = "该次抽取已办过这一步"
    state: DrawState


@dataclass(eq=False)
class DrawClosed(Conflict):
    """The seed opens after the month of the release: on `opens_on`."""

    code: ClassVar[str] = "draw_closed"
    title: ClassVar[str] = "抽取种子尚未公开"
    opens_on: date
