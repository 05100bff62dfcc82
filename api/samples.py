"""Members of the problems that carry some, as the OpenAPI document shows them: one likely case of each."""

from typing import Any

from services.errors import DomainError

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

MEMBERS: dict[str, dict[str, Any]] = {
    "character_not_printable": {"character": "𠅤", "code_point": "U+20164"},
    "digest_mismatch": {"received": SHA256},
    "digest_not_declared": {"expected": SHA256},
    "draw_closed": {"opens_on": "2026-12-01"},
    "draw_settled": {"state": "released"},
    "extension_decided": {"state": "granted"},
    "finding_not_amendable": {"state": "ordered"},
    "illegal_transition": {"state": "registered", "move": "report", "allowed": ["order", "transfer", "withdraw"]},
    "import_unreadable": {"reason": "encoding", "columns": []},
    "invalid_input": {
        "errors": [
            {
                "pointer": "/findings/0/deadline",
                "code": "deadline_missing",
                "detail": "四定: the deadline 期限 is missing",
            }
        ]
    },
    "no_plan_waits": {"last": "returned"},
    "not_allowed": {"deed": "issue_order"},
    "not_extendable": {"state": "reported"},
    "offset_mismatch": {"offset": 524288},
    "original_missing": {"sha256": SHA256},
    "photo_damaged": {"why": "cut_off"},
    "photo_too_large": {"max_bytes": 30_000_000},
    "photo_too_many_pixels": {"width": 20_000, "height": 20_000, "max_pixels": 110_000_000},
    "plan_incomplete": {"missing": ["funding"]},
    "preview_too_large": {"max_bytes": 40_960},
    "report_not_applicable": {"reasons": ["enterprise_unknown"]},
    "size_not_in_log": {"size": 4711},
    "scope_needed": {"scopes": ["enterprises:write"]},
    "store_failed": {"errno_name": "EIO"},
    "store_full": {"errno_name": "ENOSPC"},
    "too_many_sign_ins": {"retry_after_seconds": 60},
    "too_many_uploads": {"retry_after_seconds": 3600},
    "version_mismatch": {"current": 4},
    "visit_settled": {"state": "approved"},
    "voice_too_long": {"max_seconds": 60, "max_bytes": 5_000_000},
    "wrong_inspection_state": {"state": "rejected"},
    "enterprise_merged": {"merged_into": "0198f3a0-0000-7000-8000-0000000000e1"},
    "wrong_enterprise_status": {"enterprise_status": "closed"},
}


def members_shown(kind: type[DomainError]) -> dict[str, Any]:
    """Those of one error; most have none."""
    return MEMBERS.get(kind.code, {})
