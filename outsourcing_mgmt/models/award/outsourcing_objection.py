from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.groups import MANAGER, OFFICER, PROCUREMENT
from ..number.numbering import number_records


class OutsourcingObjection(models.Model):
    """A bidder's objection to an award in its standstill.

    Submitted -> upheld | rejected. Decided by somebody who did not run the
    procedure. An open objection keeps the award from becoming final; an upheld
    one annuls it and says what it demands:

    ``rescore``
        Members score again, all or the named ones, all criteria or the named ones.
        The old scores are struck and kept.
    ``readmit``
        The named bid, which was disqualified, is admitted and scored anew.
    ``retender``
        The tender fails and is repeated.

    Members at fault are excluded in the same act; others are appointed for them.

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
    _flow_required = {"upheld": ("decision", "demand"), "rejected": ("decision",)}
    _flow_stamps = {
        "upheld": (
            "rescored_member_ids",
            "rescored_criterion_ids",
            "readmitted_bid_id",
            "excluded_member_ids",
        )
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "submitted_date",
            "is_repeated",
            "decision",
            "decided_by_id",
            "decided_date",
            "demand",
            "rescored_member_ids",
            "rescored_criterion_ids",
            "readmitted_bid_id",
            "excluded_member_ids",
        }
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
    is_repeated = fields.Boolean(
        string="Submitted Again",
        readonly=True,
        copy=False,
        help="The vendor had objected to this award before, when that was possible. "
        "Each of them is kept and decided.",
    )
    decision = fields.Text(
        copy=False, tracking=True, help="Reasons of the decision; the vendor reads it."
    )
    decided_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    decided_date = fields.Datetime(readonly=True, copy=False)

    # What an upheld objection demands
    demand = fields.Selection(
        selection=[
            ("rescore", "Score again"),
            ("readmit", "Admit the bid again and score it"),
            ("retender", "Repeat the tender"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    rescored_member_ids = fields.Many2many(
        comodel_name="outsourcing.committee.member",
        relation="outsourcing_objection_rescored_member_rel",
        string="Who Scores Again",
        readonly=True,
        copy=False,
        help="Empty: every member.",
    )
    rescored_criterion_ids = fields.Many2many(
        comodel_name="outsourcing.criterion",
        relation="outsourcing_objection_rescored_criterion_rel",
        string="What Is Scored Again",
        readonly=True,
        copy=False,
        help="Empty: every criterion.",
    )
    readmitted_bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        string="Bid Admitted Again",
        readonly=True,
        copy=False,
        check_company=True,
    )
    excluded_member_ids = fields.Many2many(
        comodel_name="outsourcing.committee.member",
        relation="outsourcing_objection_excluded_member_rel",
        string="Members Excluded",
        readonly=True,
        copy=False,
        help="Members at fault: they leave the committee, and others are appointed.",
    )

    can_decide = fields.Boolean(compute="_compute_flow_can")

    _bid_uniq = models.UniqueIndex(
        "(award_id, bid_id) WHERE is_repeated IS NOT TRUE",
        "Each vendor objects to an award once.",
    )

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
        for objection in objections._flow_filter_first():
            objection._ask_for_decision()
        return objections

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_decide(
        self,
        upheld,
        reason,
        demand=None,
        member_ids=(),
        criterion_ids=(),
        bid_id=None,
        excluded_member_ids=(),
    ):
        """Decide; an upheld objection annuls the award and has consequences.

        :param bool upheld: whether the bidder is right
        :param str reason: why; the vendor reads it
        :param str demand: ``rescore``, ``readmit`` or ``retender``; by default what
            the objection is about: the bid's disqualification, or the scores
        :param list member_ids: who scores again; empty for everybody
        :param list criterion_ids: what is scored again; empty for everything
        :param int bid_id: the bid to be admitted again; by default the objector's
        :param list excluded_member_ids: members at fault, who leave the committee
        """
        if not upheld:
            return self._take_step("rejected", decision=reason)
        self.check_access("read")
        for objection in self:
            wanted = demand or objection._get_default_demand()
            bid = False
            if wanted == "readmit":
                bid = bid_id or objection.bid_id.id
            stamps = {
                "rescored_member_ids": objection._clean_ids(member_ids),
                "rescored_criterion_ids": objection._clean_ids(criterion_ids),
                "excluded_member_ids": objection._clean_ids(excluded_member_ids),
                "readmitted_bid_id": bid,
            }
            objection._check_demand(wanted, stamps)
            objection._take_step("upheld", decision=reason, demand=wanted, **stamps)
        return True

    def action_reject(self, reason):
        return self.action_decide(upheld=False, reason=reason)

    def action_open_uphold_wizard(self):
        """Ask what the upheld objection demands, and why it is upheld."""
        check_one(self)
        self._flow_check_can("decide")
        return {
            "name": self.env._("Uphold the Objection"),
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.objection.uphold",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_objection_id": self.id,
                "default_demand": self._get_default_demand(),
            },
        }

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
        if objection.bid_id == objection.award_id.bid_id:
            raise UserError(
                self.env._("Whoever wins an award does not object to that one.")
            )
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
            | award._get_deciders()
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

    @api.model
    def _clean_ids(self, ids):
        """Return the command that sets a relation to ``ids``, sent by a caller.

        :raise UserError: for anything else than a list of numbers
        """
        ids = ids or []
        if not isinstance(ids, (list, tuple)) or any(
            type(id_) is not int for id_ in ids
        ):
            raise UserError(self.env._("Members and criteria are lists of ids."))
        return [Command.set(ids)]

    def _get_default_demand(self):
        """Return what the objection demands if nothing else is said."""
        self.ensure_one()
        # sudo: whoever decides need not read every bid.
        objection = self.sudo()
        if objection.bid_id.state == "disqualified":
            return "readmit"
        if objection.tender_id._get_scored_criteria():
            return "rescore"
        return "retender"

    def _check_demand(self, demand, stamps):
        """Raise where the demand names what is not part of the tender.

        :param str demand: the wanted demand
        :param dict stamps: the values that go with it
        """
        self.ensure_one()
        known = [key for key, _label in self._fields["demand"].selection]
        if demand not in known:
            raise UserError(self.env._('"%s" is no demand of an objection.', demand))
        # sudo: parts of the tender are compared, whoever decides.
        tender = self.sudo().tender_id
        parts = {
            "rescored_member_ids": tender.committee_ids.filtered("is_voting"),
            "rescored_criterion_ids": tender._get_scored_criteria(),
            "excluded_member_ids": tender.committee_ids,
        }
        for name, allowed in parts.items():
            if not set(allowed.ids).issuperset(stamps[name][0][2]):
                raise UserError(
                    self.env._(
                        '"%(field)s": not all of them belong to %(tender)s.',
                        field=self._flow_field_label(name),
                        tender=tender.display_name,
                    )
                )
        if demand == "rescore" and not parts["rescored_criterion_ids"]:
            raise UserError(
                self.env._(
                    "%s was decided by the price alone: there is nothing to score.",
                    tender.display_name,
                )
            )
        if demand == "readmit":
            bid = tender.bid_ids.filtered(
                lambda item: item.id == stamps["readmitted_bid_id"]
            )
            if bid.state != "disqualified":
                raise UserError(
                    self.env._("Choose a bid of this tender that was disqualified.")
                )

    @api.model
    def _get_staffed_gates(self):
        return {"decide": (self.env._("Decision"), [("state", "=", "submitted")])}

    def _get_barred_users(self, verb):
        return self._get_excluded_users()

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
        for objection in self.sudo():
            reason = self.env._("Objection upheld: %s", objection.decision)
            server_write(
                objection.award_id, {"state": "annulled", "annul_reason": reason}
            )
            _carry_out(objection, reason)

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
        details = None
        if self.demand:
            details = {
                "demand": self.demand,
                "members": self.rescored_member_ids.ids,
                "criteria": self.rescored_criterion_ids.ids,
                "bid": self.readmitted_bid_id.id,
                "excluded": self.excluded_member_ids.ids,
            }
        self.env["outsourcing.audit.log"]._record(
            self, verb, details, root=self.tender_id
        )


def _carry_out(objection, reason):
    """Do what an upheld objection demands.

    No method of the record, so that templates and server actions cannot call it.

    :param objection: outsourcing.objection, with sudo
    :param str reason: why, for what is ended or excluded
    """
    tender = objection.tender_id
    if objection.demand == "retender":
        server_write(tender, {"state": "failed", "end_reason": reason})
        tender._plan_activity(
            "mail_activity_type_tender_retender", tender.user_id, None
        )
        return
    if tender.state == "price_opened":
        server_write(tender, {"state": "evaluation"})
    bid = objection.readmitted_bid_id
    if bid:
        server_write(
            bid,
            {
                "state": "qualified",
                "disqualification_reason": False,
                "disqualification_basis": False,
            },
        )
        bid._audit("readmit")
    members, criteria = (
        objection.rescored_member_ids,
        objection.rescored_criterion_ids,
    )
    struck = tender.score_ids.filtered(
        lambda score: (
            not score.struck_date
            and (not bid or score.bid_id == bid)
            and (not members or score.member_id in members)
            and (not criteria or score.criterion_id in criteria)
        )
    )
    server_write(
        struck,
        {
            "struck_date": fields.Datetime.now(),
            "struck_by_objection_id": objection.id,
        },
    )
    at_fault = objection.excluded_member_ids.filtered(
        lambda member: member.state != "recused"
    )
    server_write(at_fault, {"state": "recused", "recusal_reason": reason})
    tender.committee_ids._create_scores()
    tender._refresh_scoring()
