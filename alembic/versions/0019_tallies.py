"""How often each item was answered and failed, by trade and region; an item may be skipped.

What is there already is counted here by the rule of services/tallies.py. Seen like the statistics: by region and the
department's own trades, and by no enterprise.

Revision: 0019, after 0018.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RESULTS = "('pass', 'fail', 'not_applicable', 'skipped')"
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
ACTS = "(SELECT nullif(current_setting('zhicha.acts', true), ''))"
SEEN = (
    "region >= (SELECT nullif(current_setting('zhicha.region_from', true), '')) "
    "AND region < (SELECT nullif(current_setting('zhicha.region_to', true), '')) "
    f"AND {ACTS} NOT IN ('admin', 'enterprise') "
    "AND ((SELECT current_setting('zhicha.trades', true) = '*') "
    "OR industry = ANY ((SELECT string_to_array(current_setting('zhicha.trades', true), ','))::text[]))"
)
COUNT_ALL = """
    INSERT INTO tally_delta (item, industry, region, answered, failed)
    SELECT item, industry, region, count(*), count(*) FILTER (WHERE failed) FROM (
        SELECT said.item, enterprise.main_industry AS industry, inspection.region, bool_or(said.failed) AS failed
        FROM (
            SELECT inspection_id, item, result = 'fail' AS failed, false AS found, false AS withdrawn
            FROM answer WHERE result IN ('pass', 'fail')
            UNION ALL
            SELECT inspection_id, item, state <> 'withdrawn', state <> 'withdrawn', state = 'withdrawn'
            FROM finding WHERE item IS NOT NULL
        ) AS said
        JOIN inspection ON inspection.id = said.inspection_id
        JOIN enterprise ON enterprise.id = inspection.enterprise_id
        WHERE inspection.state = 'accepted' AND inspection.kind NOT IN ('patrol', 'reinspection')
        GROUP BY inspection.id, said.item, enterprise.main_industry, inspection.region
        HAVING bool_or(said.found) OR NOT bool_or(said.withdrawn)
    ) AS each GROUP BY item, industry, region
"""


def upgrade() -> None:
    op.create_table(
        "tally_delta",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), primary_key=True),
        sa.Column("item", sa.String(32, collation="C"), nullable=False),
        sa.Column("industry", sa.String(32, collation="C"), nullable=False),
        sa.Column("region", sa.String(12, collation="C"), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
    )
    op.create_index("ix_tally_delta_item_region", "tally_delta", ["item", "region"])
    op.execute(COUNT_ALL)
    op.execute("ALTER TABLE tally_delta ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON tally_delta USING ({FREE} OR ({SEEN})) WITH CHECK ({ACTS} <> 'door')")
    # Last, and not validated, so that reports wait for no scan: what is there was held to the narrower rule.
    op.drop_constraint(op.f("ck_answer_answerresult"), "answer")
    op.execute(f"ALTER TABLE answer ADD CONSTRAINT ck_answer_answerresult CHECK (result IN {RESULTS}) NOT VALID")


def downgrade() -> None:
    op.drop_table("tally_delta")
    op.execute("DELETE FROM answer WHERE result = 'skipped'")
    op.drop_constraint(op.f("ck_answer_answerresult"), "answer")
    op.create_check_constraint(op.f("ck_answer_answerresult"), "answer", "result IN ('pass', 'fail', 'not_applicable')")
