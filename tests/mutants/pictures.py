"""Faults in what decoders hold, in uploads by pieces, and in what shows that something was cured."""

from tests.mutants.mutant import Mutant

JOB_TESTS = "tests/system/test_photo_jobs.py"
STRIP_TESTS = "tests/unit/test_photo_strips.py"
UPLOAD_TESTS = "tests/api/test_uploads.py"
VOICE_TESTS = "tests/api/test_photos_voice.py"

PICTURES = (
    Mutant(
        name="two_heavy_pictures",
        why="Two pictures of 50 megapixels are decoded at once: a gigabyte on a machine of two.",
        file="services/jobs/pictures.py",
        old="alone=context.job.lock == HEAVY_PICTURE",
        new="alone=True",
        tests=(f"{JOB_TESTS}::test_heavy_pictures_are_made_one_at_a_time_and_others_beside_them",),
    ),
    Mutant(
        name="too_heavy_is_tried",
        why="A picture whose header asks for gigabytes comes to its decoder.",
        file="services/photos/derivatives.py",
        old="if seen.held > HELD_AT_MOST:",
        new="if seen.held < 0:",
        tests=(f"{JOB_TESTS}::test_a_picture_too_heavy_to_decode_keeps_its_original_and_says_so_at_every_look",),
    ),
    Mutant(
        name="strip_without_its_past",
        why="The first row of each strip is filtered against nothing: a picture in stripes of false colours.",
        file="services/photos/strips.py",
        old="yield picture",
        new='before = b""; yield picture',
        tests=(f"{STRIP_TESTS}::test_the_strips_of_a_png_are_the_picture_that_pillow_decodes_whole",),
    ),
    Mutant(
        name="sound_shows_the_cure",
        why="A voice note that is named as a photo counts as the picture of what was cured.",
        file="services/photos/naming.py",
        old="col(Photo.duration_s).is_not(None))",
        new="sa.false())",
        tests=(f"{VOICE_TESTS}::test_a_sound_that_is_named_as_an_ordinary_photo_shows_nothing_either",),
    ),
    Mutant(
        name="claim_at_any_offset",
        why="Bytes are appended where others lie already: a photo that no phone ever took.",
        file="services/uploads/appending.py",
        old='col(Upload.received) == sa.bindparam("offset"),',
        new='sa.bindparam("offset", type_=sa.BigInteger) >= 0,',
        tests=(f"{UPLOAD_TESTS}::test_a_wrong_offset_is_told_the_right_one",),
    ),
)
