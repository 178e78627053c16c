from odoo import models

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class OutsourcingContract(models.Model):
    """The audit trail of a contract: its whole chain on one page."""

    _inherit = "outsourcing.contract"

    def action_view_audit_trail(self):
        """Open the audit trail on the screen."""
        check_one(self)
        self.check_access("read")
        report = self.env.ref("vendor_quality.action_report_contract_audit_page")
        return report.report_action(self, config=False)
