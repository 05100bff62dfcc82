"""The time as the devices of the demo have it."""

from datetime import datetime

from services.clock import wall_clock
from services.rules.clocks import SHANGHAI


def now() -> datetime:
    """In whole seconds and with its offset, as EXIF can say it."""
    return wall_clock().astimezone(SHANGHAI).replace(microsecond=0)
