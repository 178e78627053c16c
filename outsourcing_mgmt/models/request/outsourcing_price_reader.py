"""Who joined finance after a reference price was submitted, and who let that user read.

Functions are module-level, so that code that people type into the database does not
confirm anybody.
"""

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_list

from ..approval.outsourcing_joint_mixin import ask_joint, request_joint
from ..base.grants import server_write
from ..base.groups import AUDITOR, FINANCE, HR

SECRET_STATES = ("submitted", "approved", "used")


class OutsourcingPriceReader(models.Model):
    """A user of finance who may not yet read the reference prices of before.

    Made when a user joins the group while reference
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
    _inherit = ["outsourcing.joint.mixin"]
    _order = "id desc"
    _rec_name = "user_id"

    _joint_roles = {"finance": FINANCE, "hr": HR, "auditor": AUDITOR}
    _joint_sets = (("finance",), ("hr", "auditor"))
    _joint_activity = "outsourcing_mgmt.mail_activity_type_price_reader"
    _flow_groups = {"confirm": (FINANCE, HR, AUDITOR), "refuse": (FINANCE, HR, AUDITOR)}
    _flow_system_fields = frozenset({"price_ids"})

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
    requester_id = fields.Many2one(
        string="Granted By", help="Who gave the group, or the user who asked."
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

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("user_id")
    def _compute_display_name(self):
        for reader in self:
            # sudo: the name of a colleague is no secret.
            reader.display_name = reader.sudo().user_id.name

    # ------------------------------------------------------------
    # RULES OF THE JOINT REQUEST
    # ------------------------------------------------------------

    def _joint_may_give(self, role):
        """Finance confirms where it reads what would be shown."""
        if role != "finance":
            return True
        # sudo: which users read a price is asked for every user.
        prices = self.sudo().price_ids.filtered(lambda price: not price.revealed_date)
        return all(self.env.user in price.reader_ids for price in prices)

    def _joint_get_missing_text(self):
        return self.env._(
            "a user of finance who reads these prices confirms it, or HR and an "
            "auditor, who are two users."
        )

    def _dual_get_summary(self):
        # sudo: names of a colleague and of documents, for whoever reads the request.
        system = self.sudo()
        return self.env._(
            "%(person)s reads %(prices)s before they are revealed",
            person=system.user_id.name,
            prices=format_list(self.env, system.price_ids.mapped("name")),
        )

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_confirmed(self, origins):
        # sudo: whoever confirms has no right to write reference prices.
        for reader in self.sudo():
            for price in reader.price_ids.filtered(lambda item: not item.revealed_date):
                server_write(price, {"reader_ids": [Command.link(reader.user_id.id)]})

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        # sudo: whoever decides need not have rights on prices.
        for reader in self.sudo():
            audit(reader, f"reader_{target}")
        return result


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
    env = prices.env
    asks = user == env.user
    reader = request_joint(
        readers,
        [
            {
                "user_id": user.id,
                "company_id": company.id,
                "price_ids": [Command.set(hidden.ids)],
                "requester_id": env.uid,
                "reason": env._("asks to read them")
                if asks
                else env._("joined finance after they were submitted"),
                "expiry_date": readers._dual_last_day(company),
            }
        ],
    )
    ask_joint(reader, readers._joint_roles.values())
    audit(reader, "reader_requested")
    return reader


def audit(reader, verb):
    """Record in the chain of each price who may come to read it."""
    for price in reader.price_ids:
        reader.env["outsourcing.audit.log"]._record(
            price, verb, {"reader": reader.user_id.login}
        )
