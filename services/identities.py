"""Identity numbers 身份证号: sealed in the database, masked in every answer (个保法: sensitive)."""

from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from models.users import User
from services.chance import chance
from services.errors import InvalidInput
from services.rules.codes import is_identity_number, masked_identity
from services.sealing import SALT_BYTES, seals

CHANGED = "identity_number"
"""What an event says of a change."""

_TABLE = "users.identity_number"


def sealed(tx: AsyncSession, user_id: UUID, number: SecretStr | None) -> bytes | None:
    """What is kept of a number. Raises InvalidInput for one whose check character is wrong."""
    if number is None:
        return None
    text = number.get_secret_value()
    if not is_identity_number(text):
        raise InvalidInput.at("/identity_number", "identity_number_wrong", "not an identity number (GB 11643)")
    return seals(tx).seal(text, table=_TABLE, row_id=user_id, salt=chance(tx).bytes(SALT_BYTES))


def opened(tx: AsyncSession, user: User) -> str | None:
    """The number in full, for who has a reason."""
    if user.identity_sealed is None:
        return None
    return str(seals(tx).open(user.identity_sealed, table=_TABLE, row_id=user.id))


def masked(tx: AsyncSession, user: User) -> str | None:
    """The number as answers show it."""
    number = opened(tx, user)
    return None if number is None else masked_identity(number)
