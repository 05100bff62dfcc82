"""The sheets of an import as they are kept, under the sealing key: they hold phones and names of a whole town."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from uuid import UUID

from services.chance import Chance
from services.rules.sheets import Sheet, from_json, to_json
from services.sealing import SALT_BYTES, SealRing

TABLE = "import_work"
QUICKLY = 1


def closed(ring: SealRing, chance: Chance, import_id: UUID, sheets: Sequence[Sheet]) -> bytes:
    """The sheets as one box, which only this import's row opens. For a thread: a large register takes a second."""
    packed = b64encode(zlib.compress(to_json(sheets), QUICKLY)).decode()
    return ring.seal(packed, table=TABLE, row_id=import_id, salt=chance.bytes(SALT_BYTES))


def opened(ring: SealRing, import_id: UUID, box: bytes) -> list[Sheet]:
    """What `closed` closed. Raises SealBroken, SealKeyMissing."""
    return from_json(unsealed(ring, import_id, box))


def unsealed(ring: SealRing, import_id: UUID, box: bytes) -> bytes:
    """The same as `to_json` writes them."""
    return zlib.decompress(b64decode(ring.open(box, table=TABLE, row_id=import_id)))
