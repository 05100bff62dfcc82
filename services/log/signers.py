"""The log's public keys, under the name that its signatures bear."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.keys import Ring
from services.log.epochs import log_name, newest
from services.rules.checkpoints import VerifierKey
from services.signatures import OFFICE, Signer


async def keys_of(tx: AsyncSession, ring: Ring) -> list[VerifierKey]:
    """The current key first, then those before it."""
    epoch = await newest(tx)
    return Signer(log_name(epoch) if epoch else OFFICE, ring).keys
