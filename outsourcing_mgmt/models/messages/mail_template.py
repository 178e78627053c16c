from odoo import models

SAMPLES = {
    "addendum": "outsourcing.tender.addendum",
    "award": "outsourcing.award",
    "bid": "outsourcing.bid",
    "meeting": "outsourcing.tender.meeting",
    "objection": "outsourcing.objection",
    "question": "outsourcing.tender.question",
}
"""What the mails of a tender are about beside the tender, by its key in the context."""


class MailTemplate(models.Model):
    """Mails of a tender can be edited, and updated with the module.

    Core renders a template that is saved with some record of its model, and refuses it
    where that fails. Ours take their recipient and a part of the tender from the
    context, so the trial has empty ones there.
    """

    _inherit = "mail.template"

    def _check_can_be_rendered(self, fnames=None, render_options=None):
        samples = {key: self.env[model].browse() for key, model in SAMPLES.items()}
        samples |= {"partner": self.env.user.partner_id, "url": "/"}
        trial = self.with_context(**samples | self.env.context)
        return super(MailTemplate, trial)._check_can_be_rendered(fnames, render_options)
