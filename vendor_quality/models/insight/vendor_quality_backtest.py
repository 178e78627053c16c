from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import backtest
from ..gate.outsourcing_contract import SETUP_STATES

MANAGER = "vendor_quality.group_quality_manager"


class VendorQualityBacktest(models.Model):
    """Back-test of a template: past months scored by the old and the new rules.

    draft -> running -> done, or failed. The sources are counted again for each
    contract and period and scored by the old and by the new rules; no form, bill
    or contract is touched. The result is written by the server alone, signed,
    and kept as evidence with the template that is put in force on it.

    ============  ==========================  =================================
    step          who                         but not
    ============  ==========================  =================================
    write, run    quality manager             once it runs
    finish, fail  the server
    ============  ==========================  =================================
    """

    _name = "vendor.quality.backtest"
    _description = "Test of a Quality Template"
    _inherit = ["outsourcing.flow.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"running"},
        "running": {"done", "failed"},
        "done": set(),
        "failed": set(),
    }
    _flow_verbs = {"running": "run", "done": "finish", "failed": "finish"}
    _flow_groups = {"run": (MANAGER,)}
    _flow_system_fields = frozenset(
        {
            "date_from",
            "date_to",
            "content_hash",
            "rules",
            "last_contract_id",
            "done_count",
            "contract_count",
            "run_by_id",
            "started_at",
            "finished_at",
            "failure",
            "result",
            "result_hash",
            "line_ids",
            "bill_ids",
        }
    )
    _flow_content_fields = frozenset(
        {"template_id", "company_id", "months", "category_ids", "contract_ids"}
    )
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', '=', 'draft')]",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Test Failed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    months = fields.Integer(
        default=12,
        required=True,
        help="How many of the last ended months are tested, in whole periods of the "
        "template.",
    )
    category_ids = fields.Many2many(
        comodel_name="outsourcing.category",
        string="Categories",
        check_company=True,
        help="Test the contracts of these categories. Leave empty for a new version: "
        "it is tested on the contracts that the template scores.",
    )
    contract_ids = fields.Many2many(
        comodel_name="outsourcing.contract",
        string="Contracts",
        compute="_compute_contract_ids",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('state', 'not in', ('draft', 'to_sign', 'cancelled')), "
        "('company_id', '=', company_id)]",
        help="A version that replaces another one is tested on all of its contracts.",
    )

    # What was tested
    date_from = fields.Date(string="Tested From", readonly=True, copy=False)
    date_to = fields.Date(string="Tested To", readonly=True, copy=False)
    content_hash = fields.Char(
        string="Content Tested",
        readonly=True,
        copy=False,
        index=True,
        help="SHA-256 of the template with its metrics, as it was tested.",
    )
    rules = fields.Json(readonly=True, copy=False)
    is_outdated = fields.Boolean(
        compute="_compute_is_outdated",
        help="The template or one of its metrics was changed after the test.",
    )

    # Run
    contract_count = fields.Integer(
        string="Contracts Tested", readonly=True, copy=False
    )
    done_count = fields.Integer(readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress", string="Progress (%)")
    last_contract_id = fields.Integer(readonly=True, copy=False)
    run_by_id = fields.Many2one(
        comodel_name="res.users", string="Run By", readonly=True, copy=False
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(
        string="Run On", readonly=True, copy=False, index=True
    )
    failure = fields.Text(readonly=True, copy=False)

    # Result
    line_ids = fields.One2many(
        comodel_name="vendor.quality.backtest.line",
        inverse_name="backtest_id",
        string="Periods",
        readonly=True,
        copy=False,
    )
    bill_ids = fields.One2many(
        comodel_name="vendor.quality.backtest.bill",
        inverse_name="backtest_id",
        string="Bills",
        readonly=True,
        copy=False,
    )
    result = fields.Json(string="Totals", readonly=True, copy=False)
    result_hash = fields.Char(
        string="Signature",
        readonly=True,
        copy=False,
        help="SHA-256 over what was tested and every line of the result.",
    )
    result_html = fields.Html(
        string="Result", compute="_compute_result_html", sanitize=False
    )
    can_run = fields.Boolean(compute="_compute_flow_can")

    _months_range = models.Constraint(
        "CHECK (months BETWEEN 1 AND 60)", "Test between 1 and 60 months."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("template_id", "finished_at")
    def _compute_display_name(self):
        for test in self:
            name = self.env._("Test of %s", test.template_id.display_name or "")
            if test.finished_at:
                day = test.company_id._outsourcing_date(test.finished_at)
                name = f"{name}, {fields.Date.to_string(day)}"
            test.display_name = name

    @api.depends("template_id", "company_id", "category_ids")
    def _compute_contract_ids(self):
        for test in self:
            test.contract_ids = test._get_default_contracts()

    @api.depends("done_count", "contract_count", "state")
    def _compute_progress(self):
        for test in self:
            share = test.done_count / test.contract_count if test.contract_count else 0
            test.progress = 100.0 if test.state == "done" else 100.0 * share

    @api.depends("content_hash", "template_id")
    def _compute_is_outdated(self):
        for test in self:
            test.is_outdated = bool(test.content_hash) and (
                test.content_hash != test.template_id._get_content_hash()
            )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_running(self, origins):
        for test in self:
            test._start()

    def _get_cannot_run_reason(self):
        reasons = {}
        for test in self:
            template = test.template_id
            if template.state != "draft":
                reasons[test.id] = self.env._(
                    "%s is in force already. Test a new version of it.",
                    template.display_name,
                )
            elif reason := template._get_incomplete_reason():
                reasons[test.id] = reason
            elif not test.contract_ids:
                reasons[test.id] = self.env._("choose the contracts to test it on.")
        return reasons

    def _get_cannot_finish_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(self.ids, self.env._("the test ends by itself."))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_run(self):
        """Test the template; many contracts are tested in the background."""
        return self._take_step("running")

    def action_view_lines(self):
        self.check_access("read")
        return self._get_result_action("vendor_quality_backtest_line_action")

    def action_view_bills(self):
        self.check_access("read")
        return self._get_result_action("vendor_quality_backtest_bill_action")

    def action_view_contracts(self):
        """Choose the contracts in a list of their own: they may be thousands."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contracts Tested"),
            "res_model": "outsourcing.contract",
            "view_mode": "list,form",
            "domain": [("id", "in", self.contract_ids.ids)],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_result_action(self, name):
        check_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(f"vendor_quality.{name}")
        action["domain"] = [("backtest_id", "=", self.id)]
        return action

    def _get_default_contracts(self):
        """Return the contracts of the categories, or those the template scores."""
        self.ensure_one()
        Contract = self.env["outsourcing.contract"]
        if self.category_ids:
            domain = [("category_id", "child_of", self.category_ids.ids)]
        elif self.template_id:
            versions = self.template_id._get_versions()
            domain = [("vendor_quality_template_id", "in", versions.ids)]
        else:
            return Contract
        return Contract.search(
            [
                *domain,
                ("company_id", "=", self.company_id.id),
                ("state", "not in", SETUP_STATES),
            ]
        )

    @api.model
    def _get_fixed_message(self):
        """Return why nobody changes what a test found."""
        return self.env._(
            "The result of a template test is written by the test itself and never "
            "changes. Run a new test."
        )

    # ------------------------------------------------------------
    # SIGNATURE
    # ------------------------------------------------------------

    def _get_result_hash(self):
        """Return the SHA-256 over what was tested and every line of the result."""
        self.ensure_one()
        # sudo: every line counts, whatever the acting user may read of it.
        test = self.sudo()
        self.env.flush_all()
        test.invalidate_recordset()
        head = {
            "template": test.template_id.id,
            "content": test.content_hash,
            "rules": test.rules,
            "company": test.company_id.id,
            "contracts": sorted(test.contract_ids.ids),
            "from": fields.Date.to_string(test.date_from),
            "to": fields.Date.to_string(test.date_to),
            "run_by": test.run_by_id.id,
            "run_on": fields.Datetime.to_string(test.finished_at),
            "result": test.result,
        }
        rows = (
            row._get_signed()
            for records in (test.line_ids, test.bill_ids)
            for row in records._read_stored()
        )
        return backtest.sign(head, rows)

    def _check_intact(self):
        """Refuse a result that is no longer the one that was signed."""
        for test in self:
            if test.result_hash != test._get_result_hash():
                raise UserError(
                    self.env._(
                        "%s: the stored result does not match its signature, so it "
                        "was changed outside the test. Run a new test.",
                        test.display_name,
                    )
                )
