"""`zhicha check log|receipt`: the whole store against itself; or offline, by public keys alone, what it said."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cli.office import database_of
from services.clock import wall_clock
from services.database import engine_for
from services.dossiers.verifying import dossier_faults
from services.keys import Keys
from services.log.checking import check_all
from services.log.verifying import Unreadable, receipt_faults
from services.photos.opening import open_store
from services.rules.checkpoints import NoteUnreadable, VerifierKey
from services.settings import Settings
from services.signatures import SignatureWrong


def check_log(settings: Settings, say: Callable[[str], None]) -> int:
    """Say each fault of the whole store as it is found; how many. Raises what finding the database raises."""
    with database_of(settings) as urls:
        return asyncio.run(_check_log(settings, urls.service, say))


async def _check_log(settings: Settings, service_url: str, say: Callable[[str], None]) -> int:
    engine, store, found = engine_for(service_url, 1), open_store(settings), 0
    try:
        async for fault in check_all(engine, store, Keys.read(settings).signing, now=wall_clock()):
            say(str(fault))
            found += 1
    finally:
        store.close()
        await engine.dispose()
    return found


class NotProven(Exception):
    """What was to be proven does not hold; the text has a line for each fault."""


class ProofUnreadable(Exception):
    """A file or key that cannot be read; the text is one sentence."""


def keys_of(given: Sequence[str]) -> list[VerifierKey]:
    """Keys as getLog gives them: a text, or a file with one a line, or getLog's own answer. Raises ProofUnreadable."""
    try:
        return [VerifierKey.parse(line) for text in given for line in _lines(text)]
    except NoteUnreadable as error:
        raise ProofUnreadable(f"公钥无法读取 The public key can't be read: {error}.") from None


def check_receipt(file: Path, keys: Sequence[VerifierKey], earlier: Path | None) -> str:
    """What is proven. Raises NotProven, ProofUnreadable."""
    receipt = _read(file)
    try:
        faults = receipt_faults(receipt, keys, None if earlier is None else _read(earlier))
    except (Unreadable, NoteUnreadable, SignatureWrong) as error:
        raise ProofUnreadable(f"{file}: {error}") from None
    if faults:
        raise NotProven("\n".join(f"{file}: {fault}" for fault in faults))
    in_tree = sum(1 for event in receipt["events"] if event["position"] is not None)
    head = receipt["checkpoint"]
    return f"回执属实 The receipt is genuine: {in_tree} of {len(receipt['events'])} records are in the log" + (
        f" of {head['size']} leaves, signed at {head['at']}." if head else "; no checkpoint was signed yet."
    )


def check_dossier(file: Path, keys: Sequence[VerifierKey]) -> str:
    """What is proven. Raises NotProven, ProofUnreadable."""
    try:
        faults = dossier_faults(file, keys)
    except Unreadable as error:
        raise ProofUnreadable(f"{file}: {error}") from None
    if faults:
        raise NotProven("\n".join(f"{file}: {fault}" for fault in faults))
    return "证据包属实 The dossier is genuine: every file, event, proof and signature in it holds."


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ProofUnreadable(f"{file} 无法读取 can't be read: {error}.") from None
    if not isinstance(told, dict):
        raise ProofUnreadable(f"{file} is not a JSON object.")
    return told


def _lines(text: str) -> list[str]:
    path = Path(text)
    if "+" in text or not path.is_file():
        return [text]
    content = path.read_text("utf-8").strip()
    if content.startswith("{"):
        return [str(key["verifier"]) for key in json.loads(content)["keys"]]
    return content.splitlines()
