"""Faults in repeats and in two at once: a retry tells a stranger, counts twice, or lets an old token in."""

from tests.mutants.mutant import Mutant

REFRESHING_TESTS = "tests/unit/test_refreshing.py"
MOVE_TESTS = "tests/api/test_findings_moves.py"
SEEDED = "tests/api/test_seeded_faults.py"

REPEATS = (
    Mutant(
        name="report_replayed_without_sight",
        why="Whoever sends a known report again reads the first result of an enterprise they may not see.",
        file="services/inspections/submit.py",
        old="return await get_for(tx, actor, Inspection, inspection_id)",
        new="return await tx.get_one(Inspection, inspection_id)",
        tests=(
            "tests/api/test_inspections.py::test_a_repeat_by_somebody_who_may_not_see_the_report_tells_nothing_of_it",
        ),
    ),
    Mutant(
        name="visit_replayed_without_sight",
        why="A colleague who guesses the plan gets the sealed visit as the answer.",
        file="services/visits/planning.py",
        old="visit = await tx.scalar(sa.select(Visit).where(col(Visit.id) == visit_id, sees_visit(actor, at=at)))",
        new="visit = await tx.get(Visit, visit_id)",
        tests=(f"{SEEDED}::test_a_sealed_visit_planned_again_by_a_colleague_is_only_an_id_that_is_taken",),
        wall_is_down=True,
    ),
    Mutant(
        name="taken_id_tells_whose",
        why="An id that a stranger used answers like one's own: it tells that something is there.",
        file="services/acts.py",
        old="IdConflict if earlier.actor_id == actor.id else IdTaken",
        new="IdConflict",
        tests=(f"{MOVE_TESTS}::test_an_id_that_somebody_else_used_is_taken_without_a_word_of_whose",),
    ),
    Mutant(
        name="content_of_a_repeat_not_compared",
        why="Another report under a known id is thrown away, and its phone is told that it is saved.",
        file="services/acts.py",
        old="if earlier.operation == operation and is_same:",
        new="if earlier.operation == operation:",
        tests=(
            "tests/api/test_inspections.py"
            "::test_the_same_report_again_answers_the_first_result_and_another_content_conflicts",
        ),
    ),
    Mutant(
        name="grandparent_refreshes",
        why="A copied refresh token that is two steps old keeps its thief signed in.",
        file="services/rules/refreshing.py",
        old="if generation == family.generation - 1 and",
        new="if family.generation - 2 <= generation < family.generation and",
        tests=(f"{REFRESHING_TESTS}::test_a_thief_with_a_copy_that_is_two_steps_old_gets_nothing_and_the_family_ends",),
    ),
    Mutant(
        name="refresh_from_any_device",
        why="A refresh token copied to another device rotates there as if nothing were.",
        file="services/rules/refreshing.py",
        old="    if not is_own_device:\n        return Verdict.END\n",
        new="",
        tests=(f"{REFRESHING_TESTS}::test_another_device_ends_the_family_and_so_does_a_predecessor_after_a_day",),
    ),
    Mutant(
        name="ended_session_acts",
        why="A lost phone that was signed out goes on reading and sending.",
        file="services/auth/callers.py",
        old="        col(DeviceSession.ended_at).is_(None),\n",
        new="",
        tests=("tests/api/test_auth.py::test_signing_out_ends_the_session_at_once_and_may_be_repeated",),
    ),
    Mutant(
        name="other_bytes_under_one_id",
        why="Other bytes under a known id take the place of a photo that was acknowledged.",
        file="services/photos/arrival.py",
        old="        raise IdConflict\n",
        new="        return place.stored\n",
        tests=("tests/api/test_photos.py::test_other_bytes_under_ones_own_id_are_a_conflict_and_leave_nothing",),
    ),
    Mutant(
        name="photo_taken_from_its_report",
        why="A later report that names the same photo takes it away from the first one.",
        file="services/photos/naming.py",
        old="    await _detach_others(tx, actor, named, at=at)\n",
        new="    await _detach_others(tx, actor, named, at=at)\n"
        "    moved = sa.update(PhotoUse).where(col(PhotoUse.photo_id).in_([photo.id for photo in named]))\n"
        "    await tx.execute(moved.values(inspection_id=inspection_id))\n",
        tests=(f"{SEEDED}::test_a_photo_that_two_reports_name_stays_in_both",),
    ),
    Mutant(
        name="version_not_compared",
        why="Two who edit at once: the second overwrites what the first just wrote.",
        file="services/versions.py",
        old="if version != row.version:",
        new="if version > row.version:",
        tests=("tests/api/test_organs.py::test_a_change_needs_the_version_that_was_read",),
    ),
    Mutant(
        name="version_not_compared_in_one_move",
        why="A report on a finding that changed meanwhile goes through as if the phone had seen the change.",
        file="services/findings/rectifications.py",
        old="    refuse_stale(finding, version)\n",
        new="",
        tests=(f"{SEEDED}::test_every_move_that_names_an_old_version_is_refused",),
    ),
    Mutant(
        name="finding_not_locked",
        why="Two re-inspections at once both count, and the finding is passed and failed.",
        file="services/access.py",
        old="row = await tx.scalar(locked if lock else query)",
        new="row = await tx.scalar(query)",
        tests=(f"{SEEDED}::test_two_verdicts_that_start_from_the_same_state_count_once",),
    ),
)
