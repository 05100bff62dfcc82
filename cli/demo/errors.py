"""What stops the demo. The text of each is one sentence for the person who started it."""


class DemoError(Exception):
    """The demo cannot be filled or played."""


class DemoRefused(DemoError):
    """It is asked for what cannot be."""


class RealOffice(DemoError):
    """This office is not a demo."""


class NoPhotos(DemoError):
    """The folder has no pictures."""


class TownBroken(DemoError):
    """A service answered otherwise than the town was planned."""
