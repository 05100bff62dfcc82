"""Faults in previews and voice notes: a small picture passes for evidence, outlives its original, or shows too much."""

from tests.mutants.mutant import Mutant

PREVIEW_TESTS = "tests/api/test_photos_previews.py"
VOICE_TESTS = "tests/api/test_photos_voice.py"
READERS = "tests/unit/test_photo_voice.py"

PREVIEWS = (
    Mutant(
        name="preview_without_sight",
        why="Whoever learns a photo's id sees what the neighbour's phone sent ahead of it.",
        file="services/photos/previews.py",
        old="col(PhotoPreview.photo_id) == photo_id, sees_preview(actor))",
        new="col(PhotoPreview.photo_id) == photo_id)",
        tests=(f"{PREVIEW_TESTS}::test_a_stranger_neither_sees_a_preview_nor_sends_one_under_its_id",),
        wall_is_down=True,
    ),
    Mutant(
        name="preview_of_a_stranger",
        why="Whoever guesses an id puts a picture of theirs before the office as that of another's report.",
        file="services/photos/naming.py",
        old="col(PhotoUse.named_by) == col(PhotoPreview.uploaded_by), col(PhotoUse.named_at)",
        new="sa.true(), col(PhotoUse.named_at)",
        tests=(
            f"{PREVIEW_TESTS}::"
            "test_a_preview_sent_by_a_stranger_before_a_record_names_its_id_is_not_shown_as_the_records",
        ),
        wall_is_down=True,
    ),
    Mutant(
        name="preview_by_the_inspected",
        why="An enterprise shows the office a picture of its own in the place of what an officer photographed.",
        file="services/photos/arrival.py",
        old="is_welcome = any(use.named_by == actor.id or actor.role is not Role.ENTERPRISE for use in place.seen)",
        new="is_welcome = bool(place.seen)",
        tests=(
            f"{PREVIEW_TESTS}::"
            "test_who_sees_the_report_brings_the_preview_but_no_enterprise_shows_what_an_officer_named",
        ),
    ),
    Mutant(
        name="preview_outlives_its_original",
        why="A picture that nobody can check lies beside the evidence for good.",
        file="services/photos/arrival.py",
        old="    if replaced:\n",
        new="    if not replaced:\n",
        tests=(f"{PREVIEW_TESTS}::test_the_original_takes_the_place_of_its_preview_whatever_the_reader_holds",),
    ),
    Mutant(
        name="preview_tells_no_difference",
        why="The office takes a small picture made by an app for the evidence itself.",
        file="api/v1/photos.py",
        old='headers = {**PRIVATE, "ETag": etag, "Zhicha-Preview": "true"}',
        new='headers = {**PRIVATE, "ETag": etag}',
        tests=(f"{PREVIEW_TESTS}::test_the_office_sees_a_preview_at_once_and_that_it_is_one",),
    ),
    Mutant(
        name="voice_note_without_end",
        why="A store that is meant for notes of a minute fills with recordings of hours.",
        file="services/photos/voice.py",
        old="    if seconds > MOST_SECONDS + SLACK_SECONDS:\n        raise",
        new="    if seconds < 0:\n        raise",
        tests=(f"{READERS}::test_more_than_a_minute_is_too_long",),
    ),
    Mutant(
        name="voice_note_for_a_photo",
        why="A re-inspection passes on a voice note: nobody photographed that anything was cured.",
        file="services/inspections/apply.py",
        old="if i not in no_scenes",
        new="if i or no_scenes",
        tests=(f"{VOICE_TESTS}::test_a_voice_note_alone_is_no_new_photo_of_a_reinspection",),
    ),
)
