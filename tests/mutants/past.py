"""Faults in what the office counts, tells later and sets days by."""

from tests.mutants.mutant import Mutant

MOVES = "services/findings/moves.py"
STATISTICS_TESTS = "tests/api/test_statistics.py"
INSPECTION_TESTS = "tests/api/test_inspections.py"
SEEDED = "tests/api/test_seeded_faults.py"

COUNTED = "    with statistics.recounted(tx, finding):\n        yield\n"
RECORDED = "    events.record(tx, actor, kind, finding, at=at, before=before, beside=told)\n"


def uncounted(kind: str) -> str:
    """What stands in the place of COUNTED when one kind of change is forgotten."""
    return (
        f"    if kind is EventKind.{kind}:\n        yield\n"
        "    else:\n        with statistics.recounted(tx, finding):\n            yield\n"
    )


PAST = (
    Mutant(
        name="failure_without_delta",
        why="Statistics go on counting as reported what failed at its re-inspection.",
        file=MOVES,
        old=COUNTED,
        new=uncounted("FINDING_FAILED"),
        tests=(f"{STATISTICS_TESTS}::test_the_rollup_equals_a_raw_count_after_every_kind_of_move",),
    ),
    Mutant(
        name="extension_without_delta",
        why="Statistics call overdue what was granted more time.",
        file=MOVES,
        old=COUNTED,
        new=uncounted("FINDING_EXTENSION_GRANTED"),
        tests=(f"{SEEDED}::test_counts_follow_every_change_of_a_deadline_and_a_grade",),
    ),
    Mutant(
        name="amendment_without_delta",
        why="Statistics keep the grade and the deadline that an amendment put right.",
        file=MOVES,
        old=COUNTED,
        new=uncounted("FINDING_AMENDED"),
        tests=(f"{SEEDED}::test_counts_follow_every_change_of_a_deadline_and_a_grade",),
    ),
    Mutant(
        name="removal_without_delta",
        why="An enterprise that moves to another village stays in the old one's statistics.",
        file="services/enterprises/following.py",
        old="        with recounted(tx, finding):\n            finding.region = to.region\n",
        new="        finding.region = to.region\n",
        tests=(
            "tests/api/test_enterprises_moving.py"
            "::test_visits_inspections_findings_photos_and_counts_follow_their_enterprise",
        ),
    ),
    Mutant(
        name="move_without_event",
        why="A finding changed and nobody can say who did it.",
        file=MOVES,
        old=RECORDED,
        new=f"    if kind is not EventKind.FINDING_TRANSFER_RECEIVED:\n    {RECORDED}",
        tests=(f"{SEEDED}::test_every_change_of_a_finding_writes_an_event_of_its_own",),
    ),
    Mutant(
        name="event_without_nonce",
        why="The content of a sealed record can be guessed from its hash.",
        file="services/rules/canonical.py",
        old="return sha256(nonce + body).digest()",
        new="return sha256(body).digest()",
        tests=("tests/unit/test_canonical.py::test_a_record_is_hashed_with_its_nonce_in_front",),
    ),
    Mutant(
        name="approval_due_from_the_report",
        why="A report that comes two days late moves the legal day of its visit's approval.",
        file="services/visits/reading.py",
        old="due = book.due_time(Rule.URGENT_APPROVAL, visit.arrived_at)",
        new="due = book.due_time(Rule.URGENT_APPROVAL, visit.made_at)",
        tests=(
            f"{INSPECTION_TESTS}::test_an_urgent_visit_waits_for_an_approval_within_twenty_four_hours_by_somebody_else",
        ),
    ),
    Mutant(
        name="judged_by_the_day_of_the_answer",
        why="A phone that was offline for two days has its deadlines and cards judged by the wrong day.",
        file="services/inspections/cases.py",
        old="return local_date(self.report.arrived_at)",
        new="return local_date(self.at)",
        tests=(f"{INSPECTION_TESTS}::test_deadlines_are_judged_by_the_visits_own_day_and_warned_of_by_place",),
    ),
    Mutant(
        name="day_of_greenwich",
        why="What happens before eight in the morning counts for the day before.",
        file="services/rules/clocks.py",
        old="return moment.astimezone(SHANGHAI).date()",
        new="return moment.date()",
        tests=("tests/unit/test_clocks.py::test_a_legal_day_begins_at_midnight_in_shanghai_not_in_greenwich",),
    ),
    Mutant(
        name="written_off_without_a_look",
        why="A finding is closed on the enterprise's word alone.",
        file=MOVES,
        old="    (FindingState.VERIFIED, Move.WRITE_OFF): FindingState.CLOSED,\n",
        new="    (FindingState.VERIFIED, Move.WRITE_OFF): FindingState.CLOSED,\n"
        "    (FindingState.REPORTED, Move.WRITE_OFF): FindingState.CLOSED,\n",
        tests=("tests/unit/test_moves.py::test_every_state_with_every_move_leads_where_the_office_says_or_is_refused",),
    ),
)
