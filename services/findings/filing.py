"""Who files for an enterprise: its own account, or an officer on behalf of one that has none (design 6)."""

from uuid import UUID

from models.findings import Finding
from models.words import Role
from services.access import Actor
from services.errors import InvalidInput


def is_on_behalf(actor: Actor, finding: Finding, named: UUID | None) -> bool:
    """Whether an officer files for the finding's enterprise; it must then be named, so that nobody does it unaware.

    Raises InvalidInput when another enterprise, or none, is named.
    """
    own = actor.role is Role.ENTERPRISE
    if named == finding.enterprise_id or (own and named is None):
        return not own
    raise InvalidInput.at(
        "/on_behalf_of", "on_behalf_of_needed", "an officer names the enterprise that it is filed for"
    )
