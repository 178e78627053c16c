"""Members of a committee whose account became that of another person.

The person who judges is fixed when the member is appointed: log-in, mail address and
contact of the user. When somebody else changes one of them, or sets the password, the
member no longer sees bids nor scores until appointed again. What was scored before
stays until procurement recuses the member, which is possible also when the ranking is
known, by somebody else than who changed the account. Functions, so that evaluated code
has no method to call.
"""

from odoo import fields
from odoo.tools import email_normalize

from ..base.grants import is_evaluated_code_running, server_write
from .outsourcing_bid_person import ENDED_STATES


def read_accounts(users):
    """Return ``{member: account}`` of the users who judge a running tender."""
    # sudo: whoever changes users and contacts has no access to committees.
    members = users.env["outsourcing.committee.member"].sudo()
    if not users:
        return {}
    found = members.search(
        [
            ("user_id", "in", users.ids),
            ("state", "=", "appointed"),
            ("tender_id.state", "not in", ENDED_STATES),
        ]
    )
    return {member: _read(member.user_id) for member in found}


def note_accounts(before, has_password=False):
    """Stop the members whose accounts somebody else has just changed.

    :param dict before: :func:`read_accounts` before the change
    :param bool has_password: whether a password was set; the owner does so by a
        link that was sent to the mail address, as the public user
    """
    for member, account in before.items():
        user = member.user_id
        actor = member.env.user
        if actor == user and not is_evaluated_code_running():
            continue
        is_reset = has_password and not actor._is_public()
        if not is_reset and _read(user) == account:
            continue
        server_write(
            member,
            {
                "account_changed_by_id": actor.id,
                "account_changed_on": fields.Datetime.now(),
                "conflict_state": "none",
            },
        )
        member._audit("account_changed", {"by": actor.login})
        member.message_post(
            body=member.env._(
                "The account of %(person)s was changed by %(user)s: the member sees no "
                "bid until procurement recuses and appoints the person again.",
                person=member.partner_id.name,
                user=actor.name,
            )
        )


def _read(user):
    # sudo: as above; log-in providers open the account, too.
    user = user.sudo()
    names = ("oauth_uid", "oauth_provider_id")
    return (
        user.login,
        user.partner_id.id,
        email_normalize(user.partner_id.email or "") or "",
        *(str(user[name]) for name in names if name in user._fields),
    )
