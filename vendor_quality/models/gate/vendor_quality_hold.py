from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.outsourcing_mgmt.models.base.acting_person import check_person
from odoo.addons.outsourcing_mgmt.models.base.grants import (
    is_granted,
    server_create,
    server_write,
    spend,
)
from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

ACTORS = [
    ("accounting", "Accounting"),
    ("officer", "Quality officer"),
    ("vendor", "Vendor"),
    ("approver", "Approvers of the form"),
    ("finance", "Quality finance"),
]


INCIDENTS = ("bank", "leak")

PENDING = ("waiting", "pending")

HANDLERS = (
    "account.group_account_invoice",
    "vendor_quality.group_quality_officer",
    "vendor_quality.group_quality_finance",
)
"""Who acts on holds; others who read them release and remind nobody."""


def place_holds(env, vals_list):
    """Create holds for the gate; return them in the environment of the caller."""
    # sudo: nobody has the right to create holds, only the gate places them.
    holds = server_create(env["vendor.quality.hold"].sudo(), vals_list)
    return holds.with_env(env)


def update_holds(holds, vals):
    """Write what only the gate writes on holds."""
    # sudo: nobody has the right to write the ledger of holds, only the gate.
    return server_write(holds.sudo(), vals)


class VendorQualityHold(models.Model):
    """A bill that the gate holds, and its release: the list of blocked bills.

    active -> released. A row says at which stage the bill is held, by which
    rule, who must act and what unblocks it. Holds are placed and released by
    the gate; people read them, recheck them and act on what they name. Holds of
    the stages ``bank`` (money had left against the rule) and ``leak`` are
    incidents: quality finance closes them with what was found.
    """

    _name = "vendor.quality.hold"
    _description = "Hold on a Vendor Bill"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, id desc"
    _rec_name = "move_id"

    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Bill",
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    payment_id = fields.Many2one(
        comodel_name="account.payment",
        string="Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="A payment without a journal entry that nobody decided on.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_subject",
        store=True,
        index=True,
        precompute=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        compute="_compute_subject",
        store=True,
        index=True,
        precompute=True,
    )
    move_ref = fields.Char(
        related="move_id.ref",
        string="Vendor's Reference",
        help="Number that the vendor gave the bill.",
    )
    open_request_id = fields.Many2one(
        comodel_name="vendor.quality.exception",
        string="Open Request",
        compute="_compute_open_request_id",
        help="An exception that was asked for this bill and is not decided yet.",
    )
    is_exception_asked = fields.Boolean(
        string="Exception Is Asked For", compute="_compute_open_request_id"
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_amount_total",
        compute_sudo=True,
    )
    amount_total = fields.Monetary(
        compute="_compute_amount_total",
        compute_sudo=True,
        string="Bill Total",
        help="Tax included, in the currency of the bill.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Company"
    )
    amount_company = fields.Monetary(
        compute="_compute_amount_total",
        compute_sudo=True,
        currency_field="company_currency_id",
        string="Bill Total of the Company",
        help="In the currency of the company, at the rate of the bill.",
    )
    invoice_date_due = fields.Date(related="move_id.invoice_date_due", string="Due")
    payment_state = fields.Selection(
        related="move_id.payment_state",
        string="Payment Status",
        help='"Blocked" is set by hand on the bill. Bill control does not rely on it.',
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract", readonly=True, index="btree_not_null"
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        readonly=True,
        index="btree_not_null",
        help="The quality form that the bill waits for.",
    )
    state = fields.Selection(
        selection=[("active", "Held"), ("released", "Released")],
        default="active",
        required=True,
        readonly=True,
        index=True,
    )
    stage = fields.Selection(
        selection=[
            ("post", "Posting"),
            ("payment", "Payment"),
            ("bank", "Paid by the bank"),
            ("leak", "Passed without a decision"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="What was stopped: the bill was to be posted, or to be paid. The other "
        "two are incidents: money had left, or an entry stood, before bill "
        "control could decide.",
    )
    rule = fields.Char(required=True, readonly=True)
    actor = fields.Selection(
        selection=ACTORS,
        string="Who Must Act",
        required=True,
        readonly=True,
        index=True,
        help="Whose next step ends the hold.",
    )
    reason = fields.Text(
        string="Noted Reason",
        readonly=True,
        help="As it was worded when the bill was held.",
    )
    unblock = fields.Text(string="Noted Condition for Release", readonly=True)
    reason_values = fields.Json(
        readonly=True, help="What the reason names, to word it for each reader."
    )
    reason_text = fields.Text(
        string="Blocked Because",
        compute="_compute_texts",
        help="What keeps the bill from being posted or paid.",
    )
    unblock_text = fields.Text(
        string="Unblocks When",
        compute="_compute_texts",
        help="What has to happen. The hold then ends by itself, or with Recheck and "
        "Release.",
    )
    amount = fields.Monetary(readonly=True, string="Amount in Question")
    parked_auto_post = fields.Char(
        readonly=True,
        help="How the bill would have been posted automatically before it was held; "
        "set again at the release.",
    )
    placed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        default=lambda self: self.env.uid,
        help="Whose posting or payment was stopped, or whose change the check "
        "followed.",
    )
    released_at = fields.Datetime(readonly=True)
    released_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    release_reason = fields.Char(readonly=True)
    resolution = fields.Text(help="What was found about an incident.")

    _active_unique = models.UniqueIndex(
        "(move_id, stage) WHERE state = 'active' AND stage IN ('post', 'payment')",
        "The bill is held at this stage already.",
    )
    _subject_named = models.Constraint(
        "CHECK (move_id IS NOT NULL OR payment_id IS NOT NULL)",
        "A hold names a bill, an entry or a payment.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("move_id.company_id", "move_id.commercial_partner_id", "payment_id")
    def _compute_subject(self):
        for hold in self:
            move, payment = hold.move_id, hold.payment_id
            hold.company_id = move.company_id or payment.company_id
            hold.partner_id = (
                move.commercial_partner_id
                or payment.partner_id.commercial_partner_id
                or hold._get_named_vendor()
            )

    def _get_named_vendor(self):
        """Return the vendor that the lines of an entry name, if it is one."""
        vendors = self.move_id.line_ids.partner_id.commercial_partner_id
        return vendors if len(vendors) == 1 else vendors.browse()

    @api.depends(
        *("move_id.amount_total", "move_id.amount_total_signed"),
        *("move_id.currency_id", "payment_id"),
    )
    def _compute_amount_total(self):
        for hold in self:
            subject = hold.move_id or hold.payment_id
            hold.currency_id = subject.currency_id
            hold.amount_total = (
                hold.move_id.amount_total if hold.move_id else hold.payment_id.amount
            )
            hold.amount_company = abs(
                hold.move_id.amount_total_signed
                if hold.move_id
                else hold.payment_id.amount_company_currency_signed
            )

    @api.depends("move_id", "payment_id")
    def _compute_display_name(self):
        # sudo: quality staff act on a hold and need not read bills.
        for hold in self.sudo():
            hold.display_name = (hold.move_id or hold.payment_id).display_name

    @api.depends("move_id.vendor_quality_exception_ids.state")
    def _compute_open_request_id(self):
        requests = self.env["vendor.quality.exception"].search(
            [("move_id", "in", self.move_id.ids), ("state", "=", "submitted")]
        )
        by_move = requests.grouped("move_id")
        for hold in self:
            asked = by_move.get(hold.move_id, requests.browse())
            exceptions = asked.filtered(lambda request: request.purpose == "exception")
            hold.open_request_id = (exceptions or asked)[:1]
            hold.is_exception_asked = bool(exceptions)

    @api.depends("rule", "reason_values", "reason", "unblock")
    @api.depends_context("lang")
    def _compute_texts(self):
        """Word the reason in the language of whoever reads it."""
        gate = self.env["vendor.quality.gate"]
        for hold in self:
            hold.reason_text, hold.unblock_text = (
                gate._word_rule(hold.rule, hold.reason_values)
                if hold.reason_values
                else (hold.reason, hold.unblock)
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_granted(self.browse(), "create"):
            raise AccessError(self._ledger_message())
        spend(self, "create")
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & self._get_ledger_fields() and not is_granted(self):
            raise AccessError(self._ledger_message())
        spend(self)
        return super().write(vals)

    @guards_deletion
    def _unlink_except_ledger(self):
        raise AccessError(self._ledger_message())

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_recheck(self):
        """Judge the bills again and release those that may pass now."""
        self._check_handler()
        held = self.filtered(
            lambda hold: hold.state == "active" and hold.stage not in INCIDENTS
        )
        # sudo: officers and quality finance act on holds and need not read bills.
        self.env["vendor.quality.gate"]._refresh(self.sudo().move_id)
        released = held.filtered(lambda hold: hold.state == "released")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if released else "info",
                "message": self.env._(
                    "%(released)s of %(count)s holds released.",
                    released=len(released),
                    count=len(held),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_bill(self):
        """Open the bill that is held, or the payment."""
        check_one(self)
        self.check_access("read")
        return (self.move_id or self.payment_id)._get_records_action()

    def action_request_exception(self):
        """Open a request to let the bill through once."""
        check_one(self)
        self.check_access("read")
        return self.move_id.action_vendor_quality_request_exception()

    def action_resolve_incident(self):
        """Close an incident with what was found; not by who reconciled."""
        if not self.env.user.has_group("vendor_quality.group_quality_finance"):
            raise AccessError(
                self.env._("Only quality finance closes an incident of this kind.")
            )
        check_person(self)
        for hold in self.filtered(
            lambda item: item.stage in INCIDENTS and item.state == "active"
        ):
            if hold.placed_by_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "You reconciled the payment, so somebody else of quality "
                        "finance must close the incident."
                    )
                )
            if not hold.resolution:
                raise UserError(self.env._("Write first what was found."))
            hold._release(hold.resolution)
        return True

    def action_remind(self):
        """Remind the people the holds name; the vendor gets a message on the form."""
        self._check_handler()
        holds = self.sudo().filtered(  # sudo: whoever reminds need not read forms
            lambda hold: hold.state == "active"
        )
        if not holds:
            raise UserError(self.env._("Nothing is held any more: nobody to remind."))
        by_form = holds.filtered(lambda hold: hold.actor == "vendor")
        count = 0
        for form in by_form.form_id:
            count += form._vendor_quality_remind_vendor()
        for hold in holds - by_form:
            count += hold._remind(hold._get_actors())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "info",
                "message": self.env._("%s reminders sent.", count)
                if count
                else self.env._("Everybody was reminded already."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_handler(self):
        """Refuse whoever may only read holds: to act on them asks and tells others."""
        if not self.env.user.has_groups(",".join(HANDLERS)):
            raise AccessError(
                self.env._(
                    "Accounting, quality officers and quality finance act on holds."
                )
            )
        self.check_access("read")

    def _release(self, reason):
        """Release the holds and arm again what posts by itself."""
        parked = self.filtered(
            lambda hold: hold.parked_auto_post and hold.move_id.state == "draft"
        )
        for auto_post, holds in parked.grouped("parked_auto_post").items():
            holds.move_id.auto_post = auto_post
        update_holds(
            self,
            {
                "state": "released",
                "released_at": fields.Datetime.now(),
                "released_by_id": self.env.uid,
                "release_reason": reason,
            },
        )
        # sudo: activities belong to those who were asked to act.
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    @api.model
    def _get_ledger_fields(self):
        """Everything but what mail and activities write."""
        return {
            name
            for name, field in self._fields.items()
            if field._module == "vendor_quality" and name != "resolution"
        }

    def _schedule_activity(self):
        """Ask quality finance to look into an incident."""
        # sudo: users cannot read who is in a group; one of them is asked.
        users = self.env.ref("vendor_quality.group_quality_finance").sudo().all_user_ids
        # sudo: whoever pays has no right on holds, and somebody must look into them.
        for hold in self.sudo():
            able = users.filtered(
                lambda user, hold=hold: (
                    not user.share
                    and user != self.env.user
                    and hold.company_id in user.company_ids
                )
            )
            if able:
                hold.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("A bill was paid although it is held"),
                    note=escape(hold.reason_text or ""),
                    user_id=able[0].id,
                )

    def _ledger_message(self):
        return self.env._(
            "Holds are placed and released automatically: do what the hold names, "
            "then recheck it."
        )

    def _get_actors(self):
        """Return the users who can act on the hold, the nearest first."""
        self.ensure_one()
        found = self.env["res.users"]
        if self.actor == "accounting":
            found = self.move_id.invoice_user_id or self.move_id.create_uid
            found = found or self.payment_id.create_uid
        elif self.actor == "officer":
            found = self.form_id.collected_by_id or self.contract_id.owner_id
        elif self.actor == "approver":
            found = self.form_id.review_ids.filtered(
                lambda review: review.status in PENDING
            ).reviewer_ids
        return (found or self._get_group_users()).filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    def _get_group_users(self):
        group = {
            "accounting": "account.group_account_manager",
            "officer": "vendor_quality.group_quality_officer",
            "approver": "vendor_quality.group_quality_manager",
        }.get(self.actor, "vendor_quality.group_quality_finance")
        return self.env.ref(group).all_user_ids

    def _remind(self, users):
        """Give one of ``users`` an activity unless one of them has it; count it."""
        self.ensure_one()
        summary = self.env._("A held bill waits for you")
        if not users or any(
            activity.summary == summary and activity.user_id in users
            for activity in self.activity_ids
        ):
            return 0
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=escape(f"{self.reason_text or ''} {self.unblock_text or ''}".strip()),
            user_id=users[0].id,
        )
        return 1
