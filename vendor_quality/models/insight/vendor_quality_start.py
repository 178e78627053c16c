from datetime import timedelta

from odoo import api, models

MANAGER = "vendor_quality.group_quality_manager"
FINANCE = "vendor_quality.group_quality_finance"
OFFICER = "vendor_quality.group_quality_officer"
INSPECTOR = "vendor_quality.group_quality_inspector"
AUDITOR = "vendor_quality.group_quality_auditor"
LATE = timedelta(days=14)


class VendorQualityStart(models.AbstractModel):
    """The page on which the application opens: what waits for the role of the user.

    ``WORK`` is gone through from the top: the first that holds something for one of the
    groups of the user is opened. Where nothing waits, it is the first page of the
    first group, which says so.
    """

    _name = "vendor.quality.start"
    _description = "Start Page of Vendor Quality"

    WORK = (
        # group, action, model, domain of what waits (None: late forms), filter
        (
            MANAGER,
            "vendor_quality_form_action_review",
            "vendor.quality.form",
            [("state", "=", "review")],
            "to_approve",
        ),
        (
            FINANCE,
            "vendor_quality_exception_action",
            "vendor.quality.exception",
            [("state", "=", "submitted")],
            "to_decide",
        ),
        (
            FINANCE,
            "vendor_quality_form_action_review",
            "vendor.quality.form",
            [("state", "=", "review")],
            "to_approve",
        ),
        (
            FINANCE,
            "vendor_quality_deduction_action_apply",
            "vendor.quality.deduction",
            [
                ("kind", "!=", "retention"),
                ("state", "=", "approved"),
                ("form_state", "=", "approved"),
                ("difference_amount", "!=", 0),
            ],
            "to_apply",
        ),
        (
            OFFICER,
            "vendor_quality_form_action",
            "vendor.quality.form",
            None,
            "late",
        ),
        (
            OFFICER,
            "vendor_quality_dispute_action",
            "vendor.quality.dispute",
            [("state", "=", "submitted")],
            "open",
        ),
        (
            OFFICER,
            "vendor_quality_form_action",
            "vendor.quality.form",
            [("state", "in", ("draft", "collected", "vendor_review"))],
            "to_prepare",
        ),
        (
            INSPECTOR,
            "vendor_quality_inspection_action_mine",
            "vendor.quality.inspection",
            [],
            "",
        ),
        (
            AUDITOR,
            "vendor_quality_standing_action",
            "vendor.quality.standing",
            [],
            "",
        ),
    )

    @api.model
    def _open(self):
        """Return the action of what waits for the user."""
        own = [item for item in self.WORK if self.env.user.has_group(item[0])]
        for _group, action, model, domain, filter_name in own:
            waiting = self._get_late_domain() if domain is None else domain
            if self.env[model].search_count(waiting, limit=1):
                return self._get_action(action, filter_name)
        for _group, action, _model, _domain, filter_name in own:
            return self._get_action(action, filter_name)
        return self._get_action("vendor_quality_form_action", "live")

    @api.model
    def _get_late_domain(self):
        """Return the forms that nobody has sent on two weeks after their period."""
        day = self.env.company._outsourcing_today() - LATE
        return [
            ("state", "in", ("draft", "collected", "vendor_review")),
            ("date_end", "<", day),
        ]

    @api.model
    def _get_action(self, name, filter_name):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"vendor_quality.{name}")
        if filter_name:
            action["context"] = {f"search_default_{filter_name}": 1}
        return action
