from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_create, server_write
from ..base.groups import MANAGER, PROCUREMENT
from .outsourcing_opening_record import get_last_opening


class OutsourcingCommitteeMember(models.Model):
    """A person who judges the bids of one tender.

    Proposed -> appointed -> recused. An employee, or an outside expert with a
    portal user. Before a member sees a bid, the member declares that there is no
    conflict of interest; a conflict excludes the member. Requesters and the author
    of the reference price cannot be members. A secretary keeps the record and does
    not vote. The user who was appointed is the member: another user of the same
    employee or contact is not, and a user whose account somebody else changed is
    appointed again (``bid.committee_accounts``).

    ============  ===========================  ============================
    Action        Who                          Restriction
    ============  ===========================  ============================
    propose       officer, procurement         until the prices are opened
    appoint       procurement, manager         not an excluded person
    declare       the member                   once, when appointed; a conflict also
                                               later, until an award is proposed
    attend        the member                   at the opening, and again at that of
                                               the prices, without conflict
    recuse        procurement, manager         with a reason, until the ranking is
                                               known; later only a member whose
                                               account somebody else changed, and,
                                               by a manager, before the prices are
                                               opened apart
    ============  ===========================  ============================
    """

    _name = "outsourcing.committee.member"
    _description = "Committee Member"
    _inherit = ["outsourcing.author.part.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "tender_id, role, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    _author_parent = "tender_id"

    _flow_transitions = {
        "proposed": {"appointed", "recused"},
        "appointed": {"recused"},
        "recused": set(),
    }
    _flow_verbs = {"appointed": "appoint", "recused": "recuse"}
    _flow_groups = {
        "appoint": (PROCUREMENT, MANAGER),
        "recuse": (PROCUREMENT, MANAGER),
    }
    _flow_personal = PERSONAL_VERBS | {"withdraw"}
    _flow_required = {"recused": ("recusal_reason",)}
    _flow_system_fields = frozenset(
        {
            "conflict_state",
            "recusal_reason",
            "conflict_note",
            "declared_date",
            "appointed_by_id",
            "appointed_date",
            "is_open_to_bids",
            "account_changed_by_id",
            "account_changed_on",
            "attended_at",
            "opening_attended",
            "prices_attended_at",
        }
    )
    _flow_content_fields = frozenset(
        {"tender_id", "employee_id", "partner_id", "user_id", "role"}
    )
    _flow_content_states = frozenset({"proposed"})

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    tender_state = fields.Selection(related="tender_id.state", string="Tender Status")
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Employee",
        index="btree_not_null",
        check_company=True,
        help="Leave empty for an outside expert.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Committee Member",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="User",
        compute="_compute_user_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The account with which the member declares and scores.",
    )
    role = fields.Selection(
        selection=[
            ("chair", "Chair"),
            ("member", "Member"),
            ("expert", "Expert"),
            ("secretary", "Secretary"),
        ],
        required=True,
        default="member",
    )
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("appointed", "Appointed"),
            ("recused", "Recused"),
        ],
        required=True,
        default="proposed",
        copy=False,
        index=True,
        tracking=True,
    )
    is_voting = fields.Boolean(
        compute="_compute_is_voting",
        store=True,
        help="Appointed and not the secretary: scores and counts for the quorum.",
    )
    appointed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    appointed_date = fields.Datetime(readonly=True, copy=False)
    conflict_state = fields.Selection(
        selection=[
            ("none", "Not declared"),
            ("clear", "No conflict"),
            ("conflict", "Conflict"),
        ],
        string="Declaration",
        required=True,
        default="none",
        readonly=True,
        copy=False,
        tracking=True,
    )
    conflict_note = fields.Text(string="Declaration Note", readonly=True, copy=False)
    declared_date = fields.Datetime(readonly=True, copy=False)
    account_changed_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When somebody else changed log-in, mail address, contact or password of "
        "the member's user. The member is recused and appointed again.",
    )
    account_changed_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Account Changed By",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    recusal_reason = fields.Text(copy=False)
    is_open_to_bids = fields.Boolean(
        string="Sees the Bids",
        compute="_compute_is_open_to_bids",
        store=True,
        help="The tender is opened and the member declared no conflict.",
    )
    attended_at = fields.Datetime(
        string="Presence Confirmed On",
        readonly=True,
        copy=False,
        help="When the member confirmed to be present at the opening.",
    )
    opening_attended = fields.Boolean(
        string="Present at the Opening", readonly=True, copy=False
    )
    prices_attended_at = fields.Datetime(
        string="Presence at the Prices Confirmed On",
        readonly=True,
        copy=False,
        help="When the member confirmed to be present at the opening of the prices, "
        "where these are opened apart.",
    )
    is_excluded = fields.Boolean(
        compute="_compute_is_excluded",
        help="Asked for the service or set its reference price.",
    )

    can_appoint = fields.Boolean(compute="_compute_flow_can")
    can_declare = fields.Boolean(compute="_compute_flow_can")
    can_attend = fields.Boolean(compute="_compute_flow_can")
    can_withdraw = fields.Boolean(compute="_compute_flow_can")
    can_recuse = fields.Boolean(compute="_compute_flow_can")

    _person_unique = models.UniqueIndex(
        "(tender_id, partner_id) WHERE state <> 'recused'",
        "The person is in the committee already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_partner_id(self):
        # sudo: private data of employees is hidden from procurement.
        for member in self.sudo():
            employee = member.employee_id
            if employee:
                member.partner_id = employee.user_partner_id or (
                    employee.work_contact_id
                )

    @api.depends("employee_id.user_id", "partner_id.user_ids")
    def _compute_user_id(self):
        # sudo: private data of employees is hidden from procurement.
        for member in self.sudo():
            # Who was appointed and declared stays the one who scores.
            fixed = member.state != "proposed" and member.user_id
            member.user_id = fixed or (
                member.employee_id.user_id or member.partner_id.user_ids[:1]
            )

    @api.depends("role", "state")
    def _compute_is_voting(self):
        for member in self:
            member.is_voting = (
                member.state == "appointed" and member.role != "secretary"
            )

    @api.depends("state", "conflict_state", "tender_id.is_opened")
    def _compute_is_open_to_bids(self):
        for member in self:
            member.is_open_to_bids = (
                member.state == "appointed"
                and member.conflict_state == "clear"
                and member.tender_id.is_opened
            )

    @api.depends(
        "partner_id",
        "user_id",
        "tender_id.reference_price_id.author_id",
        "tender_id.request_ids.employee_id",
    )
    def _compute_is_excluded(self):
        # sudo: requests and the reference price may be hidden from the reader.
        for tender, members in self.sudo().grouped("tender_id").items():
            excluded = tender._get_committee_excluded_partners()
            for member in members:
                people = member.partner_id | member.user_id.partner_id
                member.is_excluded = bool(people & excluded)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("employee_id", "partner_id", "tender_id")
    def _check_not_excluded(self):
        """Requesters and the author of the reference price do not judge."""
        # sudo: requests and the reference price may be hidden from the writer.
        for member in self.sudo():
            if member.is_excluded:
                raise ValidationError(
                    self.env._(
                        "%(person)s asked for the service or set its reference price "
                        "and cannot judge the bids of %(tender)s. Choose somebody "
                        "else.",
                        person=member.partner_id.display_name,
                        tender=member.tender_id.display_name,
                    )
                )

    @api.constrains("tender_id", "state")
    def _check_tender_running(self):
        for member in self:
            if member.tender_id.state in ("contracted", "failed", "cancelled"):
                raise ValidationError(
                    self.env._(
                        "%s is over; its committee does not change.",
                        member.tender_id.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_appoint(self):
        """Appoint proposed members and ask them for their declaration."""
        return self._take_step("appointed")

    def action_declare(self, has_conflict=False, note=""):
        """Declare, for oneself, whether there is a conflict of interest.

        A conflict that comes to light later is declared as well.

        :param bool has_conflict: whether there is one; excludes the member
        :param str note: what it is, or remarks
        """
        self.check_access("read")
        is_late = has_conflict and "clear" in self.mapped("conflict_state")
        self._flow_check_can("withdraw" if is_late else "declare")
        label = self._flow_field_label("conflict_note")
        note = self._flow_clean_text(label, note) or ""
        vals = {
            "conflict_state": "conflict" if has_conflict else "clear",
            "conflict_note": note,
            "declared_date": fields.Datetime.now(),
        }
        if has_conflict:
            vals |= {
                "state": "recused",
                "recusal_reason": note
                or self.env._("Declared a conflict of interest."),
            }
        # sudo: a member has no right to write the committee; it was checked above
        # that the member acts.
        members = self.sudo()
        server_write(members, vals)
        for member in members:
            member.tender_id._finish_activities(
                "mail_activity_type_tender_declare", member.user_id
            )
            member._audit("declare", {"conflict": bool(has_conflict)})
            if not has_conflict and member.tender_id.state == "evaluation":
                member._create_scores()
                member.tender_id._refresh_scoring()
        return True

    def action_attend(self):
        """Confirm, for oneself, to be present at the opening.

        Where the prices are opened apart, once more for that.
        """
        self.check_access("read")
        self._flow_check_can("attend")
        # sudo: a member has no right to write the committee; it was checked above
        # that the member acts.
        for member in self.sudo():
            at_prices = member.tender_id.is_opened
            name = "prices_attended_at" if at_prices else "attended_at"
            server_write(member, {name: fields.Datetime.now()})
            member._audit("attend_prices" if at_prices else "attend")
        return True

    def action_recuse(self, reason):
        """Exclude a member.

        :param str reason: why
        """
        return self._take_step("recused", recusal_reason=reason)

    def action_open_recuse_wizard(self):
        self._flow_check_can("recuse")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_recuse", self.env._("Recuse")
        )

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _get_cannot_appoint_reason(self):
        reasons = {}
        # sudo: requests and the reference price may be hidden from the actor.
        for member in self.sudo():
            if not member.user_id:
                reasons[member.id] = self.env._(
                    "has no account to declare and score with. Link a user to the "
                    "employee, or give the expert access to the portal."
                )
            elif member.is_excluded:
                reasons[member.id] = self.env._(
                    "asked for the service or set its reference price."
                )
            elif member.tender_id.is_scoring_complete:
                reasons[member.id] = self.env._("all scores are in already.")
        return reasons

    def _get_cannot_declare_reason(self):
        reasons = {}
        # sudo: a portal expert may not read the tender.
        for member in self.sudo():
            if member.user_id != self.env.user:
                reasons[member.id] = self.env._("only the member can declare.")
            elif member.state != "appointed":
                reasons[member.id] = self.env._("the member is not appointed.")
            elif member.account_changed_on:
                reasons[member.id] = self.env._(
                    "somebody else changed your log-in, mail address or password since "
                    "you were appointed. Procurement recuses and appoints you again."
                )
            elif member.conflict_state != "none":
                reasons[member.id] = self.env._("it is declared already.")
            elif member.tender_id.is_scoring_complete:
                reasons[member.id] = self.env._("all scores are in already.")
        return reasons

    def _get_cannot_withdraw_reason(self):
        """Say why a member does not declare a conflict after all."""
        reasons = {}
        # sudo: a portal expert may not read the tender, and the award may be hidden.
        for member in self.sudo():
            if member.user_id != self.env.user:
                reasons[member.id] = self.env._("only the member can declare.")
            elif member.state != "appointed" or member.conflict_state != "clear":
                reasons[member.id] = self.env._(
                    "only a member who declared no conflict takes that back."
                )
            elif member.tender_id.award_id:
                reasons[member.id] = self.env._("an award is proposed; annul it first.")
        return reasons

    def _get_cannot_attend_reason(self):
        reasons = {}
        now = fields.Datetime.now()
        # sudo: a portal expert may not read the tender.
        for member in self.sudo():
            tender = member.tender_id
            begins = tender._get_opening_moment()
            if member.user_id != self.env.user:
                reasons[member.id] = self.env._(
                    "only the member confirms to be present."
                )
            elif member.state != "appointed" or member.conflict_state != "clear":
                reasons[member.id] = self.env._(
                    "declare first that you have no conflict."
                )
            elif tender.is_opened and not tender._awaits_price_opening():
                reasons[member.id] = self.env._(
                    "the bids are opened. Where the prices are opened apart, presence "
                    "is confirmed again once all scores are in."
                )
            elif member._is_present():
                reasons[member.id] = self.env._("it is confirmed already.")
            elif tender.is_opened:
                continue
            elif tender.state_now != "closed" or not begins or now < begins:
                reasons[member.id] = self.env._(
                    "presence is confirmed at the opening: from %s on, before the bids "
                    "are opened.",
                    tender._format_moment(begins) if begins else "-",
                )
        return reasons

    def _get_cannot_recuse_reason(self):
        if self._flow_is_system():
            return {}
        # sudo: the award may be hidden from the actor.
        members = self.sudo()
        nobody = self.env["res.users"]
        is_manager = self._flow_user_in(MANAGER)
        reasons = {
            member.id: self.env._(
                "the ranking is known, and it would change. The member declares an own "
                "conflict; for anything else an objection is upheld."
            )
            for member in members
            if member.is_voting
            and member.tender_id.is_scoring_complete
            # Two persons: who changed the account does not move the ranking by it.
            and member.account_changed_by_id in (nobody, self.env.user)
            # Prices are opened before a quorum, which one who is ill may lack.
            and not (
                is_manager
                and member.account_changed_by_id != self.env.user
                and member.tender_id._awaits_price_opening()
            )
        }
        return reasons | {
            member.id: self.env._("an award is proposed; annul it first.")
            for member in members
            if member.tender_id.award_id
        }

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_appointed(self, origins):
        now = fields.Datetime.now()
        server_write(self, {"appointed_by_id": self.env.uid, "appointed_date": now})
        for member in self:
            member.tender_id._plan_activity(
                "mail_activity_type_tender_declare",
                member.user_id.filtered(lambda user: not user.share),
                None,
            )
        self._mail_expert("outsourcing_mgmt.mail_template_expert_appointed")

    def _on_enter_recused(self, origins):
        for member in self:
            tender = member.tender_id
            if tender.is_scoring_complete:
                points = {str(bid.id): bid.technical_score for bid in tender.bid_ids}
                member._audit("ranking_before", {"points": points})
            for name in ("declare", "score"):
                member.tender_id._finish_activities(
                    f"mail_activity_type_tender_{name}", member.user_id
                )
        # A conflict found after the prices opens the ranking again, for a substitute.
        known = self.tender_id.filtered(lambda tender: tender.state == "price_opened")
        server_write(known, {"state": "evaluation"})
        self.tender_id.filtered(
            lambda tender: tender.state == "evaluation"
        )._refresh_scoring()

    def _on_step(self, target, origins):
        self._show_menus()
        self._audit(target)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _show_menus(self):
        """Show the menus of an evaluation to employees while they are appointed.

        Most members are plain employees, whose menus hold nothing of tenders.
        """
        # sudo: whoever appoints has no right to users; the group gives menus alone.
        members = self.sudo()
        users = members.user_id.filtered(lambda user: not user.share)
        group = self.env.ref("outsourcing_mgmt.group_outsourcing_committee")
        appointed = members.search(
            [("user_id", "in", users.ids), ("state", "=", "appointed")]
        ).user_id
        added = appointed.filtered(lambda user: group not in user.group_ids)
        removed = (users - appointed).filtered(lambda user: group in user.group_ids)
        added.write({"group_ids": [Command.link(group.id)]})
        removed.write({"group_ids": [Command.unlink(group.id)]})

    def _is_present(self):
        """Whether the member confirmed to be present at the opening that is next.

        At that of the prices, which has no announced moment, on its day: who confirmed
        on another one, or for prices that were opened before, confirms anew.
        """
        self.ensure_one()
        tender, moment = self.tender_id, self.prices_attended_at
        if not tender.is_opened or tender.envelopes == "one":
            return bool(self.attended_at)
        company, before = tender.company_id, get_last_opening(tender, "prices")
        return bool(
            moment
            and company._outsourcing_date(moment) == company._outsourcing_today()
            and (not before or moment > before.recorded_at)
        )

    def _create_scores(self):
        """Give each member who judges the draft scores that the member lacks.

        One per bid and criterion; a score that was struck is given again.
        """
        judges = self.filtered(
            lambda member: member.is_voting and member.conflict_state == "clear"
        )
        # sudo: scores of others count here, and are not shown.
        living = self.env["outsourcing.score"].sudo()
        living = living.search(
            [("member_id", "in", judges.ids), ("struck_date", "=", False)]
        )
        known = {
            (score.bid_id.id, score.criterion_id.id, score.member_id.id)
            for score in living
        }
        wanted = [
            (bid.id, criterion.id, member.id)
            for member in judges
            for bid in member.tender_id._get_remaining_bids()
            for criterion in member.tender_id._get_scored_criteria()
        ]
        names = ("bid_id", "criterion_id", "member_id")
        rows = [
            dict(zip(names, key, strict=True)) for key in wanted if key not in known
        ]
        # sudo: nobody has the right to create scores but the procedure itself.
        server_create(self.env["outsourcing.score"].sudo(), rows)
        for member in judges:
            member.tender_id._plan_activity(
                "mail_activity_type_tender_score",
                member.user_id.filtered(lambda user: not user.share),
                None,
            )
        judges._mail_expert("outsourcing_mgmt.mail_template_expert_score")

    def _call_to_prices(self):
        """Mail outside experts whose presence the opening of the prices needs."""
        self.filtered(
            lambda member: (
                member.state == "appointed"
                and member.conflict_state == "clear"
                and member.tender_id._get_rule("presence_required")
                and member.tender_id._awaits_price_opening()
                and not member._is_present()
            )
        )._mail_expert("outsourcing_mgmt.mail_template_expert_prices")

    def _mail_expert(self, template):
        """Mail outside experts, who see no activities, the link to their page."""
        for member in self.filtered("user_id.share"):
            member.tender_id._mail_partners(
                template,
                member.partner_id.filtered("email"),
                expert_url=member._get_url(),
            )

    def _get_url(self):
        """Return the page of the member on the portal."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/evaluations/{self.id}"

    def _audit(self, verb, details=None):
        for member in self:
            self.env["outsourcing.audit.log"]._record(
                member, verb, details, root=member.tender_id
            )
