"""Faults in what photos tell: a stranger's picture is shown, a pair is missed, a cheat sees which trick was seen."""

from tests.mutants.mutant import Mutant

MATCHING = "services/photos/matching.py"
BESIDE = "services/findings/before_after.py"
MATCH_TESTS = "tests/system/test_photo_matches.py"
BESIDE_TESTS = "tests/system/test_before_after.py"

LIKENESSES = (
    Mutant(
        name="match_shown_out_of_sight",
        why="Whoever has a picture like it reads another town's photo, its enterprise and its officer.",
        file=MATCHING,
        old="col(Photo.id) != photo.id, sees_photo(actor))",
        new="col(Photo.id) != photo.id)",
        tests=(f"{MATCH_TESTS}::test_of_what_is_out_of_sight_one_word_is_said_and_nothing_else",),
        wall_is_down=True,
    ),
    Mutant(
        name="chance_likeness_told_of",
        why="Among a county's photos every foggy morning is said to be used elsewhere, and nobody heeds it any more.",
        file=MATCHING,
        old="for sha256, distance in like.items() if distance <= near)",
        new="for sha256 in like)",
        tests=(f"{MATCH_TESTS}::test_a_likeness_far_away_must_be_nearer_than_one_at_hand",),
    ),
    Mutant(
        name="likes_searched_too_soon",
        why="Two photos that come at once do not see each other, and the pair is never found.",
        file=MATCHING,
        old="        await ask_for_likes(tx, {sha256})",
        new="        await search(tx, sha256, at=at)",
        tests=(f"{MATCH_TESTS}::test_of_two_that_come_at_once_each_blind_to_the_other_the_pair_is_kept",),
    ),
    Mutant(
        name="flags_told_to_the_enterprise",
        why="Who cheated reads which trick was seen, and does better the next time.",
        file=BESIDE,
        old="file = await _file(tx, finding, named) if actor.may(Deed.COMPARE_PHOTOS) else None",
        new="file: File | None = await _file(tx, finding, named)",
        tests=(f"{BESIDE_TESTS}::test_the_enterprise_and_the_village_see_the_photos_and_no_flags",),
    ),
    Mutant(
        name="first_user_of_a_photo_accused",
        why="An honest enterprise is flagged because somebody took its photo later.",
        file=BESIDE,
        old="u.named_at < use.named_at and u.enterprise_id",
        new="u.enterprise_id",
        tests=(f"{BESIDE_TESTS}::test_who_was_there_first_is_not_flagged_for_who_came_later",),
    ),
)
