"""File a complaint by the link of a mail, without a log-in.

A function, as evaluated code can call methods of records. What is said of the answer
is in ``quality/complaint_links``.
"""

from odoo.exceptions import AccessError

from ..quality.complaint_filing import file_complaint_of_requester
from ..quality.complaint_links import (
    check_form,
    check_holder,
    get_ended_text,
    log_link,
)
from ..ticket.ticket_links import is_complain_link


def complain_by_link(ticket, link, values):
    """File a complaint about ``ticket`` as the holder of the link in its mail.

    :param str link: from the mail
    :param dict values: see ``file_complaint_of_requester``
    :return: the complaint, in sudo
    :raise AccessError: for a wrong link, or another person who is logged in
    """
    # sudo: whoever holds the link may have no account; it is compared next
    ticket = ticket.sudo()
    if not ticket or not is_complain_link(ticket, link):
        raise AccessError(get_ended_text(ticket.env))
    check_holder(ticket.env, ticket.partner_id)
    address = check_form(ticket.env)
    complaint = file_complaint_of_requester(ticket, values)
    log_link(complaint, link, address)
    return complaint
