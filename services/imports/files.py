"""A file's bytes become sheets: text here, workbooks in the confined child."""

import asyncio

from services.confined.protocol import Reason
from services.confined.runner import Confined, ConfinedFailed
from services.confined.works import WORKBOOKS
from services.rules.sheets import FileFault, Sheet, UnreadableFile, csv_sheet, from_json

_WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_OF_THE_INPUT = (Reason.TIME, Reason.MEMORY, Reason.CRASHED)
"""What a workbook does to its reader; that a child could not be started is nobody's file's fault."""


async def sheets_of(confined: Confined, raw: bytes) -> list[Sheet]:
    """The sheets of a CSV file or an .xlsx workbook. Raises UnreadableFile, ConfinedFailed."""
    if not raw.startswith(_WORKBOOKS):
        return [await asyncio.to_thread(csv_sheet, raw)]
    try:
        answer = await confined.run(WORKBOOKS, raw)
    except ConfinedFailed as failed:
        raise _fault(failed) from None
    return await asyncio.to_thread(from_json, answer.parts["sheets"])


def _fault(failed: ConfinedFailed) -> Exception:
    if failed.reason in _OF_THE_INPUT:
        return UnreadableFile(FileFault.TOO_HEAVY)
    return UnreadableFile(FileFault(failed.detail)) if failed.reason is Reason.REFUSED else failed
