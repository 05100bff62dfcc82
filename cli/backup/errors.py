"""What stops a backup, a restore or a move."""


class BackupError(Exception):
    """The text is one sentence for the person at the command line."""
