from odoo import models
from odoo.fields import Domain

BEFORE = ("draft", "to_sign", "cancelled")
"""States of a contract that never was in force."""


class ResPartner(models.Model):
    """Names the technicians of a vendor who has, or had, a contract with a company.

    They are its workers who are on site under a contract in force, which one that is
    being renewed is until its last day. Vendors without any contract, of a single
    repair for example, name their people as before.
    """

    _inherit = "res.partner"

    def _itsm_get_vendor_users(self, company):
        users = super()._itsm_get_vendor_users(company)
        if not users:
            return users
        vendors = users.commercial_partner_id
        # sudo: neither technicians nor people of vendors read contracts and workers
        env = self.sudo().env
        contracts = env["outsourcing.contract"].search(
            [
                ("company_id", "in", company.ids),
                ("commercial_partner_id", "in", vendors.ids),
                ("state", "not in", BEFORE),
            ]
        )
        bound = contracts.commercial_partner_id
        in_force = contracts.filtered_domain(
            Domain.OR(
                contracts._get_in_force_domain(one) for one in company.with_env(env)
            )
        )
        workers = env["outsourcing.worker"].search(
            [
                ("contract_id", "in", in_force.ids),
                ("state", "=", "on_site"),
                ("partner_id", "in", users.partner_id.ids),
            ]
        )
        on_site = {
            (worker.partner_id, worker.contract_id.commercial_partner_id)
            for worker in workers
        }
        return users.filtered(
            lambda user: (
                user.commercial_partner_id not in bound
                or (user.partner_id, user.commercial_partner_id) in on_site
            )
        )

    def _itsm_get_no_people_text(self):
        return self.env._(
            "Choose a vendor, and people of it who are on site as workers of a "
            "contract in force and have the portal role "
            '"Service Desk: technician of a vendor". The outsourcing officer adds '
            "workers, an administrator gives the role."
        )
