"""Tenders began when they were created, and not when the module was updated."""


def migrate(cr, version):
    cr.execute(
        "ALTER TABLE outsourcing_tender ADD COLUMN IF NOT EXISTS begun_at timestamp"
    )
    cr.execute(
        "UPDATE outsourcing_tender SET begun_at = create_date WHERE begun_at IS NULL"
    )
