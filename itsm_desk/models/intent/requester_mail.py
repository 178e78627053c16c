"""What the desk posts on a ticket by itself, for its requester.

Functions, as evaluated code can call methods of records and would write to requesters
in the name of the desk.
"""

from contextlib import nullcontext

from ..base.current_mail import CurrentMail, current_mail, filing
from .itsm_mail_intent import makes, note, read_values

KIND = "requester"
FILED = "itsm_desk.mail_template_ticket_filed"
TEMPLATE_FIELDS = (
    *("attachment_ids", "body_html", "lang"),
    *("partner_to", "report_template_ids", "subject"),
)
"""What is rendered of a template that is posted to a requester."""


def note_for_requester(tickets, template, needs):
    """Note that a template is posted to the requester of each ticket.

    What answers a mail that is filed now goes to its thread. While its sender writes
    like a program, only the desk is told.

    :param str template: XML id
    :param needs: names of fields without whose value of now it is not posted
    """
    # sudo: whoever takes the step need not read the requester.
    recipients = [(ticket, ticket.partner_id) for ticket in tickets.sudo()]
    mail = current_mail.get()
    values = {}
    if mail:
        values["answered_mail"] = mail.message_id
        values["is_quiet"] = not mail.is_answered
    note(KIND, template, recipients, values=values, needs=needs)


def tell_desk(ticket, row):
    """Say on the ticket that the requester was not told, and who should do it."""
    template = row.env.ref(row.template, raise_if_not_found=False)
    name = template.name if template else row.template
    ticket._message_log(
        body=ticket.env._(
            'The requester was not told: the mail "%s" could not be made. An '
            "administrator finds the reason in the list of mails of steps.",
            name,
        ),
        author_id=ticket.env.ref("base.partner_root").id,
    )
    ticket._call_desk(ticket.env._("Tell the requester: a mail failed"), ticket)


@makes(KIND, tell=tell_desk)
def post_to_requester(ticket, row):
    """Post a rendered template to the requester, in the language of the template.

    The team writes it, not whoever's act it follows from.
    """
    values = read_values(ticket, row)
    ticket = ticket.with_context(mail_notify_author_mention=True)
    template = ticket.env.ref(row.template)
    text = template._generate_template(ticket.ids, TEMPLATE_FIELDS)[ticket.id]
    with _answering(values):
        ticket.message_post(
            attachment_ids=text.get("attachment_ids"),
            attachments=text.get("attachments"),
            author_id=ticket.company_id.partner_id.id,
            body=text["body_html"],
            email_add_signature=False,
            email_from=ticket._get_desk_sender(),
            email_layout_xmlid="mail.mail_notification_layout",
            force_email_lang=text["lang"],
            mail_auto_delete=template.auto_delete,
            message_type="auto_comment",
            # Whoever joined since the filing is told by what made them join.
            notify_skip_followers=row.template == FILED,
            partner_ids=text.get("partner_ids"),
            subject=text["subject"],
            subtype_xmlid="mail.mt_comment",
        )


def _answering(values):
    """Post as an answer to the mail from which the ticket or the step came."""
    if "answered_mail" not in values:
        return nullcontext()
    mail = CurrentMail(
        message_id=values["answered_mail"], is_storm=bool(values.get("is_quiet"))
    )
    return filing(mail)
