"""The access matrix, operation by operation: whose record the path names, who may, and what then is answered.

Sight comes first: what is out of sight is 404 whoever asks, what is seen is 403 for whose role has not the deed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from models.words import Role
from tests.doors import bodies
from tests.doors.town import Town

Maker = Callable[[Town, str, str], object]

ALL = frozenset(Role)
READ = ALL - {Role.ADMIN}
ADMIN = frozenset({Role.ADMIN})
OFFICE = frozenset({Role.OFFICE})
DESK = frozenset({Role.OFFICE, Role.DEPARTMENT, Role.LEADER})
FIELD = frozenset({Role.OFFICE, Role.INSPECTOR, Role.DEPARTMENT})
REPORTS = FIELD | {Role.VILLAGE}
FILES = REPORTS | {Role.ENTERPRISE}
WRITES_OFF = DESK | {Role.INSPECTOR}
JUDGES = DESK | {Role.INSPECTOR}
RECEIPT = REPORTS | {Role.LEADER}
REGISTERS = FIELD | {Role.INTEGRATOR}
IMPORTS = frozenset({Role.OFFICE, Role.DEPARTMENT, Role.INTEGRATOR})
KEEPS_CODES = frozenset({Role.OFFICE, Role.DEPARTMENT})
ANSWERING = frozenset({Role.OFFICE, Role.LEADER})
HANDS = ALL - {Role.ADMIN, Role.INTEGRATOR}
NONE: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Door:
    """One way to a record: `noun` is what the path names, `may` whose role includes the deed, others get 403."""

    operation: str
    noun: str
    may: frozenset[Role] = ALL
    body: Maker | None = None
    works: int = 200
    ask: str = ""

    def __str__(self) -> str:
        return f"{self.operation}{self.ask} of {self.noun}"


DOORS = [
    Door("getEnterprise", "enterprise"),
    Door("getEnterpriseBrief", "enterprise"),
    Door("getFittingChecklist", "enterprise"),
    Door("updateEnterprise", "enterprise", REGISTERS | {Role.ENTERPRISE}, bodies.contacts),
    Door("closeEnterprise", "enterprise", REGISTERS, bodies.closure, 201),
    Door("mergeEnterprises", "enterprise", REGISTERS, bodies.merger, 409),  # into itself
    Door("reopenEnterprise", "enterprise", REGISTERS, bodies.reason, 409),  # it is open
    Door("getArrivalCode", "enterprise", REPORTS, bodies.arrival, 201),
    Door("confirmArrival", "arrival code", REPORTS, bodies.arrival, 201),
    Door("getInspection", "inspection"),
    Door("getInspection", "held"),
    Door("getInspection", "inspection", RECEIPT, ask="?version=1"),
    Door("getInspection", "held", RECEIPT, ask="?version=1"),
    Door("amendInspection", "inspection", DESK, bodies.amendment),  # an inspector had to take part in it
    Door("amendInspection", "held", DESK, bodies.amendment, 409),
    Door("resolveHeldInspection", "held", DESK, bodies.rejection, 201),
    Door("resolveHeldInspection", "inspection", DESK, bodies.rejection, 409),
    Door("getReceipt", "inspection", RECEIPT),
    Door("getReceipt", "held", RECEIPT),
    Door("exportInspectionEvidence", "inspection"),
    Door("exportInspectionEvidence", "held"),
    Door("exportFindingEvidence", "registered"),
    Door("exportFindingEvidence", "verified"),
    Door("getInclusionProof", "event of finding"),
    Door("getInclusionProof", "event of inspection"),
    Door("getInclusionProof", "event of held"),
    Door("getInclusionProof", "event of sealed visit"),
    Door("getInclusionProof", "event of photo"),
    Door("getInclusionProof", "event of draw"),
    Door("getInclusionProof", "event of sealed draw"),
    Door("getInclusionProof", "event of avoidance"),
    Door("getInclusionProof", "event of api key"),
    Door("getInspectionEvidence", "inspection", DESK),  # an inspector had to take part in it
    Door("getInspectionEvidence", "held", DESK),
    Door("getFinding", "registered"),
    Door("getFinding", "verified"),
    Door("getFindingTimeline", "verified"),
    Door("getFindingTimeline", "transferred", ask="?limit=1"),
    Door("getBeforeAfter", "verified"),
    Door("getBeforeAfterSheet", "verified"),
    Door("filePlan", "ordered", FILES, bodies.plan, 201),
    Door("acceptPlan", "planned", DESK, bodies.acceptance, 201),
    Door("reportRectification", "ordered", FILES, bodies.rectification, 201),
    Door("reinspectFinding", "reported", FIELD, bodies.reinspection, 201),
    Door("writeOffFinding", "verified", WRITES_OFF, bodies.note, 201),
    Door("transferFinding", "registered", FIELD, bodies.transfer, 201),
    Door("recordTransferReceipt", "transferred", FIELD, bodies.receipt, 201),
    Door("withdrawFinding", "registered", DESK, bodies.reason, 201),
    Door("getOrder", "order"),
    Door("getOrderDocument", "order"),
    Door("getExtension", "extension"),
    Door("decideExtension", "extension", DESK, bodies.granting, 201),
    Door("getPhoto", "photo"),
    Door("getPhotoImage", "photo", ask="?size=thumb"),
    Door("getPhotoImage", "photo", ask="?size=screen"),
    Door("getPhotoImage", "photo", ask="?size=original"),
    Door("getPhotoMatches", "photo", JUDGES),
    Door("getUploadState", "photo"),
    Door("getPhoto", "preview"),
    Door("getPhotoImage", "preview", ask="?size=thumb"),
    Door("getPhotoImage", "preview", ask="?size=screen"),
    Door("getPhotoImage", "preview", ask="?size=original", works=409),  # only the preview is here
    Door("getUploadState", "preview"),
    Door("getUpload", "upload", body=bodies.no_piece),
    Door("appendUpload", "upload", HANDS, bodies.piece, 204),
    Door("terminateUpload", "upload", body=bodies.no_piece, works=204),
    Door("getVisit", "visit"),
    Door("getVisit", "sealed visit"),
    Door("approveVisit", "visit", DESK, bodies.note, 201),  # urgent, and none of the readers reported it
    Door("approveVisit", "sealed visit", DESK, bodies.note, 201),
    Door("cancelVisit", "visit", NONE, bodies.reason),  # its maker and its approver alone
    Door("cancelVisit", "sealed visit", NONE, bodies.reason),
    Door("getDraw", "draw"),
    Door("getDraw", "sealed draw"),
    Door("getDrawLooks", "draw"),
    Door("getDrawLooks", "sealed draw"),
    Door("getDrawProof", "draw", works=409),  # its month is not over
    Door("getDrawProof", "sealed draw"),
    Door("releaseDraw", "draw", NONE, bodies.note),  # its maker alone
    Door("releaseDraw", "sealed draw", NONE, bodies.note),
    Door("cancelDraw", "draw", NONE, bodies.reason),
    Door("cancelDraw", "sealed draw", NONE, bodies.reason),
    Door("endAvoidance", "avoidance", OFFICE, bodies.note, 201),
    Door("inviteContact", "enterprise", FIELD, bodies.invitation, 201),
    Door("listInvitations", "enterprise", FIELD),
    Door("withdrawInvitation", "invitation", FIELD, bodies.reason, 201),
    Door("issueGateCode", "enterprise", KEEPS_CODES, bodies.reason, 201),
    Door("setUpperCode", "enterprise", IMPORTS, bodies.upper_code, 201),
    Door("listGateCodes", "enterprise", KEEPS_CODES),
    Door("getEnterpriseCode", "enterprise", KEEPS_CODES),
    Door("withdrawGateCode", "gate code", KEEPS_CODES, bodies.reason, 201),
    Door("endStandIn", "stand-in", ANSWERING, bodies.note, 201),
    Door("getImport", "import"),
    Door("getImportMarked", "import"),
    Door(
        "issueFirstPasswords", "import", NONE, bodies.note
    ),  # an administrator's own import: tests/api/test_imports_admin.py
    Door("getUser", "user"),
    Door("getUser", "approver"),
    Door("updateUser", "user", ADMIN, bodies.user_patch),
    Door("resetPassword", "user", ADMIN, bodies.password, 204),
    Door("revokeSession", "session", ALL, bodies.reason, 201),
    Door("removeTotp", "user", NONE, bodies.reason),  # the hat security alone: tests/api/test_totp.py
    Door("revealIdentityNumber", "user", ADMIN, bodies.reason),
    Door("revokeApiKey", "api key", ADMIN, bodies.reason, 201),
    Door("updateOrgan", "organ", ADMIN, bodies.organ_patch),
    Door("updateRegion", "region", ADMIN, bodies.region_patch),
]

OPEN_DOORS = {
    "updateDepartment": "departments are listed to everybody",
    "getChecklist": "the catalogue is everybody's",
    "explainDeadline": "the catalogue is everybody's",
    "putPhoto": "its id is one that the caller makes: tests/doors/places.py",
    "putPhotoPreview": "the same",
}


@dataclass(frozen=True)
class Entrance:
    """An operation whose path names no record: `may` whose role may call it, others get 403 whatever they send."""

    may: frozenset[Role] = ALL
    body: Maker | None = None
    works: int = 200


BY_OWN_ID = dict.fromkeys(("putPhoto", "putPhotoPreview"), Entrance(HANDS, bodies.photo, 201))
"""Their paths name an id that the caller makes."""

ENTRANCES = {
    "createUser": Entrance(ADMIN, bodies.user, 201),
    "createApiKey": Entrance(ADMIN, bodies.api_key, 201),
    "createOrgan": Entrance(ADMIN, bodies.organ, 201),
    "createRegion": Entrance(ADMIN, bodies.region, 201),
    "createDepartment": Entrance(ADMIN, bodies.department, 201),
    "createEnterprise": Entrance(REGISTERS | {Role.VILLAGE}, bodies.enterprise, 201),
    "importEnterprises": Entrance(IMPORTS, bodies.register_file, 201),
    "importRegions": Entrance(ADMIN, bodies.regions_file, 201),
    "importDepartments": Entrance(ADMIN, bodies.departments_file, 201),
    "importUsers": Entrance(ADMIN, bodies.users_file, 201),
    "planVisit": Entrance(FIELD, bodies.visit, 201),
    "createDraw": Entrance(frozenset({Role.OFFICE, Role.DEPARTMENT}), bodies.draw, 201),
    "createAvoidance": Entrance(OFFICE, bodies.avoidance, 201),
    "createStandIn": Entrance(ANSWERING, bodies.stand_in, 201),
    "printCodes": Entrance(KEEPS_CODES, bodies.code_sheet),
    "openByCode": Entrance(READ, bodies.scanned_code),
    "createUpload": Entrance(HANDS, bodies.upload, 201),
    "planUpload": Entrance(HANDS, bodies.plan_of_photos),
    "submitInspection": Entrance(REPORTS, bodies.report, 201),
    "issueOrder": Entrance(FIELD, bodies.order, 201),
    "requestExtension": Entrance(FILES, bodies.extension, 201),
    "listUsers": Entrance(),
    "listSessions": Entrance(),
    "listApiKeys": Entrance(),
    "listSignIns": Entrance(NONE),
    "listEvents": Entrance(NONE),
    "listOrgans": Entrance(),
    "listRegions": Entrance(),
    "listDepartments": Entrance(),
    "listIndustries": Entrance(),
    "listChecklists": Entrance(),
    "listLimits": Entrance(),
    "listFines": Entrance(),
    "listCriteria": Entrance(),
    "listStatutes": Entrance(),
    "listEnterprises": Entrance(),
    "listLikelyDuplicates": Entrance(),
    "exportEnterprises": Entrance(),
    "exportEnterprisesAsCsv": Entrance(),
    "listVisits": Entrance(),
    "listDraws": Entrance(),
    "listAvoidances": Entrance(),
    "listStandIns": Entrance(),
    "listInspections": Entrance(),
    "listFindings": Entrance(),
    "listOrders": Entrance(),
    "listExtensions": Entrance(),
    "getMe": Entrance(),
    "getLog": Entrance(),
    "getCheckpoint": Entrance(),
    "getConsistencyProof": Entrance(),
    "getStatistics": Entrance(READ),
    "getWorklist": Entrance(),
    "getFieldPack": Entrance(READ),
}

PACKS = {"getFieldPack"}
"""Their cursor names no row: it is that of a whole answer (tests/api/test_field_pack.py)."""

OF_HATS = {"listSignIns", "listEvents"}
"""What a hat alone opens, whatever the role: tests/api/test_hats.py."""

OPEN_ENTRANCES = {
    "createToken": "nobody is signed in yet",
    "refreshToken": "the refresh token says who",
    "acceptInvitation": "the code says for which enterprise",
    "revokeToken": "the refresh token says who",
    "getServerInfo": "what an app must know before signing in",
    "getUploadOptions": "what a phone must know before it sends anything",
    "listDrawCommitments": "public: hashes that tell nothing but that there was a draw",
    "changePassword": "everybody's own, known by the old one",
    "enrolTotp": "everybody's own, known by the password",
    "confirmTotp": "everybody's own, known by a code",
}

LISTS: dict[str, tuple[str, ...]] = {
    "listUsers": ("user", "approver"),
    "listSessions": (),  # one's own
    "listApiKeys": ("api key",),
    "listOrgans": ("organ",),
    "listRegions": ("region",),
    "listDepartments": (),  # everybody's
    "listIndustries": (),
    "listChecklists": (),
    "listLimits": (),
    "listFines": (),
    "listCriteria": (),
    "listStatutes": (),
    "listEnterprises": ("enterprise",),
    "listLikelyDuplicates": (),  # none of the town's is another: tests/api/test_enterprises_alike.py
    "listVisits": ("visit", "sealed visit"),
    "listDraws": ("draw", "sealed draw"),
    "listDrawCommitments": (),  # the public's
    "listAvoidances": ("avoidance",),
    "listStandIns": ("stand-in",),
    "listInspections": ("inspection", "held"),
    "listFindings": ("registered", "ordered", "planned", "reported", "verified", "transferred", "extended"),
    "listOrders": ("order",),
    "listExtensions": ("extension",),
}
"""Which records each list holds: those in the reader's sight and no others."""
