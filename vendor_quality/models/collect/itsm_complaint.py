from odoo import api, fields, models
from odoo.tools import SQL

from ..base.vendor_quality_counted_mixin import lists_days
from .itsm_sla_clock import ONE_DAY


class ItsmComplaint(models.Model):
    """A complaint that counts for the vendor contract of its ticket or service."""

    _name = "itsm.complaint"
    _inherit = ["itsm.complaint", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset({"closed_at", "outcome", "outsourcing_contract_id"})

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Vendor Contract",
        compute="_compute_outsourcing_contract_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="That of the ticket; without a ticket, of the service on the day of the "
        "complaint. Upheld complaints count in the score of the vendor.",
        groups="itsm_desk.group_itsm_quality,itsm_desk.group_itsm_manager",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id.outsourcing_contract_id", "service_id")
    @lists_days
    def _compute_outsourcing_contract_id(self):
        for complaint in self:
            if complaint.ticket_id:
                contract = complaint.ticket_id.outsourcing_contract_id
            elif complaint.service_id:
                company = complaint.company_id
                contract = complaint.service_id._get_outsourcing_contract(
                    company._outsourcing_date(complaint.filed_at)
                ).filtered(lambda item, company=company: item.company_id == company)
            else:
                contract = self.env["outsourcing.contract"]
            complaint.outsourcing_contract_id = contract

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_quality_days(self):
        """A complaint counts once it is closed.

        Moments are in UTC: a day on either side holds the day of any time zone.
        """
        for complaint in self.filtered("closed_at"):
            day = complaint.closed_at.date()
            contract = complaint.outsourcing_contract_id
            if contract:
                yield contract, day - ONE_DAY, day + ONE_DAY


class ItsmComplaintAnalysis(models.Model):
    """Figures about complaints by vendor contract."""

    _inherit = "itsm.complaint.analysis"
    _depends = {"itsm.complaint": ["outsourcing_contract_id"]}

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract", string="Vendor Contract", readonly=True
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_columns(self):
        return {
            **super()._get_columns(),
            "outsourcing_contract_id": SQL("complaint.outsourcing_contract_id"),
        }
