"""Who files for an enterprise: its own account, or an officer on behalf of one that has none (design 6)."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.findings import Finding
from models.words import Role
from services.access import Actor
from services.enterprises import kept_ids
from services.errors import InvalidInput


async def is_on_behalf(tx: AsyncSession, actor: Actor, finding: Finding, named: UUID | None) -> bool:
    """Whether an officer files for the finding's enterprise; it must then be named, so that nobody does it unaware.

    What was merged into it is the same one: a phone may not know yet. Raises InvalidInput when another enterprise, or
    none, is named.
    """
    own = actor.role is Role.ENTERPRISE
    if named == finding.enterprise_id or (own and named is None):
        return not own
    if named is not None and (await kept_ids(tx, [named])).get(named) == finding.enterprise_id:
        return not own
    raise InvalidInput.at(
        "/on_behalf_of", "on_behalf_of_needed", "an officer names the enterprise that it is filed for"
    )
