from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.grants import server_write
from ..base.groups import MANAGER, OFFICER, PROCUREMENT
from ..base.numbering import number_records


class OutsourcingObjection(models.Model):
    """A bidder's objection to an award in its standstill.

    Submitted -> upheld | rejected. Decided by somebody who did not run the
    procedure. An open objection keeps the award from becoming final; an upheld
    one annuls it.

    =======  ===============================  ==================================
    Action   Who                              Restriction
    =======  ===============================  ==================================
    submit   the bidder (portal), or staff    in the standstill of a notified
             who received a letter            award
    decide   officer, manager                 no part in the procedure
    =======  ===============================  ==================================
    """

    _name = "outsourcing.objection"
    _description = "Objection"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _flow_transitions = {
        "submitted": {"upheld", "rejected"},
        "upheld": set(),
        "rejected": set(),
    }
    _flow_verbs = {"upheld": "decide", "rejected": "decide"}
    _flow_groups = {"decide": (OFFICER, MANAGER)}
    _flow_required = {"upheld": ("decision",), "rejected": ("decision",)}
    _flow_system_fields = frozenset(
        {"name", "submitted_date", "decision", "decided_by_id", "decided_date"}
    )
    _flow_content_fields = frozenset({"award_id", "bid_id", "reason"})
    _flow_content_states = frozenset()
    _flow_deletable_states = frozenset()

    name = fields.Char(
        string="Reference", readonly=True, copy=False, default="/", index="trigram"
    )
    award_id = fields.Many2one(
        comodel_name="outsourcing.award",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    tender_id = fields.Many2one(related="award_id.tender_id", store=True, index=True)
    company_id = fields.Many2one(related="award_id.company_id", store=True, index=True)
    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('tender_id', '=', tender_id)]",
    )
    partner_id = fields.Many2one(
        related="bid_id.partner_id", string="Vendor", store=True, index=True
    )
    state = fields.Selection(
        selection=[
            ("submitted", "Submitted"),
            ("upheld", "Upheld"),
            ("rejected", "Not Upheld"),
        ],
        required=True,
        default="submitted",
        copy=False,
        tracking=True,
        index=True,
    )
    reason = fields.Text(required=True)
    submitted_date = fields.Datetime(readonly=True, copy=False)
    decision = fields.Text(
        copy=False, tracking=True, help="Reasons of the decision; the vendor reads it."
    )
    decided_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    decided_date = fields.Datetime(readonly=True, copy=False)

    can_decide = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        objections = super().create(vals_list)
        for objection in objections:
            objection._check_may_object()
        # sudo: neither bidders nor staff who record a letter may write objections.
        system = objections.sudo()
        number_records(system, "outsourcing.objection")
        server_write(system, {"submitted_date": fields.Datetime.now()})
        for objection in objections:
            objection._audit("objection_submitted")
            objection._ask_for_decision()
        return objections

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_decide(self, upheld, reason):
        """Decide; an upheld objection annuls the award.

        :param bool upheld: whether the bidder is right
        :param str reason: why; the vendor reads it
        """
        target = "upheld" if upheld else "rejected"
        return self._take_step(target, decision=reason)

    def action_uphold(self, reason):
        return self.action_decide(upheld=True, reason=reason)

    def action_reject(self, reason):
        return self.action_decide(upheld=False, reason=reason)

    def action_open_uphold_wizard(self):
        self._flow_check_can("decide")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_uphold", self.env._("Uphold the Objection")
        )

    def action_open_reject_wizard(self):
        self._flow_check_can("decide")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_reject", self.env._("Reject the Objection")
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_may_object(self):
        """Raise unless the bidder, or staff for it, may still object."""
        self.ensure_one()
        # sudo: the bidder may read neither the award nor the tender.
        objection = self.sudo()
        own = objection.bid_id._is_vendor()
        if not own and not self._flow_user_in(OFFICER, PROCUREMENT, MANAGER):
            raise AccessError(
                self.env._(
                    "An objection is made by the bidder, or recorded by staff "
                    "for the bidder."
                )
            )
        if objection.bid_id.tender_id != objection.tender_id:
            raise UserError(self.env._("The bid belongs to another tender."))
        if objection.award_id.state != "notified":
            raise UserError(
                self.env._(
                    "%s: objections are made in the standstill, between the notice "
                    "of the award and its becoming final.",
                    objection.tender_id.display_name,
                )
            )

    def _get_excluded_users(self):
        """Return the users who took part in the procedure and cannot decide.

        :rtype: res.users
        """
        self.ensure_one()
        # sudo: whoever is asked to decide need not read the award.
        award = self.sudo().award_id
        return (
            award.tender_id._get_procedure_users()
            | award._get_authors()
            | award.submitted_by_id
            | award.approved_by_id
            | award.notified_by_id
            | award.review_ids.done_by
            | award.tender_id.committee_ids.user_id
        )

    def _get_cannot_decide_reason(self):
        return {
            objection.id: self.env._(
                "you took part in the procedure; somebody who did not decides."
            )
            for objection in self
            if self.env.user in objection._get_excluded_users()
        }

    def _ask_for_decision(self):
        """Ask a person who did not run the procedure."""
        self.ensure_one()
        for xmlid in (MANAGER, OFFICER):
            users = self._flow_get_users_of(xmlid, self._get_excluded_users())
            if users := users.filtered(lambda user: not user.share):
                # sudo: the bidder has no rights on activities.
                self.sudo().activity_schedule(
                    "outsourcing_mgmt.mail_activity_type_objection_decide",
                    user_id=users[0].id,
                )
                return

    def _on_enter_upheld(self, origins):
        self._record_decision()
        # sudo: whoever decides need not have rights on awards.
        objections = self.sudo()
        server_write(
            objections.award_id,
            {
                "state": "annulled",
                "annul_reason": self.env._(
                    "Objection upheld: %s", objections[0].decision
                ),
            },
        )

    def _on_enter_rejected(self, origins):
        self._record_decision()

    def _record_decision(self):
        """Stamp who decided and tell the vendor."""
        server_write(
            self, {"decided_by_id": self.env.uid, "decided_date": fields.Datetime.now()}
        )
        # sudo: whoever decides need not have rights on activities or mails.
        objections = self.sudo()
        objections.activity_feedback(
            ["outsourcing_mgmt.mail_activity_type_objection_decide"]
        )
        for objection in objections:
            objection._audit(f"objection_{objection.state}")
            objection._mail_decision()

    def _mail_decision(self):
        """Tell the vendor, and the person there who sealed the bid."""
        self.tender_id._mail_partners(
            "outsourcing_mgmt.mail_template_objection_decided",
            self.bid_id._get_told_partners(),
            objection=self,
        )

    def _audit(self, verb):
        self.env["outsourcing.audit.log"]._record(self, verb, root=self.tender_id)
