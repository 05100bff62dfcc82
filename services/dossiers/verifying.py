"""A dossier checked offline: the file and the office's public keys, nothing else."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from services.log.verifying import Unreadable, head_of, inclusion_fault
from services.rules.canonical import NotCanonicalError, event_hash
from services.rules.checkpoints import Checkpoint, NoteUnreadable, VerifierKey
from services.signatures import DOSSIER, SignatureWrong, check_seal

MANIFEST = "manifest.json"
PIECE = 1 << 20
TOLD_AS = {"photos": "sha256", "reports": "report_sha256", "papers": "order_document.sha256"}
"""Folders of a dossier, and the field in which the events of their records tell a file's hash."""


def dossier_faults(file: Path, keys: Sequence[VerifierKey]) -> list[str]:
    """What the dossier claims and does not prove. Raises Unreadable where it is no dossier."""
    try:
        with zipfile.ZipFile(file) as archive:
            return list(_faults(archive, keys))
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise Unreadable(f"not a dossier, or a damaged one: {error}") from None


def _faults(archive: zipfile.ZipFile, keys: Sequence[VerifierKey]) -> Iterator[str]:
    manifest = json.loads(archive.read(MANIFEST))
    content = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        check_seal(DOSSIER, content, manifest["signature"], keys)
    except (SignatureWrong, NotCanonicalError) as error:
        yield f"{MANIFEST}: {error}"
    yield from _file_faults(archive, manifest["files"])
    try:
        head = head_of(manifest["checkpoint"], keys)
    except (SignatureWrong, NoteUnreadable, ValueError) as error:
        yield f"checkpoint: {error}"
        return
    if archive.read("checkpoint.txt").decode() != manifest["checkpoint"]["note"]:
        yield "checkpoint.txt: it is not the checkpoint of the manifest"
    events = json.loads(archive.read("events.json"))
    for event in events:
        for what in _event_faults(event, head):
            yield f"event {event['id']} ({event['kind']}): {what}"
    yield from _told_faults(events, {entry["path"]: entry["sha256"] for entry in manifest["files"]})


def _file_faults(archive: zipfile.ZipFile, files: Sequence[dict[str, Any]]) -> Iterator[str]:
    names = archive.namelist()
    listed = [entry["path"] for entry in files]
    for name in sorted(set(names) - {MANIFEST, *listed}):
        yield f"{name}: it is not in the manifest"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: it is there twice"
    for entry in files:
        if entry["path"] not in names:
            yield f"{entry['path']}: it is not there"
            continue
        size, found = _hash(archive, entry["path"])
        if (size, found) != (entry["bytes"], entry["sha256"]):
            yield f"{entry['path']}: its bytes are not those of the manifest"


def _hash(archive: zipfile.ZipFile, name: str) -> tuple[int, str]:
    size, found = 0, hashlib.sha256()
    try:
        with archive.open(name) as entry:
            while piece := entry.read(PIECE):
                size += len(piece)
                found.update(piece)
    except zipfile.BadZipFile:
        return -1, ""
    return size, found.hexdigest()


def _event_faults(event: dict[str, Any], head: Checkpoint) -> Iterator[str]:
    fault = inclusion_fault(event["hash"], event["position"], event["path"], head)
    if fault is not None:
        yield fault
    if event["body"] is None:
        return
    if event_hash(event["body"].encode(), bytes.fromhex(event["nonce"])).hex() != event["hash"]:
        yield "its hash is not that of its body and nonce"
    body = json.loads(event["body"])
    said = (body["id"], body["kind"], body["subject"]["table"], body["subject"]["id"])
    if said != (event["id"], event["kind"], event["subject"], event["subject_id"]):
        yield "its body is of another event"


def _told_faults(events: Sequence[dict[str, Any]], files: dict[str, str]) -> Iterator[str]:
    """Photos, reports and papers are those that the events, as far as they are told, name by hash."""
    bodies = [json.loads(event["body"]) for event in events if event["body"] is not None]
    # A record of which the reader is not told all: its file may be named where they do not see it.
    hidden = {event["subject_id"] for event in events if event["body"] is None}
    told: dict[tuple[str, str], set[str]] = {}
    for body in bodies:
        for folder, name in TOLD_AS.items():
            if name in body["after"]:
                told.setdefault((folder, body["subject"]["id"]), set()).add(body["after"][name])
    for path, sha256 in files.items():
        folder, _, name = path.partition("/")
        named = told.get((folder, name[:36]))
        if named is not None and sha256 not in named and name[:36] not in hidden:
            yield f"{path}: no event of the dossier tells of these bytes"
