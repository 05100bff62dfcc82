"""Every place of a body or a query where a caller may name a record, and what naming one out of sight must come to."""

from dataclasses import dataclass, field

from tests.doors import bodies
from tests.doors.rows import Maker

OFFICE_MUST = "whoever opens accounts links them to what is there, and must hear of a slip of the pen"


@dataclass(frozen=True)
class Names:
    """A record that must be in sight: one out of it is answered exactly like one that does not exist.

    `body` is where the place is not in the operation's usual body, `but` for whom it holds not and why. What is in
    sight must be told from what is absent, or the probe proves nothing; `silent` says why it cannot be here.
    """

    noun: str
    body: Maker | None = None
    but: dict[str, str] = field(default_factory=dict)
    silent: str | None = None


@dataclass(frozen=True)
class Takes:
    """An id that the caller makes: whatever stands under it out of sight, the one answer is `code`."""

    nouns: tuple[str, ...] = ("enterprise", "sealed visit")
    code: str = "id_taken"
    body: Maker | None = None


@dataclass(frozen=True)
class Open:
    """No door, and why."""

    why: str


Place = Names | Takes | Open

NOT_HIS = "a photo is not had by naming it: it counts as missing until its bytes come (tests/doors/test_tried.py)"
PHOTO = Names("photo", silent=NOT_HIS)
ONE_SIGN = "who sees a colleague sees nothing of his devices"
BY_HAT = "a hat alone opens this list: tests/api/test_hats.py"

PLACES: dict[str, dict[str, Place]] = {
    "createUser": {
        "/id": Takes(),
        "/region": Names("region", but={"admin": OFFICE_MUST}, silent="only the administrator gets that far"),
        "/department_id": Open("departments are listed to everybody"),
        "/enterprise_id": Names(
            "enterprise", but={"admin": OFFICE_MUST}, silent="only the administrator gets that far"
        ),
    },
    "updateUser": {
        "/region": Names("region", but={"admin": OFFICE_MUST}, silent="only the administrator gets that far"),
        "/department_id": Open("departments are listed to everybody"),
        "/enterprise_id": Names(
            "enterprise", but={"admin": OFFICE_MUST}, silent="only the administrator gets that far"
        ),
    },
    "createOrgan": {"/id": Takes(), "/region": Names("region", silent="a district need not be on the list")},
    "createRegion": {
        "/code": Names("region", but={"admin": "sees them all"}, silent="only the administrator gets that far")
    },
    "createDepartment": {"/id": Takes()},
    "createEnterprise": {"/id": Takes(), "/region": Names("district")},
    "updateEnterprise": {"/region": Names("district")},
    "closeEnterprise": {"/id": Takes()},
    "reopenEnterprise": {"/id": Takes()},
    "mergeEnterprises": {"/id": Takes(), "/into_id": Names("enterprise")},
    "planVisit": {
        "/id": Takes(("enterprise", "inspection", "sealed visit")),
        "/enterprise_id": Names("enterprise"),
        "/inspectors/0": Names("user"),
        "/approver_id": Names("approver"),
    },
    "createDraw": {
        "/id": Takes(("enterprise", "inspection", "sealed visit", "sealed draw")),
        "/region": Names("district"),
        "/officers/0": Names(
            "user", bodies.draw_of_officers, silent="a village worker is drawn no more than nobody is"
        ),
    },
    "releaseDraw": {"/id": Takes()},
    "cancelDraw": {"/id": Takes()},
    "createAvoidance": {
        "/id": Takes(),
        "/officer_id": Names("user", silent="a village worker inspects no more than nobody does"),
        "/enterprise_id": Names("enterprise"),
    },
    "endAvoidance": {"/id": Takes()},
    "inviteContact": {"/id": Takes()},
    "acceptInvitation": {"/code": Open("a code names the one enterprise that it was made for")},
    "withdrawInvitation": {"/id": Takes()},
    "issueGateCode": {"/id": Takes()},
    "setUpperCode": {"/id": Takes(), "/code": Takes(("upper code",), "upper_code_taken")},
    "withdrawGateCode": {"/id": Takes()},
    "printCodes": {"/enterprise_ids/0": Names("enterprise")},
    "openByCode": {"/code": Names("upper code")},
    "createStandIn": {
        "/id": Takes(),
        "/officer_id": Names("user", silent="a village worker inspects no more than nobody does"),
        "/stand_in_id": Names("user", silent="a village worker inspects no more than nobody does"),
    },
    "endStandIn": {"/id": Takes()},
    "approveVisit": {"/id": Takes()},
    "cancelVisit": {"/id": Takes()},
    "getArrivalCode": {"/id": Takes()},
    "confirmArrival": {"/id": Takes()},
    "submitInspection": {
        "/id": Takes(("enterprise", "inspection", "sealed visit")),
        "/visit_id": Names("visit"),
        "/enterprise_id": Names("enterprise"),
        "/enterprise/id": Takes(("enterprise",), body=bodies.report_that_brings),
        "/enterprise/region": Names("district", bodies.report_that_brings),
        "/inspectors/0": Names("user"),
        "/findings/0/id": Takes(("registered", "verified"), "finding_id_taken"),
        "/findings/0/photo_ids/0": PHOTO,
        "/findings/0/fixed_on_site/photo_ids/0": PHOTO,
        "/photos/0/id": PHOTO,
        "/reinspections/0/finding_id": Names("reported", bodies.report_of_reinspection),
        "/reinspections/0/photo_ids/0": Names("photo", bodies.report_of_reinspection, silent=NOT_HIS),
    },
    "amendInspection": {
        "/findings/0/id": Takes(("registered", "verified")),
        "/findings/0/photo_ids/0": PHOTO,
        "/photos/0/id": PHOTO,
    },
    "resolveHeldInspection": {"/id": Takes(), "/enterprise_id": Names("enterprise", bodies.release)},
    "filePlan": {"/id": Takes(), "/on_behalf_of": Names("enterprise")},
    "acceptPlan": {"/id": Takes()},
    "reportRectification": {
        "/id": Takes(),
        "/on_behalf_of": Names("enterprise"),
        "/photo_ids/0": PHOTO,
        "/paper_photo_ids/0": PHOTO,
        "/photos/0/id": PHOTO,
    },
    "reinspectFinding": {
        "/id": Takes(),
        "/inspectors/0": Names("user"),
        "/photo_ids/0": PHOTO,
        "/photos/0/id": PHOTO,
    },
    "writeOffFinding": {"/id": Takes()},
    "transferFinding": {"/id": Takes()},
    "recordTransferReceipt": {"/id": Takes()},
    "withdrawFinding": {"/id": Takes()},
    "issueOrder": {
        "/id": Takes(),
        "/inspection_id": Names("inspection"),
        "/finding_ids/0": Names("registered"),
        "/organ_id": Names("organ"),
    },
    "requestExtension": {"/id": Takes(), "/finding_id": Names("ordered"), "/on_behalf_of": Names("enterprise")},
    "decideExtension": {"/id": Takes()},
    "importEnterprises": {"?id": Takes()},
    "importRegions": {"?id": Takes()},
    "importDepartments": {"?id": Takes()},
    "importUsers": {"?id": Takes()},
    "planUpload": {
        "/photos/0/id": Open("what stands out of sight is `id_taken`, as putPhoto says: tests/api/test_uploads.py")
    },
    "putPhoto": {"{photo_id}": Takes(("photo", "awaited photo", "preview"))},
    "putPhotoPreview": {"{photo_id}": Takes(("photo", "awaited photo", "preview"))},
    "revokeSession": {"/id": Takes()},
    "confirmTotp": {"/code": Open("a one-time code, which names no record")},
    "removeTotp": {"/id": Takes()},
    "revealIdentityNumber": {"/id": Open("a look is noted each time, under no id")},
    "createApiKey": {
        "/id": Takes(),
        "/user_id": Names("user", but={"admin": OFFICE_MUST}, silent="only the administrator gets that far"),
    },
    "revokeApiKey": {"/id": Takes()},
    "listApiKeys": {"?user_id": Names("user", but={"admin": "sees them all"}, silent="colleagues have no keys")},
    "listSessions": {"?user_id": Names("user", silent=ONE_SIGN)},
    "listSignIns": {"?user_id": Names("user", silent=BY_HAT)},
    "listEvents": {"?subject_id": Names("visit", silent=BY_HAT), "?actor_id": Names("user", silent=BY_HAT)},
    "listEnterprises": {"?q": Names("name"), "?region": Names("district")},
    "listLikelyDuplicates": {
        "?region": Names("district", silent="none of the town's is another"),
        "?enterprise_id": Names("enterprise", silent="none of the town's is another"),
    },
    "exportEnterprises": {"?q": Names("name"), "?region": Names("district")},
    "exportEnterprisesAsCsv": {"?q": Names("name"), "?region": Names("district")},
    "listFindings": {
        "?q": Names("name"),
        "?region": Names("district"),
        "?enterprise_id": Names("enterprise"),
        "?inspection_id": Names("inspection"),
        "?department_id": Open("departments are listed to everybody"),
    },
    "listInspections": {"?region": Names("district"), "?enterprise_id": Names("enterprise")},
    "listOrders": {"?enterprise_id": Names("enterprise"), "?inspection_id": Names("inspection")},
    "getStatistics": {"?region": Names("district")},
}
"""By operation. Places of paths stand in rows.py, cursors in test_lists.py."""
