"""Which operations an API key may call, by its scopes. What is not here, no key may: a new one is shut."""

from models.words import Scope
from services.access import Actor
from services.auth.key_callers import ScopeNeeded

_EACH: dict[Scope, tuple[str, ...]] = {
    Scope.ENTERPRISES_READ: (
        *("listEnterprises", "listLikelyDuplicates", "getEnterprise", "exportEnterprises", "exportEnterprisesAsCsv"),
        *("listRegions", "listIndustries"),
    ),
    Scope.ENTERPRISES_WRITE: (
        *("createEnterprise", "updateEnterprise", "importEnterprises", "getImport", "getImportMarked"),
        *("closeEnterprise", "reopenEnterprise", "mergeEnterprises"),
        *("setUpperCode", "listRegions", "listIndustries"),
    ),
    Scope.INSPECTIONS_READ: ("listInspections", "getInspection", "listChecklists", "getChecklist"),
    Scope.FINDINGS_READ: (
        *("listFindings", "getFinding", "getFindingTimeline", "listOrders", "getOrder", "getOrderDocument"),
        *("listExtensions", "getExtension"),
    ),
    Scope.PHOTOS_READ: ("getPhoto", "getPhotoImage"),
    Scope.STATISTICS_READ: ("getStatistics",),
}

OPENS: dict[str, frozenset[Scope]] = {
    name: frozenset(scope for scope, names in _EACH.items() if name in names)
    for name in sorted({name for names in _EACH.values() for name in names})
}
"""By operation: the scopes of which a key needs one."""

OF_EVERY_KEY = {"getMe"}


def check_scope(actor: Actor, operation: str) -> None:
    """Raises ScopeNeeded. A person's session has no scopes, and is bound by role alone."""
    if actor.scopes is None or operation in OF_EVERY_KEY:
        return
    opening = OPENS.get(operation, frozenset())
    if not actor.scopes & opening:
        raise ScopeNeeded(sorted(opening))
