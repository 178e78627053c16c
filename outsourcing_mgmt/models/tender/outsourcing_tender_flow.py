from odoo import fields, models
from odoo.fields import Command
from odoo.tools import format_datetime

from ..base.outsourcing_grant import server_write

PROCUREMENT = "outsourcing_mgmt.group_outsourcing_procurement"
MANAGER = "outsourcing_mgmt.group_outsourcing_manager"


class OutsourcingTender(models.Model):
    """The steps of a tender from the closing to the opening, and its ends."""

    _inherit = "outsourcing.tender"

    few_bids_reason = fields.Text(
        string="Exception for Too Few Bids", readonly=True, copy=False
    )
    few_bids_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Exception Approved By",
        readonly=True,
        copy=False,
    )
    few_bids_date = fields.Datetime(
        string="Exception Approved On", readonly=True, copy=False
    )
    end_reason = fields.Text(
        string="Reason of the End",
        copy=False,
        tracking=True,
        help="Why the tender failed or was cancelled; bidders read it.",
    )
    previous_tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        string="Repeats",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    next_tender_ids = fields.One2many(
        comodel_name="outsourcing.tender",
        inverse_name="previous_tender_id",
        string="Repeated By",
    )

    can_close = fields.Boolean(compute="_compute_flow_can")
    can_open = fields.Boolean(compute="_compute_flow_can")
    can_fail = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    can_accept_few_bids = fields.Boolean(compute="_compute_flow_can")
    can_retender = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_close(self):
        """Close the tender for bids; refused before the deadline."""
        return self._take_step("closed")

    def action_open(self):
        """Open the bids before the committee."""
        return self._take_step("opened")

    def action_accept_few_bids(self, reason):
        """Let the tender go on with fewer bids than its rules ask for.

        :param str reason: why competition was sufficient
        """
        self._flow_check_can("accept_few_bids")
        # The manager decides, and has no right to write tenders otherwise.
        server_write(
            self.sudo(),
            {
                "few_bids_reason": reason,
                "few_bids_user_id": self.env.uid,
                "few_bids_date": fields.Datetime.now(),
            },
        )
        self._audit("accept_few_bids", {"reason": reason})
        return True

    def action_fail(self, reason):
        """End the tender without an award.

        :param str reason: why; told to the bidders
        """
        return self._take_step("failed", end_reason=reason)

    def action_cancel(self, reason):
        """Call the tender off.

        :param str reason: why; told to the bidders
        """
        return self._take_step("cancelled", end_reason=reason)

    def action_retender(self):
        """Make a new draft that repeats a tender which ended without an award."""
        self.ensure_one()
        self._flow_check_can("retender")
        repeat = self.copy({"request_ids": [Command.set(self.request_ids.ids)]})
        server_write(repeat, {"previous_tender_id": self.id})
        return repeat._get_form_action()

    def action_open_fail_wizard(self):
        self._flow_check_can("fail")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_fail", self.env._("Fail the Tender")
        )

    def action_open_cancel_wizard(self):
        self._flow_check_can("cancel")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_cancel", self.env._("Cancel the Tender")
        )

    def action_open_few_bids_wizard(self):
        self._flow_check_can("accept_few_bids")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_accept_few_bids", self.env._("Go On With Fewer Bids")
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_close_reason(self):
        now = fields.Datetime.now()
        return {
            tender.id: self.env._(
                "bids are received until %s.",
                tender._format_moment(tender.bid_deadline),
            )
            for tender in self
            if tender.bid_deadline and now < tender.bid_deadline
        }

    def _get_cannot_open_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        now = fields.Datetime.now()
        reasons = {}
        for tender in self:
            begins = max(filter(None, (tender.opening_date, tender.bid_deadline)))
            if now < begins:
                reasons[tender.id] = self.env._(
                    "the opening begins at %s.", tender._format_moment(begins)
                )
            elif problems := tender._get_opening_problems():
                reasons[tender.id] = " ".join(problems)
        return reasons

    def _get_opening_problems(self):
        self.ensure_one()
        problems = self._get_committee_problems()
        ready = self.sudo().committee_ids.filtered(
            lambda member: member.is_voting and member.conflict_state == "clear"
        )
        quorum = self._get_rule("quorum") or 0
        if len(ready) < quorum:
            problems.append(
                self.env._(
                    "%(ready)s of %(quorum)s committee members have declared that they "
                    "have no conflict of interest.",
                    ready=len(ready),
                    quorum=quorum,
                )
            )
        received = self._count_valid_bids()
        if not received:
            problems.append(self.env._("No bid was received: fail the tender."))
        elif received < self.min_bidders and not self.few_bids_date:
            problems.append(
                self.env._(
                    "%(received)s of at least %(needed)s bids were received: fail the "
                    "tender, or let the outsourcing manager approve an exception.",
                    received=received,
                    needed=self.min_bidders,
                )
            )
        return problems

    def _get_cannot_accept_few_bids_reason(self):
        if not self._flow_user_in(MANAGER):
            return dict.fromkeys(
                self.ids, self.env._("only the outsourcing manager makes exceptions.")
            )
        reasons = {}
        for tender in self.sudo():
            if self.env.user in tender._get_procedure_users():
                reasons[tender.id] = self.env._(
                    "you run the procedure; another manager decides."
                )
            elif tender.state != "closed":
                reasons[tender.id] = self.env._("it is decided after the closing.")
            elif not tender._count_valid_bids():
                reasons[tender.id] = self.env._("no bid was received.")
            elif (
                tender._count_valid_bids() >= tender.min_bidders or tender.few_bids_date
            ):
                reasons[tender.id] = self.env._("no exception is needed.")
        return reasons

    def _get_cannot_fail_reason(self):
        return self._get_cannot_end_reason()

    def _get_cannot_cancel_reason(self):
        return self._get_cannot_end_reason()

    def _get_cannot_end_reason(self):
        if not self._flow_user_in(PROCUREMENT, MANAGER):
            return dict.fromkeys(
                self.ids,
                self.env._("only procurement or the outsourcing manager ends it."),
            )
        reasons = {}
        for tender in self.sudo():
            ordered = tender.purchase_order_ids.filtered(
                lambda order: order.state in ("to approve", "purchase")
            )
            if ordered:
                reasons[tender.id] = self.env._(
                    "the order %s is confirmed; cancel it first.", ordered[0].name
                )
        return reasons

    def _get_cannot_retender_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for tender in self:
            if tender.state not in ("failed", "cancelled"):
                reasons[tender.id] = self.env._(
                    "only a tender that failed or was cancelled is repeated."
                )
            elif tender.next_tender_ids.filtered(
                lambda repeat: repeat.state != "cancelled"
            ):
                reasons[tender.id] = self.env._("it is repeated already.")
        return reasons

    def _get_procurement_only_reason(self):
        return self.env._("only procurement does this.")

    # ------------------------------------------------------------
    # SIDE EFFECTS
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if method := getattr(self, f"_enter_{target}", None):
            method(origins)
        self._audit(target)
        return result

    def _enter_closed(self, origins):
        server_write(self, {"closed_date": fields.Datetime.now()})
        for tender in self:
            tender._plan_activity(
                "mail_activity_type_tender_open",
                tender.user_id,
                tender.opening_date,
            )

    def _enter_opened(self, origins):
        server_write(
            self,
            {
                "is_opened": True,
                "opened_date": fields.Datetime.now(),
                "opened_by_id": self.env.uid,
            },
        )
        self._finish_activities("mail_activity_type_tender_open")
        server_write(
            self.committee_ids.filtered(
                lambda member: member.is_voting and member.conflict_state == "clear"
            ),
            {"opening_attended": True},
        )
        self._open_technical()
        self.filtered(lambda tender: tender.envelopes == "one")._open_prices()

    def _enter_failed(self, origins):
        self._end_without_award()

    def _enter_cancelled(self, origins):
        self._end_without_award()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_scored_criteria(self):
        return self.criterion_ids.filtered(lambda item: item.kind != "price")

    def _get_procedure_users(self):
        """Return the users who run the procedure (stored user ids).

        :rtype: res.users
        """
        tender = self.sudo()
        return (
            tender.create_uid
            | tender.user_id
            | tender.published_by_id
            | tender.opened_by_id
            | tender.price_opened_by_id
        )

    def _count_valid_bids(self):
        """Return how many sealed bids can be opened.

        One that its vendor did not confirm after an addendum cannot.
        """
        self.ensure_one()
        # A number alone; the rules of the procedure need it for every user.
        return len(
            self.sudo().bid_ids.filtered(
                lambda bid: bid.state == "sealed" and not bid.needs_reconfirmation
            )
        )

    def _audit(self, verb, details=None):
        """Record a step in the chain of the tender."""
        self.env["outsourcing.audit.log"]._record(self, verb, details)

    def _plan_activity(self, type_name, users, deadline):
        """Ask users to act; once per user.

        :param str type_name: XML id of the activity type, in this module
        :param users: res.users
        :param deadline: moment or None for today
        """
        self.ensure_one()
        xmlid = f"outsourcing_mgmt.{type_name}"
        deadline = deadline or fields.Datetime.now()
        # Whoever takes the step need not have rights on the activity's document.
        tender = self.sudo()
        planned = tender.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(xmlid)
        ).user_id
        for user in users - planned:
            tender.activity_schedule(
                xmlid,
                date_deadline=fields.Datetime.context_timestamp(self, deadline).date(),
                user_id=user.id,
            )

    def _finish_activities(self, type_name, users=None):
        """Mark the activities of a type as done; all, or those of ``users``."""
        xmlid = f"outsourcing_mgmt.{type_name}"
        for user in users or self.env["res.users"]:
            self.sudo().activity_feedback([xmlid], user_id=user.id)
        if users is None:
            self.sudo().activity_feedback([xmlid])

    def _format_moment(self, moment):
        """Return a moment in the time zone and language of the user."""
        return format_datetime(self.env, moment, dt_format="short")

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
