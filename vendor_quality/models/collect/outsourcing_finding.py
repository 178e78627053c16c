from datetime import timedelta

from odoo import models

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class OutsourcingFinding(models.Model):
    """A finding against the service, which may lead to an improvement plan.

    It counts in the period of its day once it is verified.
    """

    _name = "outsourcing.finding"
    _inherit = ["outsourcing.finding", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset({"contract_id", "date", "finding_type", "verified_on"})

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_new_improvement_plan(self):
        """Open a new plan about what was found."""
        check_one(self)
        self.check_access("read")
        return self.env["vendor.quality.improvement.plan"]._open_new(
            self.contract_id, self.subject, finding_id=self.id
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_quality_days(self):
        for finding in self.filtered("verified_on"):
            yield finding.contract_id, finding.date, finding.date

    def _has_own_record(self, since):
        """A round that failed items is a record of the outsourcing department."""
        if super()._has_own_record(since):
            return True
        # Moments are UTC, days those of the company: a day more on both ends.
        rounds = self.env["vendor.quality.inspection"].search(
            [
                ("contract_id", "=", self.contract_id.id),
                ("fail_count", ">", 0),
                ("done_at", ">=", since - timedelta(days=1)),
                ("done_at", "<=", self.date + timedelta(days=2)),
            ]
        )
        return any(
            since <= self.company_id._outsourcing_date(one.done_at) <= self.date
            for one in rounds
        )
