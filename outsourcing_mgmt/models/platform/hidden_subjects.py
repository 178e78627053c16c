"""The name of a document tells its subject to those who may read it.

Core shows the name of whatever a many2one links in the rights of the server: on orders
and bills, to people who read no tender and no contract.
"""

from odoo import SUPERUSER_ID


def find_told(records):
    """Return the records whose subject the user may read; of others only the number.

    Vendors and outside experts read documents by our pages, which ask themselves. What
    nobody has saved yet is told to whoever enters it.
    """
    env = records.env
    if not env.su or env.uid == SUPERUSER_ID or env.user.share:
        return records
    stored = records._origin
    # sudo: none; the user is judged.
    shown = set(stored.sudo(False)._filtered_access("read")._ids)
    return records.filtered(
        lambda record: not record._origin or record._origin.id in shown
    )
