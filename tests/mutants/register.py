"""Faults in what becomes of two enterprises that are one, in who may be one, and in how often an item failed."""

from tests.mutants.mutant import Mutant

MERGED = "tests/api/test_enterprises_merged.py"
ALIKE = "tests/api/test_enterprises_alike.py"
COMES_BACK = "test_a_row_of_what_was_merged_into_another_town_does_not_come_back_and_tells_nothing_of_where_it_went"
FITTING = "tests/api/test_fitting_checklist.py"

REGISTER = (
    Mutant(
        name="merger_leaves_the_contacts",
        why="The contact of what was merged sees nothing any more, and its open orders wait for nobody.",
        file="services/enterprises/merging.py",
        old="    await _take_people_along(tx, actor, enterprise.id, keeper.id, at)\n",
        new="",
        tests=(f"{MERGED}::test_what_was_begun_goes_on_and_the_contacts_of_both_are_of_the_one",),
    ),
    Mutant(
        name="merger_leaves_the_tallies",
        why="What failed at the merged one counts for ever in the village that it never lay in.",
        file="services/enterprises/merging.py",
        old="    await tallies.take_along(tx, enterprise.id, Trade.of(enterprise), Trade.of(keeper))\n",
        new="",
        tests=(f"{MERGED}::test_counts_follow_to_where_the_kept_one_lies_and_the_check_of_the_past_finds_nothing",),
    ),
    Mutant(
        name="likely_duplicates_out_of_sight",
        why="A village learns the names on its neighbour's register by registering likely ones.",
        file="services/enterprises/duplicates.py",
        old="    query = sa.select(Enterprise).where(sees(actor, Enterprise), alike)\n",
        new="    query = sa.select(Enterprise).where(alike)\n",
        tests=(f"{ALIKE}::test_what_is_out_of_sight_is_named_to_nobody",),
        wall_is_down=True,
    ),
    Mutant(
        name="likely_duplicates_of_later",
        why="A phone that sends its registration again is told of what came after it, and takes it for another answer.",
        file="services/enterprises/duplicates.py",
        old="        query = query.where(col(Enterprise.created_at) <= until)\n",
        new="        pass\n",
        tests=(f"{ALIKE}::test_the_same_registration_sent_again_has_the_first_answer_whatever_came_after_it",),
    ),
    Mutant(
        name="merged_away_of_everybody",
        why="By a row with a guessed name a town learns what was merged away in another one.",
        file="services/imports/merged_away.py",
        old='        if actor.covers(region) and _in_trades(actor, before.get("industries", now)):\n',
        new="        if region:\n",
        tests=(f"{MERGED}::{COMES_BACK}",),
    ),
    Mutant(
        name="tallies_count_patrols",
        why="An item looks safer than it is: a walk through the village counts as an inspection that found nothing.",
        file="services/tallies.py",
        old="UNCOUNTED = frozenset({InspectionKind.PATROL, InspectionKind.REINSPECTION})\n",
        new="UNCOUNTED = frozenset({InspectionKind.REINSPECTION})\n",
        tests=(f"{FITTING}::test_patrols_and_reinspections_count_in_no_rate",),
    ),
    Mutant(
        name="tallies_stay_behind",
        why="An enterprise that moves is counted in both villages.",
        file="services/tallies.py",
        old="    sums = await _sums(tx, of_it)\n    _add(tx, was, sums, sign=-1)\n",
        new="    sums = await _sums(tx, of_it)\n",
        tests=(f"{FITTING}::test_what_was_answered_follows_an_enterprise_to_its_new_region_and_trade",),
    ),
)
