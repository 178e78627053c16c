from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItsmService(models.Model):
    """A service that a vendor delivers under a contract."""

    _inherit = "itsm.service"

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Delivered Under",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('state', 'in', ('signed', 'active', 'expiring'))]",
        help="The vendor contract behind the service. New tickets are counted for it; "
        "when it is renewed, tickets go to the contract that follows.",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("outsourcing_contract_id", "company_id")
    def _check_outsourcing_contract_id(self):
        """A service that all companies share may have the vendor of one of them."""
        for service in self.filtered("outsourcing_contract_id"):
            company = service.outsourcing_contract_id.company_id
            if service.company_id not in (company, company.browse()):
                raise ValidationError(
                    self.env._(
                        "%(service)s is a service of %(company)s, but the contract "
                        "belongs to %(other)s.",
                        service=service.name,
                        company=service.company_id.name,
                        other=company.name,
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_outsourcing_contract(self, day):
        """Return the contract, or the renewal of it, that runs on ``day``."""
        self.ensure_one()
        # sudo: requesters file tickets without reading contracts; only its dates.
        contract = self.sudo().outsourcing_contract_id
        seen = contract
        while contract:
            if (
                contract.signed_date
                and contract.date_start <= day
                and (contract.term == "auto_renew" or day <= contract.date_end)
                and (not contract.termination_date or day <= contract.termination_date)
            ):
                return contract
            contract = contract.successor_ids.filtered("signed_date")[:1] - seen
            seen |= contract
        return contract
