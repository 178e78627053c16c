"""Who came to a vendor after it got its work."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError

from ..base.grants import (
    is_evaluated_code_running,
    is_granted,
    server_write,
    spend,
)

MOVED_ON = "itsm_moved_on"


@contextmanager
def noting_move(users, vals):
    """Note whom the block, which writes ``vals`` on users, gives another company.

    Contacts of vendors are moved by employees, and a person of one vendor would read
    what another one got.

    :raise AccessError: where ``vals`` say when somebody was moved, from outside
    """
    if MOVED_ON in vals:
        if not is_granted(users, names={MOVED_ON}):
            refuse_moved_on(users)
        spend(users)
    before = get_companies(users) if "partner_id" in vals else {}
    yield
    note_moved(before)


def refuse_moved_on(users):
    """Raise where somebody wants to write when a portal user was moved."""
    raise AccessError(
        users.env._("When a portal user was moved is noted and cannot be written.")
    )


def get_moved_users(partners):
    """Return the portal users whose company follows from that of ``partners``."""
    # sudo: whoever moves contacts need not read their users.
    users = partners.env["res.users"].sudo().with_context(active_test=False)
    return users.search(
        [("share", "=", True), ("partner_id", "child_of", partners.ids)]
    )


def get_companies(users):
    """Return ``{user: company}`` of portal users, to be compared after a change."""
    # sudo: whoever moves contacts need not read their users.
    return {user: user.commercial_partner_id for user in users.sudo() if user.share}


def note_moved(before):
    """Note the moment for users whose company is another one than ``before``.

    The server itself, which sets things up, moves nobody to a rival.
    """
    for user, company in before.items():
        is_setup = user.env.uid == SUPERUSER_ID and not is_evaluated_code_running()
        if user.commercial_partner_id != company and not is_setup:
            server_write(user, {MOVED_ON: fields.Datetime.now()})
