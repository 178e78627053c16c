"""Mark objections of before that repeat another one, so that none has to go.

Each vendor objects to an award once from now on. An objection is evidence, and each
that is open keeps its award from becoming final: all stay, and are decided as before.
"""

from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Mark each objection that follows another of the same bid to the same award."""
    if not version:
        return
    if not column_exists(cr, "outsourcing_objection", "is_repeated"):
        cr.execute("ALTER TABLE outsourcing_objection ADD COLUMN is_repeated boolean")
    cr.execute(
        """
        UPDATE outsourcing_objection later SET is_repeated = TRUE
         WHERE is_repeated IS NOT TRUE
           AND EXISTS (
               SELECT FROM outsourcing_objection earlier
                WHERE earlier.award_id = later.award_id
                  AND earlier.bid_id = later.bid_id
                  AND earlier.id < later.id
           )
        """
    )
