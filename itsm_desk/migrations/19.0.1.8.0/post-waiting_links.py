"""Mails that wait carry places; their links are put in when they leave."""

from odoo import SUPERUSER_ID, api

from odoo.addons.itsm_desk.models.quality.complaint_links import get_answer_token
from odoo.addons.itsm_desk.models.ticket.ticket_links import get_sign_off_token
from odoo.addons.itsm_desk.tools.mailed_link import replace_links

MAILS = """
    SELECT mail.id, mail.body_html, message.model, message.res_id
      FROM mail_mail mail
      JOIN mail_message message ON message.id = mail.mail_message_id
     WHERE message.model IN ('itsm.ticket', 'itsm.complaint', 'itsm.survey.invitation')
       AND mail.body_html ~ '(token|link)='
"""
MESSAGES = """
    SELECT id, body FROM mail_message
     WHERE model = 'itsm.survey.invitation' AND body ~ 'token='
"""
TEXTS = """
    SELECT id, text FROM itsm_chat_message
     WHERE direction = 'out' AND text ~ '(token|link)='
"""


def migrate(cr, version):
    """Take live links out of mails and texts that were made before."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(MAILS)
    for mail_id, body, model, res_id in cr.fetchall():
        key = _find_key(env[model].browse(res_id).exists(), body)
        cr.execute(
            "UPDATE mail_mail SET body_html = %s WHERE id = %s",
            (replace_links(body, key), mail_id),
        )
    cr.execute(MESSAGES)
    for message_id, body in cr.fetchall():
        cr.execute(
            "UPDATE mail_message SET body = %s WHERE id = %s",
            (replace_links(body), message_id),
        )
    cr.execute(TEXTS)
    for row_id, text in cr.fetchall():
        ticket = env["itsm.chat.message"].browse(row_id).ticket_id
        cr.execute(
            "UPDATE itsm_chat_message SET text = %s WHERE id = %s",
            (replace_links(text, _find_key(ticket, text)), row_id),
        )


def _find_key(record, text):
    """Return the number of the solution or answer whose link is in the text."""
    if record and record._name == "itsm.ticket" and get_sign_off_token(record) in text:
        return record.handling_id.id or ""
    if record and record._name == "itsm.complaint" and get_answer_token(record) in text:
        return int(record.answered_at.timestamp())
    return ""
