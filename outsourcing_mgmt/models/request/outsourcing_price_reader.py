"""Who joined finance after a reference price was submitted, and who let that user read.

Functions are module-level, so that code that people type into the database does not
confirm anybody.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

from ..base.grants import is_evaluated_code_running, server_create, server_write
from ..base.groups import AUDITOR, FINANCE, HR

SECRET_STATES = ("submitted", "approved", "used")
ROLES = (("finance", FINANCE), ("hr", HR), ("auditor", AUDITOR))


class OutsourcingPriceReader(models.Model):
    """A user of finance who may not yet read the reference prices of before.

    Requested -> confirmed | refused. Made when a user joins the group while reference
    prices are secret, by whatever way, or when such a user asks. Those who were in the
    group when a price was submitted read it; others once this is confirmed.

    ============  ===========================  ======================================
    Action        Who                          Restriction
    ============  ===========================  ======================================
    confirm       a second user of finance     reads all of the prices himself
    confirm       HR and auditor               two users
    refuse        any of these
    ============  ===========================  ======================================

    Neither the user nor whoever granted the group takes part.
    """

    _name = "outsourcing.price.reader"
    _description = "Reader of Secret Reference Prices"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "user_id"
    _check_company_auto = True

    _flow_transitions = {
        "requested": {"confirmed", "refused"},
        "confirmed": set(),
        "refused": set(),
    }
    _flow_verbs = {"confirmed": "complete", "refused": "refuse"}
    _flow_groups = {"confirm": (FINANCE, HR, AUDITOR), "refuse": (FINANCE, HR, AUDITOR)}
    # Nobody has write rights on these records.
    _flow_step_access = "read"
    _flow_deletable_states = frozenset()
    _flow_system_fields = frozenset(
        {
            "user_id",
            "company_id",
            "price_ids",
            "granted_by_id",
            "finance_by_id",
            "finance_at",
            "hr_by_id",
            "hr_at",
            "auditor_by_id",
            "auditor_at",
            "refused_by_id",
        }
    )

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="User",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    price_ids = fields.Many2many(
        comodel_name="outsourcing.reference.price",
        relation="outsourcing_price_reader_price_rel",
        column1="reader_id",
        column2="price_id",
        string="Reference Prices",
        readonly=True,
        check_company=True,
    )
    granted_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        help="Who gave the group, or the user who asked.",
    )
    state = fields.Selection(
        selection=[
            ("requested", "To be confirmed"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
        ],
        required=True,
        default="requested",
        copy=False,
        index=True,
        tracking=True,
    )
    finance_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Confirmed by Finance",
        readonly=True,
        copy=False,
    )
    finance_at = fields.Datetime(
        string="Confirmed by Finance On", readonly=True, copy=False
    )
    hr_by_id = fields.Many2one(
        comodel_name="res.users", string="Confirmed by HR", readonly=True, copy=False
    )
    hr_at = fields.Datetime(string="Confirmed by HR On", readonly=True, copy=False)
    auditor_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Confirmed by Auditor",
        readonly=True,
        copy=False,
    )
    auditor_at = fields.Datetime(
        string="Confirmed by Auditor On", readonly=True, copy=False
    )
    refused_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)

    can_confirm = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("user_id")
    def _compute_display_name(self):
        for reader in self:
            # sudo: the name of a colleague is no secret.
            reader.display_name = reader.sudo().user_id.name

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Let the users read; one more of finance, or HR and an auditor together."""
        self._check_typed()
        self.check_access("read")
        self._flow_check_can("confirm")
        now = fields.Datetime.now()
        # sudo: nobody has write rights on the records; the rules above judged the user.
        for reader in self.sudo():
            role = reader._get_role()
            server_write(reader, {f"{role}_by_id": self.env.uid, f"{role}_at": now})
            if reader.finance_by_id or (reader.hr_by_id and reader.auditor_by_id):
                complete(reader)
        return True

    def action_refuse(self):
        """Refuse: the users read later reference prices only."""
        self._check_typed()
        return self._take_step("refused")

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _check_typed(self):
        if is_evaluated_code_running():
            raise AccessError(
                self.env._("Readers are confirmed by persons, never by a template.")
            )

    def _get_role(self):
        """Return the part of the confirmation that the acting user gives, or None."""
        self.ensure_one()
        if self.env.user in self.hr_by_id | self.auditor_by_id:
            return None
        for role, group in ROLES:
            if self[f"{role}_by_id"] or not self._flow_user_in(group):
                continue
            if role != "finance" or self._reads_all():
                return role
        return None

    def _reads_all(self):
        """Whether the acting user of finance reads what would be shown."""
        # sudo: which users read a price is asked for every user.
        prices = self.sudo().price_ids.filtered(lambda price: not price.revealed_date)
        return all(self.env.user in price.reader_ids for price in prices)

    def _get_cannot_confirm_reason(self):
        reasons = {}
        for reader in self:
            if reader.state != "requested":
                reasons[reader.id] = self.env._("it is decided already.")
            elif self.env.user in reader.user_id | reader.granted_by_id:
                reasons[reader.id] = self.env._(
                    "neither the user nor whoever gave the group confirms it."
                )
            elif not reader._get_role():
                reasons[reader.id] = self.env._(
                    "a user of finance who reads these prices confirms it, or HR and "
                    "an auditor, who are two users."
                )
        return reasons

    def _get_cannot_refuse_reason(self):
        if self._flow_is_system():
            return {}
        return {
            reader.id: self.env._("somebody else decides about you.")
            for reader in self
            if self.env.user == reader.user_id
        }

    def _get_cannot_complete_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._(
                "a second user of finance, or HR and an auditor, use their buttons."
            ),
        )

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_confirmed(self, origins):
        # sudo: whoever confirms has no right to write reference prices.
        for reader in self.sudo():
            for price in reader.price_ids.filtered(lambda item: not item.revealed_date):
                server_write(price, {"reader_ids": [Command.link(reader.user_id.id)]})

    def _on_enter_refused(self, origins):
        # sudo: nobody has write rights on the records; the step was judged before.
        server_write(self.sudo(), {"refused_by_id": self.env.uid})

    def _on_step(self, target, origins):
        # sudo: whoever decides need not have rights on activities and prices.
        for reader in self.sudo():
            reader.activity_feedback(
                ["outsourcing_mgmt.mail_activity_type_price_reader"]
            )
            audit(reader, f"reader_{target}")


# ------------------------------------------------------------
# NEW USERS OF FINANCE
# ------------------------------------------------------------


def note_readers(env):
    """Request confirmation of users of finance who cannot read prices of before.

    Called after users or groups were written. Finance, HR and auditors are asked.
    """
    # sudo: whoever gives groups reads neither the prices nor these requests.
    prices = env["outsourcing.reference.price"].sudo()
    prices = prices.search(
        [("state", "in", SECRET_STATES), ("revealed_date", "=", False)]
    )
    if not prices:
        return
    for company, group in prices.grouped("company_id").items():
        holders = group[0]._flow_get_users_of(FINANCE)
        for user in holders:
            request_reader(user, company, group)


def request_reader(user, company, prices):
    """Ask for what ``user`` cannot read of ``prices``; once.

    :return: the open request, empty where the user reads everything
    """
    # sudo: whoever gives groups, or asks, has no rights on the requests.
    readers = prices.env["outsourcing.price.reader"].sudo()
    hidden = prices.filtered(
        lambda price: user not in price.reader_ids and user != price.author_id
    )
    if not hidden:
        return readers
    found = readers.search(
        [
            ("user_id", "=", user.id),
            ("company_id", "=", company.id),
            ("state", "=", "requested"),
        ]
    )
    if found and found.price_ids >= hidden:
        return found[:1]
    server_write(found, {"state": "refused"})
    reader = server_create(
        readers.with_context(mail_create_nosubscribe=True, mail_create_nolog=True),
        [
            {
                "user_id": user.id,
                "company_id": company.id,
                "price_ids": [Command.set(hidden.ids)],
                "granted_by_id": prices.env.uid,
            }
        ],
    )
    asked = reader.env["res.users"]
    for _role, group in ROLES:
        excluded = asked | reader.user_id | reader.granted_by_id
        asked |= reader._flow_get_users_of(group, excluded).filtered(
            lambda item: not item.share
        )[:1]
    for colleague in asked:
        reader.activity_schedule(
            "outsourcing_mgmt.mail_activity_type_price_reader", user_id=colleague.id
        )
    audit(reader, "reader_requested")
    return reader


def complete(reader):
    """Let the user read from now on; called once the right ones confirmed."""
    server_write(reader, {"state": "confirmed"})


def audit(reader, verb):
    """Record in the chain of each price who may come to read it."""
    for price in reader.price_ids:
        reader.env["outsourcing.audit.log"]._record(
            price, verb, {"reader": reader.user_id.login}
        )
