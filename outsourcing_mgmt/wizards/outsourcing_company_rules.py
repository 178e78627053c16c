from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.base.groups import MANAGER
from ..models.base.res_company import DAY_KINDS, SCOPE_FAILING, SCOPE_RULES
from ..tools.one_record import check_one

PREFIX = "outsourcing_"
RULES = (
    "scope_rule",
    "scope_failing",
    "sign_days",
    "filing_days",
    "filing_day_kind",
    "notice_days",
    "alert_days",
    "amendment_cap",
    "retention_years",
)


class OutsourcingCompanyRules(models.TransientModel):
    """The company's rules of requests and contracts, changed by the manager.

    They are settings of the company, which the manager cannot write otherwise. Each
    change is kept in the audit log of the company. Rates, caps and fines are HR's; the
    persons of the last resort and the time zone are a Settings administrator's.
    """

    _name = "outsourcing.company.rules"
    _description = "Tender and Contract Rules"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    scope_rule = fields.Selection(
        selection=SCOPE_RULES,
        string="Scope Test of Requests",
        required=True,
        help="When a service may be outsourced: not core business, back office, no "
        "career path, long-term need.",
    )
    scope_failing = fields.Selection(
        selection=SCOPE_FAILING,
        string="A Request That Fails It",
        required=True,
        help="What becomes of a request that does not pass the scope test.",
    )
    sign_days = fields.Integer(
        string="Days to Sign",
        help="For new procedures, and for contracts that rest on no award: days from "
        "the release for signature.",
    )
    filing_days = fields.Integer(
        string="Days to File", help="Days from the signature to the filing with HR."
    )
    filing_day_kind = fields.Selection(
        selection=DAY_KINDS, string="Filing Days Are", required=True
    )
    notice_days = fields.Integer(
        help="Proposed on new contracts: days before the end at which a contract is "
        "expiring and has to be renewed or terminated."
    )
    alert_days = fields.Integer(
        help="Days before a notice date or the end of a guarantee at which its owner "
        "gets an activity."
    )
    amendment_cap = fields.Float(
        string="Amendment Cap (%)",
        help="All amendments of a contract together, in percent of what was awarded. "
        "Beyond it finance approves too.",
    )

    retention_years = fields.Integer(
        string="Retention (Years)",
        help="Years after its end in which nothing of a contract is deleted.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        # sudo: the manager cannot write the company and may not read all of it.
        company = self.env.company.sudo()
        wanted = set(RULES).intersection(fields_list)
        return {**values, **{name: company[PREFIX + name] for name in wanted}}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Write the rules to the company, as manager, and keep what they were."""
        check_one(self)
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("The outsourcing manager changes these rules.")
            )
        # sudo: the manager owns these rules, and has no other right on the company.
        company = self.company_id.sudo()
        changed = {
            name: self[name] for name in RULES if company[PREFIX + name] != self[name]
        }
        if changed:
            # The company logs what is changed.
            company.write({PREFIX + name: value for name, value in changed.items()})
        return {"type": "ir.actions.act_window_close"}
