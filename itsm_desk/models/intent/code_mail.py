"""The one-time code with which a requester signs at the desk, and its mail.

Somebody stands at the counter and waits: there are few tries, close to each other, and
whoever asked for the code is told as soon as it is clear that none will come.

Functions, as evaluated code can call methods of records and would learn a code.
"""

import re
import secrets
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from ..base.grants import server_write
from .itsm_mail_intent import NoFurtherTry, makes

CODE_KIND = "sign_off_code"
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODE_MINUTES = 30
CODE_PAUSES = (0, 0.5, 2)
"""Minutes until each further try to send a code."""
REFUSED_FOR_GOOD = re.compile(r"\(5\d\d, b['\"]")
"""What Python says of an answer with which a mail server refuses for good."""
HOPELESS_TYPES = frozenset(
    {
        "mail_email_invalid",
        "mail_email_missing",
        "mail_from_invalid",
        "mail_from_missing",
    }
)


def tell_no_code(ticket, row):
    """Say on the ticket, and to whoever asked for it, that no code went out.

    Another one can be asked for at once.
    """
    text = ticket.env._(
        "The sign-off code could not be mailed to %s. Send a new one when mails go "
        "out again, or let the requester sign in the portal.",
        ticket.partner_email,
    )
    ticket._message_log(body=text, author_id=ticket.env.ref("base.partner_root").id)
    row.user_id._bus_send(
        "simple_notification",
        {
            "type": "danger",
            "title": ticket.name,
            "message": f"{text} {row.problem or ''}".strip(),
            "sticky": True,
        },
    )
    values = {"sign_off_code_hash": False, "sign_off_code_expiry": False}
    server_write(ticket, values)


@makes(CODE_KIND, tell=tell_no_code, pauses=CODE_PAUSES)
def mail_code(ticket, row):
    """Make a code and send it outside the ticket's chatter, which technicians read.

    :raise UserError: if it cannot be sent, :class:`NoFurtherTry` where it never can
    """
    now = fields.Datetime.now()
    if ticket.sign_off_code_expiry < now:
        raise NoFurtherTry(ticket.env._("The requester has left the desk by now."))
    code = "".join(secrets.choice(CODE_ALPHABET) for _i in range(CODE_LENGTH))
    server_write(
        ticket,
        {
            "sign_off_code_hash": ticket._hash_code(code),
            "sign_off_code_expiry": now + timedelta(minutes=CODE_MINUTES),
        },
    )
    _send(ticket, row, code)
    ticket._message_log(
        body=ticket.env._("A sign-off code was sent to %s.", ticket.partner_email),
        author_id=ticket.env.user.partner_id.id,
    )


def _send(ticket, row, code):
    read = ticket.with_context(lang=ticket.partner_id.lang or ticket.env.lang)
    body = read.env["ir.qweb"]._render(
        row.template, {"ticket": read, "code": code, "minutes": CODE_MINUTES}
    )
    root = ticket.env.ref("base.user_root")
    # sudo: technicians write no mails, and do not become the author of this one
    mail = ticket.env["mail.mail"].with_user(root).sudo()
    mail = mail.create(
        {
            "subject": read.env._(
                "Code to sign off %(number)s: for your eyes", number=ticket.name
            ),
            "body_html": body,
            "email_to": ticket.partner_email,
            "email_from": ticket.company_id.email_formatted or root.email_formatted,
            "author_id": root.partner_id.id,
            # Core would delete one to a wrong address, too, as if it had been sent.
            "auto_delete": False,
        }
    )
    mail.send()
    if mail.state == "exception":
        # It would stay with its code, which administrators read.
        problem = mail.failure_reason or ticket.env._("The mail was not taken.")
        is_hopeless = mail.failure_type in HOPELESS_TYPES
        if is_hopeless or REFUSED_FOR_GOOD.search(problem):
            raise NoFurtherTry(problem)
        raise UserError(problem)
    if mail.state == "sent":
        mail.unlink()
    else:
        mail.auto_delete = True
