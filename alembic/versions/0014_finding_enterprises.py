"""Enterprises are found by pinyin, ends of codes, phones and places; size, risk and standardisation level.

What is there already is indexed here, in batches, by the very rules that index what comes.

Revision: 0014, after 0013.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from alembic import op
from services.rules.grid import cells_of
from services.rules.places import Datum, Place, to_wgs84
from services.rules.search_keys import keys_of

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 1000
WORDS = {
    "size": ("enterprisesize", ("large", "medium", "small", "micro")),
    "risk": ("risklevel", ("red", "orange", "yellow", "blue")),
    "standard_level": ("standardlevel", ("1", "2", "3", "A", "B", "C", "D")),
}
FREE = "(SELECT current_setting('zhicha.acts', true) = 'job' OR current_setting('zhicha.lifted', true) = 'yes')"
SIGNED_IN = "(SELECT nullif(current_setting('zhicha.acts', true), '') <> 'door')"
BOX = " AND ".join(
    f"{column} {sign} (SELECT nullif(current_setting('zhicha.{name}', true), '')){kind}"
    for column, sign, name, kind in (
        ("region", ">=", "region_from", ""),
        ("region", "<", "region_to", ""),
        ("enterprise_id", ">=", "enterprise_from", "::uuid"),
        ("enterprise_id", "<=", "enterprise_to", "::uuid"),
    )
)

OLD = sa.table(
    "enterprise",
    *(sa.column(name) for name in ("name", "uscc", "region", "principal_phone", "safety_manager_phone")),
    *(sa.column(name) for name in ("lon", "lat", "crs")),
    sa.column("id", sa.Uuid()),
)
KEY = sa.table("search_key", sa.column("key"), sa.column("region"), sa.column("enterprise_id", sa.Uuid()))
CELL = sa.table(
    "grid_cell",
    *(sa.column(name) for name in ("cell", "region", "lon", "lat")),
    sa.column("enterprise_id", sa.Uuid()),
)


def upgrade() -> None:
    for name, (check, words) in WORDS.items():
        kind = sa.Enum(*words, name=check, native_enum=False, create_constraint=True, length=32)
        op.add_column("enterprise", sa.Column(name, kind, nullable=True))
    op.create_index("ix_enterprise_name_id", "enterprise", ["name", "id"])
    _table("search_key", "key")
    _table(
        "grid_cell", "cell", sa.Column("lon", sa.Float(), nullable=False), sa.Column("lat", sa.Float(), nullable=False)
    )
    _index_all()


def _table(name: str, key: str, *more: sa.Column[float]) -> None:
    op.create_table(
        name,
        sa.Column(key, sa.String(32, collation="C"), primary_key=True),
        sa.Column("region", sa.String(12, collation="C"), primary_key=True),
        sa.Column("enterprise_id", sa.Uuid(), sa.ForeignKey("enterprise.id"), primary_key=True, index=True),
        *more,
    )
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY sight ON {name} USING ({FREE} OR ({BOX})) WITH CHECK ({SIGNED_IN})")


def _index_all() -> None:
    connection = op.get_bind()
    last = None
    while True:
        some = sa.select(OLD).order_by(OLD.c.id).limit(BATCH)
        rows = connection.execute(some if last is None else some.where(OLD.c.id > last)).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(sa.insert(KEY), [key for row in rows for key in _keys(row)])
        cells = [cell for row in rows for cell in _cells(row)]
        if cells:
            connection.execute(sa.insert(CELL), cells)


def _keys(row: sa.Row[tuple[object, ...]]) -> Iterator[dict[str, object]]:
    for key in keys_of(row.name, row.uscc, [row.principal_phone, row.safety_manager_phone]):
        yield {"key": key, "region": row.region, "enterprise_id": row.id}


def _cells(row: sa.Row[tuple[object, ...]]) -> Iterator[dict[str, object]]:
    if row.lon is None or row.lat is None or row.crs is None:
        return
    place = Place(row.lon, row.lat, Datum(row.crs))
    lon, lat = to_wgs84(place)
    for cell in cells_of(place):
        yield {"cell": cell, "region": row.region, "enterprise_id": row.id, "lon": lon, "lat": lat}


def downgrade() -> None:
    op.drop_table("grid_cell")
    op.drop_table("search_key")
    op.drop_index("ix_enterprise_name_id", "enterprise")
    for name in reversed(WORDS):
        op.drop_column("enterprise", name)
