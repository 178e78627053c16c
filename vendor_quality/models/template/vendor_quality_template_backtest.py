from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ..gate.outsourcing_contract import SETUP_STATES

BACKTEST_DAYS = 30


class VendorQualityTemplate(models.Model):
    """No new version without a look at what it would have meant.

    A version whose contracts are scored already is put in force on a test of
    exactly its content, run in the last 30 days over all of these contracts. The
    test and its signature are stored with the version.
    """

    _inherit = "vendor.quality.template"

    backtest_id = fields.Many2one(
        comodel_name="vendor.quality.backtest",
        string="Put in Force On",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The test on past months that the activating manager confirmed.",
    )
    backtest_hash = fields.Char(
        string="Signature of the Test", readonly=True, copy=False
    )
    backtest_ids = fields.One2many(
        comodel_name="vendor.quality.backtest",
        inverse_name="template_id",
        string="Tests",
    )
    backtest_count = fields.Integer(
        string="Test Count", compute="_compute_backtest_count"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("backtest_ids")
    def _compute_backtest_count(self):
        for template in self:
            template.backtest_count = len(template.backtest_ids)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_tested(self):
        # Tests of other companies are evidence as well.
        tested = self.filtered(lambda item: item.sudo().backtest_ids)
        if tested:
            raise UserError(
                self.env._(
                    "%s: tests on past months are kept with the template. Archive it "
                    "instead.",
                    tested._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"backtest_id", "backtest_hash"}

    def _flow_check_transition(self, target, vals):
        result = super()._flow_check_transition(target, vals)
        if target == "active":
            for template in self:
                template._get_valid_backtests()._check_intact()
        return result

    def _flow_entered(self, target, origins):
        if target == "active":
            for template in self:
                if test := template._get_valid_backtests()[:1]:
                    server_write(
                        template,
                        {"backtest_id": test.id, "backtest_hash": test.result_hash},
                    )
        return super()._flow_entered(target, origins)

    def _get_cannot_activate_reason(self):
        reasons = super()._get_cannot_activate_reason()
        for template in self:
            if template.id not in reasons:
                if reason := template._get_backtest_reason():
                    reasons[template.id] = reason
        return reasons

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm_activation(self):
        """Show what the version would have meant, then put it in force."""
        self.ensure_one()
        self._flow_check_can("activate")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put in Force"),
            "res_model": "vendor.quality.template.activate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_template_id": self.id},
        }

    def action_test(self):
        """Open a new test of the version on past months."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test on Past Months"),
            "res_model": "vendor.quality.backtest",
            "view_mode": "form",
            "context": {"default_template_id": self.id},
        }

    def action_view_backtests(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_backtest_action"
        )
        action["domain"] = [("template_id", "=", self.id)]
        action["context"] = {"default_template_id": self.id}
        return action

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_valid_backtests(self):
        """Return the finished tests of exactly this content, the newest first."""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=BACKTEST_DAYS)
        # Another company's test of a shared template counts, seen or not.
        return (
            self.env["vendor.quality.backtest"]
            .sudo()
            .search(
                [
                    ("template_id", "=", self.id),
                    ("state", "=", "done"),
                    ("finished_at", ">=", since),
                    ("content_hash", "=", self._get_content_hash()),
                ],
                order="finished_at desc, id desc",
            )
        )

    def _get_backtest_reason(self):
        """Say which test on past months is missing, or return an empty string."""
        self.ensure_one()
        # Contracts of every company fall under the version.
        used = self.env["outsourcing.contract"].sudo()
        domain = Domain(
            [
                ("vendor_quality_template_id", "in", self.sudo()._get_versions().ids),
                ("state", "not in", SETUP_STATES),
            ]
        )
        count = used.search_count(domain)
        if not count:
            return ""
        tests = self._get_valid_backtests()
        if not tests:
            if self.sudo().backtest_ids.filtered(lambda test: test.state == "done"):
                return self.env._(
                    "it was changed after its last test on past months, or the test is "
                    "older than %(days)s days. Test it again.",
                    days=BACKTEST_DAYS,
                )
            return self.env._(
                "it changes the rules of %(count)s contracts. Test it on past months "
                "first, so that whoever puts it in force sees what it means.",
                count=count,
            )
        first = min(tests.mapped("date_from"))
        last = max(tests.mapped("date_to"))
        untested = used.search_count(
            domain
            & Domain("id", "not in", tests.contract_ids.ids)
            & Domain("date_start", "<=", last)
            & (Domain("date_end", ">=", first) | Domain("term", "=", "auto_renew"))
        )
        if untested:
            return self.env._(
                "its test leaves out %(count)s of the contracts that it changes. Test "
                "it on all of them, in each company.",
                count=untested,
            )
        return ""
