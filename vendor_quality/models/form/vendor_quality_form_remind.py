from datetime import timedelta

from odoo import fields, models

PAUSE = timedelta(days=1)


class VendorQualityForm(models.Model):
    """Reminds the vendor of a form that waits for his answer."""

    _inherit = "vendor.quality.form"

    def _vendor_quality_remind_vendor(self):
        """Send the vendor a message on the form, at most once a day; count it."""
        self.ensure_one()
        if self.state != "vendor_review" or not self.partner_id.email:
            return 0
        since = fields.Datetime.now() - PAUSE
        if any(
            message.date > since and self.partner_id in message.partner_ids
            for message in self.message_ids
        ):
            return 0
        self.message_post(
            body=self.env._(
                "Please look at the quality form %s and confirm or dispute it: bills "
                "of the period wait for it.",
                self.name,
            ),
            partner_ids=self.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        return 1
