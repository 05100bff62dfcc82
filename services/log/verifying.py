"""Verifying offline: what a file of this office claims, against public keys alone. No database, no settings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.rules import merkle
from services.rules.canonical import NotCanonicalError
from services.rules.checkpoints import Checkpoint, Note, NoteUnreadable, VerifierKey
from services.signatures import RECEIPT, SignatureWrong, check_note, check_seal

PROMISE = timedelta(seconds=60)
"""Within this time every event stands in the tree (design 6)."""

MAY_GO = {"photo.stored"}
"""Bytes that a later declaration replaced are no longer the report's; their event stays in the log."""

Told = Mapping[str, Any]
Keys = Sequence[VerifierKey]


class Unreadable(ValueError):
    """The file is not what it should be; the text says what is missing."""


def receipt_faults(receipt: Told, keys: Keys, earlier: Told | None = None) -> list[str]:
    """What a receipt claims and does not prove; nothing where all of it holds.

    `earlier` is an older receipt of the same office: the newer one must prove that nothing of then was rewritten.
    """
    try:
        return [*_receipt_faults(receipt, keys), *_earlier_faults(receipt, keys, earlier)]
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"not a receipt: {error}") from None


def head_of(told: Told, keys: Keys) -> Checkpoint:
    """The checkpoint of an answer, once its signature is checked. Raises SignatureWrong, NoteUnreadable."""
    note = Note.parse(told["note"])
    check_note(note, keys)
    head = Checkpoint.parse(note.text)
    said = (told["origin"], told["size"], told["root"], datetime.fromisoformat(told["at"]))
    if said != (head.origin, head.size, head.root.hex(), head.at):
        raise NoteUnreadable("the checkpoint's note says another size, root or time than the fields beside it")
    return head


def inclusion_fault(hash_hex: str, position: int, path: Sequence[str], head: Checkpoint) -> str | None:
    """Why an event's path proves nothing; None where it does."""
    try:
        leaf = merkle.leaf_hash(bytes.fromhex(hash_hex))
        merkle.check_inclusion(leaf, position, head.size, [bytes.fromhex(step) for step in path], head.root)
    except ValueError as error:  # ProofError is one, a hash that is none another
        return str(error)
    return None


def consistency_fault(told: Told, head: Checkpoint) -> str | None:
    """Why a proof does not lead to this head; None where it does."""
    try:
        roots = bytes.fromhex(told["from_root"]), bytes.fromhex(told["to_root"])
        steps = [bytes.fromhex(step) for step in told["path"]]
        merkle.check_consistency(told["from_size"], told["to_size"], *roots, steps)
    except ValueError as error:
        return str(error)
    return None if (told["to_size"], roots[1]) == (head.size, head.root) else "it leads to another head"


def _receipt_faults(receipt: Told, keys: Keys) -> Iterator[str]:
    content = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        check_seal(RECEIPT, content, receipt["signature"], keys)
    except (SignatureWrong, NotCanonicalError) as error:
        yield f"receipt of inspection {receipt['inspection_id']}: {error}"
    head = None
    if receipt["checkpoint"] is not None:
        try:
            head = head_of(receipt["checkpoint"], keys)
        except (SignatureWrong, NoteUnreadable, ValueError) as error:
            yield f"checkpoint: {error}"
            return
    for event in receipt["events"]:
        fault = _event_fault(event, head, datetime.fromisoformat(receipt["server_time"]))
        if fault is not None:
            yield f"event {event['id']} ({event['kind']}): {fault}"
    if head is not None and receipt["consistency"] is not None:
        fault = consistency_fault(receipt["consistency"], head)
        if fault is not None:
            yield f"consistency with the checkpoint of {receipt['consistency']['from_size']} leaves: {fault}"


def _event_fault(event: Told, head: Checkpoint | None, receipt_at: datetime) -> str | None:
    if event["position"] is not None:
        no_head = "it has a place, but the receipt has no checkpoint"
        return no_head if head is None else inclusion_fault(event["hash"], event["position"], event["path"], head)
    waited = receipt_at - datetime.fromisoformat(event["at"])
    if waited <= PROMISE:
        return None
    return f"it was promised a place in the log within 60 s and had none after {int(waited.total_seconds())} s"


def _earlier_faults(receipt: Told, keys: Keys, earlier: Told | None) -> Iterator[str]:
    """Against an older receipt: the same log must go on from the older head, and keep every event that was in it."""
    if earlier is None or earlier["checkpoint"] is None:
        return
    old, proof = head_of(earlier["checkpoint"], keys), receipt["consistency"]
    new = None if receipt["checkpoint"] is None else head_of(receipt["checkpoint"], keys)
    if new is None or new.size < old.size:
        yield f"the log has shrunk: the earlier receipt saw {old.size} leaves under a signed head"
    elif new.size == old.size and new.root != old.root:
        yield f"the log was rewritten: two signed heads of {old.size} leaves differ"
    elif new.size > old.size and proof is None:
        yield f"no proof from the earlier head: take the receipt again with known={old.size}"
    elif new.size > old.size and (proof["from_size"], proof["from_root"]) != (old.size, old.root.hex()):
        yield f"the log was rewritten, or the proof is from another size than {old.size}"
    if receipt["inspection_id"] == earlier["inspection_id"]:
        now = {event["id"]: event["hash"] for event in receipt["events"]}
        for event in earlier["events"]:
            if event["kind"] not in MAY_GO and now.get(event["id"]) != event["hash"]:
                yield f"event {event['id']} ({event['kind']}) of the earlier receipt is gone, or has another hash"
