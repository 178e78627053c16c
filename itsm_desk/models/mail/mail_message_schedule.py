from odoo import api, models

from ..intent.leaving_mail import notifying_later


class MailMessageSchedule(models.Model):
    """Messages that are sent later bring the same links as those that are sent now."""

    _inherit = "mail.message.schedule"

    @api.model
    def _send_notifications_cron(self):
        with notifying_later():
            return super()._send_notifications_cron()
