"""Requests that several roles confirm have the columns of every two-person request."""

RENAMED = {
    "outsourcing_bid_person": {
        "changed_by_id": "requester_id",
        "changes": "reason",
        "confirmed_by_id": "approved_by_id",
        "confirmed_at": "approved_at",
    },
    "outsourcing_price_reader": {"granted_by_id": "requester_id"},
}


def migrate(cr, version):
    for table, columns in RENAMED.items():
        cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
            (table,),
        )
        present = {name for (name,) in cr.fetchall()}
        for old, new in columns.items():
            if old in present and new not in present:
                cr.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
