"""The second wall: row security repeats the sight rule of services/access.py (design 6, decision 0012).

Each transaction says who acts in settings of its own (services/wall.py); where one is unset or empty, nothing is seen.
A role's box is a range of regions and a range of enterprises: only leakproof operators reach an index, and a range
that holds everything needs no OR.

Revision: 0004, after 0003.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def said(name: str) -> str:
    """A setting of this transaction, null where nobody said it. In a subquery, so that it is read once a statement."""
    return f"(SELECT nullif(current_setting('zhicha.{name}', true), ''))"


def said_id(name: str) -> str:
    """The same as an id."""
    return f"(SELECT nullif(current_setting('zhicha.{name}', true), '')::uuid)"


ACTS = said("acts")
ME = said_id("user")
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
"""A job of the office's own, or a question that must look beyond sight and says so."""
ANYBODY = f"({ACTS} IS NOT NULL)"
SIGNED_IN = f"({ACTS} <> 'door')"
ALL_TRADES = "(SELECT current_setting('zhicha.trades', true) = '*')"
TRADES = "(SELECT string_to_array(current_setting('zhicha.trades', true), ','))"


def box(region: str, enterprise_id: str) -> str:
    """In the actor's region and of an enterprise they may see, trades apart."""
    return (
        f"{region} >= {said('region_from')} AND {region} < {said('region_to')} "
        f"AND {enterprise_id} >= {said_id('enterprise_from')} AND {enterprise_id} <= {said_id('enterprise_to')}"
    )


def sight(region: str = "region", enterprise_id: str = "enterprise_id", industry: str | None = None) -> str:
    """The rule of sight; a finding is also seen by its own industry."""
    trades = f"{ALL_TRADES} OR is_in_trades({enterprise_id})"
    if industry is not None:
        trades = f"{trades} OR {industry} = ANY ({TRADES}::text[])"
    return f"{box(region, enterprise_id)} AND ({trades})"


def with_row(table: str, key: str, of: str) -> str:
    """Seen with the row that it belongs to."""
    return f"EXISTS (SELECT FROM {table} parent WHERE parent.{key} = {of})"


IN_HELD_REGION = (
    f"held_region >= {said('region_from')} AND held_region < {said('region_to')} "
    f"AND {ACTS} IN ('office', 'department', 'leader') AND {ALL_TRADES}"
)
TAKES_HOLD = (
    "EXISTS (SELECT FROM photo_use named WHERE named.photo_id = photo.id AND (named.declared_sha256 = photo.sha256 "
    "OR named.declared_sha256 IS NULL AND (named.named_by = photo.uploaded_by OR named.named_at < photo.stored_at)))"
)
ACCOUNTS = f"({ACTS} = 'admin' OR actor_id = {ME} OR (SELECT current_setting('zhicha.hats', true) <> ''))"
"""Who reads what was done to accounts; which hat reads what is the application's to say."""

SUBJECTS = {
    "enterprise": with_row("enterprise", "id", "subject_id"),
    "enterprise_import": with_row("enterprise_import", "id", "subject_id"),
    "visit": with_row("visit", "id", "subject_id"),
    "inspection": with_row("inspection", "id", "subject_id"),
    "finding": with_row("finding", "id", "subject_id"),
    "orders": with_row("orders", "id", "subject_id"),
    "photo": with_row("photo", "id", "subject_id"),
    "rectification_plan": with_row("rectification_plan", "id", "subject_id"),
    "extension": with_row("extension", "id", "subject_id"),
    "rectification": with_row("rectification", "id", "subject_id"),
    "transfer": with_row("transfer", "id", "subject_id"),
    "withdrawal": with_row("withdrawal", "id", "subject_id"),
    "write_off": with_row("write_off", "id", "subject_id"),
    "log_epoch": SIGNED_IN,
    "organ": SIGNED_IN,
    "region": SIGNED_IN,
    "department": SIGNED_IN,
}
EVENT = " ".join(["CASE subject", *(f"WHEN '{name}' THEN {rule}" for name, rule in SUBJECTS.items())])

FINDINGS = ("rectification_plan", "extension", "rectification", "write_off", "transfer", "withdrawal")
INSPECTIONS = ("inspection_inspector", "inspection_version", "answer", "reinspection_result")
ORDERS = ("ordered_finding", "order_document")

SEEN: dict[str, str] = {
    "enterprise": f"{box('region', 'id')} AND ({ALL_TRADES} OR is_in_trades(id) OR has_finding_in_trades(id))",
    "enterprise_industry": with_row("enterprise", "id", "enterprise_id"),
    "name_bigram": box("region", "enterprise_id"),
    "enterprise_import": f"made_by = {ME}",
    "visit": (
        f"made_by = {ME} OR approver_id = {ME} OR is_named_for_visit(id) "
        f"OR arrived_at IS NOT NULL AND {ACTS} <> 'enterprise' AND {sight()}"
    ),
    "visit_inspector": f"user_id = {ME} OR {with_row('visit', 'id', 'visit_id')}",
    "inspection": (
        f"submitted_by = {ME} OR {IN_HELD_REGION} OR state = 'accepted' AND {box('region', 'enterprise_id')} "
        f"AND ({ALL_TRADES} OR is_in_trades(enterprise_id) OR found_something_in_trades(id))"
    ),
    **{table: with_row("inspection", "id", "inspection_id") for table in INSPECTIONS},
    "finding": f"{sight(industry='industry')} OR is_reported_by_actor(inspection_id)",
    **{table: with_row("finding", "id", "finding_id") for table in FINDINGS},
    "orders": (
        f"({ALL_TRADES} OR is_in_trades(enterprise_id) OR orders_something_in_trades(id)) "
        f"AND {with_row('enterprise', 'id', 'enterprise_id')}"
    ),
    **{table: with_row("orders", "id", "order_id") for table in ORDERS},
    "photo_use": (
        f"named_by = {ME} OR {sight()} OR region IS NULL AND {with_row('inspection', 'id', 'inspection_id')} "
        f"OR finding_id IS NOT NULL AND {with_row('finding', 'id', 'finding_id')}"
    ),
    "photo": f"uploaded_by = {ME} OR {TAKES_HOLD}",
    "finding_delta": (
        f"region >= {said('region_from')} AND region < {said('region_to')} AND {ACTS} NOT IN ('admin', 'enterprise') "
        f"AND ({ALL_TRADES} OR industry = ANY ({TRADES}::text[]))"
    ),
    "event": f"{EVENT} ELSE {ACCOUNTS} END",
    "act": SIGNED_IN,
    "users": ANYBODY,
    "device_session": ANYBODY,
    "sign_in_failure": ANYBODY,
}
"""Whoever signs in is nobody yet: the door sees accounts, sessions and failures, and nothing else."""

AT_THE_DOOR = {"users", "device_session", "sign_in_failure", "event"}

QUESTIONS = {
    # A trade's policy asks for its enterprise, whose policy asks for its trades; visits and their officers likewise.
    "is_in_trades(asked uuid)": """
        SELECT FROM enterprise_industry
        WHERE enterprise_id = asked AND industry = ANY (string_to_array(current_setting('zhicha.trades', true), ','))
    """,
    # Who sees a finding by its own trade reads with it the enterprise's name, how it was found, and what was ordered.
    "has_finding_in_trades(asked uuid)": """
        SELECT FROM finding
        WHERE enterprise_id = asked AND industry = ANY (string_to_array(current_setting('zhicha.trades', true), ','))
    """,
    "found_something_in_trades(asked uuid)": """
        SELECT FROM finding
        WHERE inspection_id = asked AND industry = ANY (string_to_array(current_setting('zhicha.trades', true), ','))
    """,
    "orders_something_in_trades(asked uuid)": """
        SELECT FROM ordered_finding JOIN finding ON finding.id = ordered_finding.finding_id
        WHERE ordered_finding.order_id = asked
            AND finding.industry = ANY (string_to_array(current_setting('zhicha.trades', true), ','))
    """,
    "is_named_for_visit(asked uuid)": """
        SELECT FROM visit_inspector
        WHERE visit_id = asked AND user_id = nullif(current_setting('zhicha.user', true), '')::uuid
    """,
    # An officer who moved away still sees, and may amend, what they reported themselves.
    "is_reported_by_actor(asked uuid)": """
        SELECT FROM inspection
        WHERE id = asked AND submitted_by = nullif(current_setting('zhicha.user', true), '')::uuid
    """,
    # What is out of sight holds bytes and photos all the same: they are neither swept nor put aside.
    "are_bytes_named(asked text)": "SELECT FROM photo WHERE sha256 = asked",
    "is_photo_named(asked uuid)": "SELECT FROM photo_use WHERE photo_id = asked",
    # An id is taken by whatever stands under it, and the answer to that tells nothing else.
    "is_any_a_finding(asked uuid[])": "SELECT FROM finding WHERE id = ANY (asked)",
    "is_an_enterprise(asked uuid)": "SELECT FROM enterprise WHERE id = asked",
}
"""Yes or no, answered as the owner, whatever the actor sees."""


def question(signature: str, rows: str) -> str:
    """A function that says whether there are such rows."""
    return (
        f"CREATE FUNCTION {signature} RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER "
        f"SET search_path = pg_catalog, public AS $$ BEGIN RETURN EXISTS ({rows}); END $$"
    )


def upgrade() -> None:
    # A number that the database gives is read back by its writer, and an enterprise's account may not read counts.
    op.execute("ALTER TABLE finding_delta ALTER COLUMN id DROP IDENTITY")
    op.execute("ALTER TABLE finding_delta ALTER COLUMN id TYPE uuid USING gen_random_uuid()")
    op.execute("ALTER TABLE finding_delta ALTER COLUMN id SET DEFAULT gen_random_uuid()")
    for signature, rows in QUESTIONS.items():
        op.execute(question(signature, rows))
    for table, seen in SEEN.items():
        may_add = ANYBODY if table in AT_THE_DOOR else SIGNED_IN
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY sight ON {table} USING ({FREE} OR ({seen})) WITH CHECK ({may_add})")


def downgrade() -> None:
    for table in SEEN:
        op.execute(f"DROP POLICY sight ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for signature in QUESTIONS:
        op.execute(f"DROP FUNCTION {signature.partition('(')[0]}")
    op.execute("ALTER TABLE finding_delta ALTER COLUMN id DROP DEFAULT")
    op.execute("ALTER TABLE finding_delta DROP COLUMN id")
    op.execute("ALTER TABLE finding_delta ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
