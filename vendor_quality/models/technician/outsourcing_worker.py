from odoo import models


class OutsourcingWorker(models.Model):
    """Whoever leaves sees no tickets any more; their owners are told."""

    _inherit = "outsourcing.worker"

    def _on_enter_left(self, origins):
        super()._on_enter_left(origins)
        self._tell_owners_of_tickets()

    def _tell_owners_of_tickets(self):
        """Ask the owners of tickets that name who left to take them back."""
        # sudo: the officer who records who left need not read tickets
        jobs = self.env["itsm.vendor.job"].sudo()
        jobs = jobs.search(
            [
                ("returned_at", "=", False),
                ("user_id.partner_id", "in", self.partner_id.ids),
            ]
        )
        for job in jobs:
            people = job.partner_id._itsm_get_vendor_users(job.company_id)
            if job.user_id in people:
                # On site under another contract.
                continue
            job.ticket_id.activity_schedule(
                "itsm_desk.mail_activity_type_vendor",
                user_id=job.ticket_id.user_id.id,
                summary=self.env._("%s has left the vendor's staff", job.user_id.name),
                note=self.env._(
                    "The ticket is with nobody else of the vendor. Take it back, or "
                    "take it back and send it to somebody else."
                ),
            )
