from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import frozendict, ormcache

from ...tools import periods
from ..base.vendor_quality_counted_mixin import lists_days
from .itsm_handling import get_repair_days
from .itsm_sla_clock import ONE_DAY

EDITORS = (
    "itsm_desk.group_itsm_supervisor",
    "vendor_quality.group_quality_officer",
)


class ItsmTicket(models.Model):
    """A ticket that counts for the vendor contract behind its service."""

    _name = "itsm.ticket"
    _inherit = ["itsm.ticket", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {
            "equipment_ids",
            "is_satisfaction_counted",
            "outsourcing_contract_id",
            "rating_value",
            "signed_off_at",
            "ticket_type",
        }
    )

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Vendor Contract",
        compute="_compute_outsourcing_contract_id",
        store=True,
        precompute=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The contract under which the service was delivered on the day of the "
        "ticket. Its deadlines and rating count in the vendor's score.",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("service_id")
    @lists_days
    def _compute_outsourcing_contract_id(self):
        for ticket in self:
            contract = self.env["outsourcing.contract"]
            company = ticket.company_id or self.env.company
            if ticket.service_id:
                contract = ticket.service_id._get_outsourcing_contract(
                    ticket._get_filing_day(company)
                )
            ticket.outsourcing_contract_id = contract.filtered(
                lambda item, company=company: item.company_id == company
            )

    @lists_days
    def _compute_is_satisfaction_counted(self):
        return super()._compute_is_satisfaction_counted()

    @lists_days
    def _compute_ticket_type(self):
        return super()._compute_ticket_type()

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Defaults come from the caller too: by its context, or stored by the user.
        defaults = self.default_get(["outsourcing_contract_id"])
        if any(
            {**defaults, **vals}.get("outsourcing_contract_id") for vals in vals_list
        ):
            self._check_may_set_contract()
        return super().create(vals_list)

    def write(self, vals):
        if "outsourcing_contract_id" in vals and any(
            ticket.outsourcing_contract_id.id != vals["outsourcing_contract_id"]
            # sudo: customers write tickets without reading contracts; only compared.
            for ticket in self.sudo()
        ):
            self._check_may_set_contract()
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _event_get_facts(self):
        """Record who delivers, too."""
        return frozendict(super()._event_get_facts(), outsourcing_contract_id="vendor")

    def _get_quality_days(self):
        """A ticket counts by sign-off, clocks, second repairs and time at the vendor.

        It takes them along to another contract.
        """
        if handled := self.filtered("equipment_ids"):
            yield from get_repair_days(handled)
        for ticket in self.filtered("outsourcing_contract_id"):
            contract = ticket.outsourcing_contract_id
            if moment := ticket.signed_off_at:
                day = moment.date()
                yield contract, day - ONE_DAY, day + ONE_DAY
            yield from ticket.clock_ids._get_quality_days()
            if ticket.vendor_partner_id:
                yield from ticket.vendor_job_ids._get_quality_days()

    def _get_filing_day(self, company):
        """Return the company's day on which the ticket was filed."""
        self.ensure_one()
        if not self.create_date:
            return company._outsourcing_today()
        zone = company._outsourcing_zone().zone
        return periods.to_local_date(self.create_date, zone)

    @api.model
    def _check_may_set_contract(self):
        """Refuse unless the user may choose in whose score a ticket counts."""
        user = self.env.user
        if not any(user.has_group(group) for group in EDITORS):
            raise AccessError(
                self.env._(
                    "The vendor contract of a ticket follows from its service. Only a "
                    "desk supervisor or a quality officer changes it."
                )
            )
