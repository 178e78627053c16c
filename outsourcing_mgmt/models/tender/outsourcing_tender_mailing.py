import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

_logger = logging.getLogger(__name__)


class OutsourcingTenderMailing(models.Model):
    """How news of a tender reaches vendors, and questions of theirs its buyer."""

    _inherit = "outsourcing.tender"

    # ------------------------------------------------------------
    # TELLING VENDORS
    # ------------------------------------------------------------

    def _get_vendor_partners(self):
        """Return whom news of the tender goes to: invited, bidders, askers."""
        self.ensure_one()
        tender = self.sudo()
        invited = tender.invitation_ids.filtered(
            lambda invitation: (
                invitation.state != "draft" and invitation.response != "declined"
            )
        )
        # Vendors with a draft read the documents too; nobody sees this list.
        bids = tender.env["outsourcing.bid"].search([("tender_id", "=", tender.id)])
        return (
            invited.partner_id
            | bids.partner_id
            | bids.sealed_by_id.partner_id
            | tender.question_ids.partner_id
        ).filtered("email")

    def _mail_vendors(self, template, **values):
        for tender in self:
            tender._mail_partners(template, tender._get_vendor_partners(), **values)

    def _mail_partners(self, template, partners, **values):
        """Send a template to each partner alone, in his language.

        One mail per vendor, so that no vendor learns of another; the mails are
        not kept in the chatter, where addresses would be read.

        :param str template: XML id of a template on ``outsourcing.tender``
        :param res.partner partners: recipients
        :param values: records that the template reads from ``ctx``
        """
        self.ensure_one()
        # Whoever takes the step may not read templates or partners.
        tender = self.sudo()
        mail_template = tender.env.ref(template)
        for partner in partners.sudo():
            try:
                with self.env.cr.savepoint():
                    tender._mail_partner(mail_template, partner, values)
            except UserError:
                # A template that somebody broke must not keep a vendor from bidding.
                _logger.exception("%s was not mailed to %s", template, partner)
        # Soon, and apart from the step, which does not depend on the mail server.
        tender.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _mail_partner(self, template, partner, values):
        template.with_context(
            # A template is text of an administrator: no rights of the flow.
            outsourcing_flow_key=None,
            lang=partner.lang or self.env.lang,
            partner=partner,
            url=self._get_vendor_url(partner),
            **values,
        ).send_mail(
            self.id,
            email_values={
                "recipient_ids": [Command.set(partner.ids)],
                "email_to": False,
                "reply_to": self.user_id.email_formatted or False,
                "model": False,
                "res_id": False,
            },
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _get_vendor_url(self, partner):
        """Return the portal page of the tender, through sign-up where needed."""
        self.ensure_one()
        path = f"/my/tenders/{self.id}"
        if partner.user_ids or partner.commercial_partner_id.child_ids.user_ids:
            return f"{self.get_base_url()}{path}"
        signup = partner.with_context(signup_valid=True)
        return signup._get_signup_url_for_action(url=path)[partner.id]

    def _plan_question_activity(self):
        for tender in self.sudo():
            tender.activity_schedule(
                "outsourcing_mgmt.mail_activity_type_tender_question",
                user_id=tender.user_id.id,
                date_deadline=fields.Date.to_date(tender.bid_deadline),
            )

    def _finish_question_activity(self):
        for tender in self.sudo():
            if not tender.open_question_count:
                tender.activity_feedback(
                    ["outsourcing_mgmt.mail_activity_type_tender_question"]
                )
