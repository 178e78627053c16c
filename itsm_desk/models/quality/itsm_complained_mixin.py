from odoo import fields, models

from ...tools.one_record import check_one
from ..base.selections import LOW_RATING
from .complaint_filing import QUALITY

ENOUGH_REFUSALS = 2
"""So many refused solutions of a ticket are proposed as a complaint."""


class ItsmComplainedMixin(models.AbstractModel):
    """A ticket and the complaints about it, which only quality and managers see.

    A rating of 1 or 2, a second refused solution and a second repair are proposed to
    quality as a complaint; whether it is one is for the requester to say.
    """

    _name = "itsm.complained.mixin"
    _description = "With Complaints"

    complaint_ids = fields.One2many(
        comodel_name="itsm.complaint",
        inverse_name="ticket_id",
        string="Complaints",
        readonly=True,
        copy=False,
        groups="itsm_desk.group_itsm_quality,itsm_desk.group_itsm_manager",
    )
    complaint_count = fields.Integer(
        compute="_compute_complaint_count",
        groups="itsm_desk.group_itsm_quality,itsm_desk.group_itsm_manager",
    )
    can_complain = fields.Boolean(
        compute="_compute_can_complain",
        help="The requester complains; who had no part in the work writes down what "
        "the requester tells.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_complaint_count(self):
        counts = dict(
            self.env["itsm.complaint"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.complaint_count = counts.get(ticket._origin, 0)

    def _compute_can_complain(self):
        user = self.env.user
        may_record = any(
            user.has_group(group)
            for group in (QUALITY, "itsm_desk.group_itsm_technician")
        )
        for ticket in self:
            # sudo: who worked on it is asked for the rule alone
            trusted = ticket.sudo()
            ticket.can_complain = trusted.partner_id == user.partner_id or (
                may_record and not trusted._is_worker(user)
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_complaints(self):
        """Open the complaints about the ticket."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_complaint_action"
        )
        return {
            **action,
            "domain": [("ticket_id", "=", self.id)],
            "context": {"default_ticket_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _propose_complaints(self, target, origins):
        """Ask whether a bad end, or a second repair, is a complaint."""
        if target == "closed":
            bad = self.filtered(lambda ticket: 0 < ticket.rating_value <= LOW_RATING)
            bad._propose_complaint(self.env._("Rated badly. A complaint?"))
        elif target == "in_progress":
            again = self.filtered(
                lambda ticket: (
                    origins[ticket.id] == "solved"
                    and ticket.reopen_count >= ENOUGH_REFUSALS
                )
            )
            again._propose_complaint(self.env._("Refused twice. A complaint?"))
            # Tickets without equipment are no second repair: nothing is searched.
            repaired = (self - again).filtered("equipment_ids")
            repaired.filtered("earlier_repair")._propose_complaint(
                self.env._("Repaired a second time. A complaint?")
            )

    def _propose_complaint(self, summary):
        """Ask somebody of quality to ask the requester; once for a ticket."""
        kind = self.env.ref("itsm_desk.mail_activity_type_complaint_proposed")
        # sudo: whoever takes the step reads neither activities nor complaints
        for ticket in self.sudo():
            known = ticket.activity_ids.filtered(
                lambda item: item.activity_type_id == kind
            )
            if known or ticket.complaint_ids:
                continue
            excluded = ticket._get_workers() | ticket.partner_id.user_ids
            for user in ticket._flow_get_users_of(QUALITY, excluded=excluded)[:1]:
                ticket.activity_schedule(
                    "itsm_desk.mail_activity_type_complaint_proposed",
                    user_id=user.id,
                    summary=summary,
                )
