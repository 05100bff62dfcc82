"""What a backup holds, hashed and signed, so that nothing else is ever restored in its place (threat 27)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.backup.dumps import Table
from cli.backup.errors import BackupError
from services.keys import Key, Ring
from services.secret_files import write_private

FORMAT = 1
PURPOSE = b"zhicha backup\x00"
MANIFEST, SIGNATURE, DATABASE = "manifest.json", "manifest.sig", "database.dump"


@dataclass(frozen=True)
class Manifest:
    """One backup: when it was taken, by which version, and what it must contain."""

    made_at: str
    version: str
    database_sha256: str
    tables: Mapping[str, Table]
    photos: Mapping[str, int]

    def write(self, folder: Path, key: Key) -> None:
        """Both files, on disk when it returns."""
        content = json.dumps(
            {
                "format": FORMAT,
                "made_at": self.made_at,
                "version": self.version,
                "database_sha256": self.database_sha256,
                "tables": {name: [table.rows, table.fingerprint] for name, table in self.tables.items()},
                "photos": dict(self.photos),
            },
            indent=1,
            sort_keys=True,
        ).encode()
        write_private(folder / MANIFEST, content)
        write_private(folder / SIGNATURE, _signer(key).sign(PURPOSE + content).hex().encode("ascii"))

    @classmethod
    def read(cls, folder: Path, ring: Ring) -> Self:
        """Raises BackupError unless one of the office's signing keys signed these very bytes."""
        try:
            content = (folder / MANIFEST).read_bytes()
            signature = bytes.fromhex((folder / SIGNATURE).read_text("ascii"))
        except (OSError, ValueError):
            raise BackupError(f"{folder} is no backup: {MANIFEST} or {SIGNATURE} can't be read.") from None
        if not any(_signed(key, signature, content) for key in ring.all):
            raise BackupError(f"{folder / MANIFEST} was not signed by this office, or was changed since.")
        told = json.loads(content)
        if told["format"] != FORMAT:
            raise BackupError(f"{folder} was made by another version of the program (format {told['format']}).")
        return cls(
            made_at=told["made_at"],
            version=told["version"],
            database_sha256=told["database_sha256"],
            tables={name: Table(rows, fingerprint) for name, (rows, fingerprint) in told["tables"].items()},
            photos=told["photos"],
        )


def _signer(key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.secret)


def _signed(key: Key, signature: bytes, content: bytes) -> bool:
    try:
        _signer(key).public_key().verify(signature, PURPOSE + content)
    except InvalidSignature:
        return False
    return True
