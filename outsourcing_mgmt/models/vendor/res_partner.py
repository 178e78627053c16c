from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...tools.one_record import check_one
from ..base.groups import OFFICER, PROCUREMENT
from .listed import find_listed, is_held


class ResPartner(models.Model):
    """What we have with a vendor, and whether it is on the blacklist.

    Counts and lists hold what the reader may read: a bid that is sealed stays hidden.
    """

    _inherit = "res.partner"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("outsourcing_inviting_company_id", "uid", "lang")
    def _compute_display_name(self):
        """Say in the list of vendors to invite who is on the blacklist."""
        super()._compute_display_name()
        company_id = self.env.context.get("outsourcing_inviting_company_id")
        if not isinstance(company_id, int) or not self.env.user.has_groups(
            f"{OFFICER},{PROCUREMENT}"
        ):
            return
        company = self.env.companies.filtered(lambda item: item.id == company_id)
        listed = find_listed(self.env, [(partner, company) for partner in self])
        for partner in self:
            entry = listed.get((partner.id, company.id))
            if entry and is_held(entry):
                partner.display_name = self.env._(
                    "%s (may be on the blacklist: two persons decide)",
                    partner.display_name or partner.name,
                )
            elif entry:
                partner.display_name = self.env._(
                    "%(vendor)s (on the blacklist until %(date)s)",
                    vendor=partner.display_name or partner.name,
                    date=format_date(self.env, entry.date_to),
                )

    def _compute_outsourcing_blacklist_note(self):
        company = self.env.company
        listed = find_listed(self.env, [(partner, company) for partner in self])
        for partner in self:
            entry = listed.get((partner.id, company.id))
            if entry and is_held(entry):
                text = self.env._("May be on the blacklist: two persons decide")
            else:
                text = entry and self.env._(
                    "On the blacklist until %s", format_date(self.env, entry.date_to)
                )
            partner.outsourcing_blacklist_note = text

    def _compute_outsourcing_counts(self):
        for partner in self:
            for name, model in (
                ("outsourcing_tender_count", "outsourcing.tender"),
                ("outsourcing_bid_count", "outsourcing.bid"),
                ("outsourcing_contract_count", "outsourcing.contract"),
            ):
                found = self.env[model]
                partner[name] = (
                    found.search_count(partner._outsourcing_get_domain(model))
                    if partner._origin.id and found.has_access("read")
                    else 0
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_outsourcing_tenders(self):
        """Open the tenders to which the vendor is invited, or in which it bids."""
        return self._outsourcing_open("outsourcing_tender_action", "outsourcing.tender")

    def action_view_outsourcing_bids(self):
        """Open the bids of the vendor that the user may read."""
        return self._outsourcing_open("outsourcing_bid_action", "outsourcing.bid")

    def action_view_outsourcing_contracts(self):
        """Open the contracts with the vendor."""
        return self._outsourcing_open(
            "outsourcing_contract_action", "outsourcing.contract"
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_open(self, action, model):
        check_one(self)
        self.check_access("read")
        values = self.env["ir.actions.act_window"]._for_xml_id(
            f"outsourcing_mgmt.{action}"
        )
        domain = list(self._outsourcing_get_domain(model))
        return {**values, "domain": domain, "context": {"create": False}}

    def _outsourcing_get_domain(self, model):
        """Return the domain of what the vendor, as a company, has of a model."""
        company = self.commercial_partner_id
        if model == "outsourcing.contract":
            return Domain("commercial_partner_id", "=", company.id)
        # Whose bids somebody may read decides what is found by them, too.
        bids = self.env["outsourcing.bid"]
        own = Domain("partner_id", "=", company.id)
        if model == "outsourcing.bid":
            return own
        found = bids.search(own) if bids.has_access("read") else bids
        return Domain("id", "in", found.tender_id.ids) | Domain(
            "invitation_ids.commercial_partner_id", "=", company.id
        )
