import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.tools import party
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ..identity.vendor_quality_identity import check_keys

IDENTITY = {"company_registry", "country_id", "is_company", "name", "parent_id", "vat"}
"""What tells whether a contact is, or belongs to, the vendor of a contract."""
KEYS = frozenset(
    {
        "vendor_quality_name_key",
        "vendor_quality_number_key",
        "vendor_quality_number_proven",
    }
)
"""What contacts are compared by."""


class ResPartner(models.Model):
    """Shows a vendor's worst grade and what it blocks.

    Vendors that share a tax number are found, however it is written, so no vendor
    changes its own once the suite knows it. What a contract's vendor is or was is
    remembered (``vendor.quality.identity``).
    """

    _inherit = "res.partner"

    vendor_quality_grade = fields.Char(
        string="Worst Grade",
        compute="_compute_vendor_quality_standing",
        groups="base.group_user",
    )
    vendor_quality_blocked = fields.Char(
        string="Blocked",
        compute="_compute_vendor_quality_standing",
        groups="base.group_user",
    )
    vendor_quality_standing_count = fields.Integer(
        string="Scored Contracts",
        compute="_compute_vendor_quality_standing",
        groups="base.group_user",
    )

    # Who is who among vendors; compared with vendor.quality.identity
    vendor_quality_number_key = fields.Char(
        string="Key of the VAT Number",
        compute="_compute_vendor_quality_number_key",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        prefetch=False,
        help="The VAT number, or the company's ID, without country prefix. Empty where "
        "it identifies nobody.",
    )
    vendor_quality_number_proven = fields.Boolean(
        string="VAT Number Is Valid",
        compute="_compute_vendor_quality_number_key",
        store=True,
        groups="base.group_user",
        prefetch=False,
    )
    vendor_quality_name_key = fields.Char(
        string="Key of the Name",
        compute="_compute_vendor_quality_name_key",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        prefetch=False,
        help="The name of a company without its legal form.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("vat", "company_registry", "country_id.code")
    def _compute_vendor_quality_number_key(self):
        for partner in self:
            country = partner.country_id.code
            number = partner.vat
            if not party.number_key(number, country):
                number = partner.company_registry
            partner.vendor_quality_number_key = party.number_key(number, country)
            partner.vendor_quality_number_proven = party.is_proven(number, country)

    @api.depends("name", "is_company")
    def _compute_vendor_quality_name_key(self):
        for partner in self:
            name = partner.is_company and partner.name
            partner.vendor_quality_name_key = party.name_key(name)

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_vendor_quality_standing(self):
        Standing = self.env["vendor.quality.standing"]
        rows = {}
        if Standing.has_access("read"):
            rows = Standing.search(
                [
                    (
                        "commercial_partner_id",
                        "in",
                        self.commercial_partner_id.ids,
                    )
                ],
                order="score, id",
            ).grouped("commercial_partner_id")
        for partner in self:
            mine = rows.get(partner.commercial_partner_id, Standing)
            partner.vendor_quality_standing_count = len(mine)
            partner.vendor_quality_grade = mine.filtered("is_rated")[:1].grade
            partner.vendor_quality_blocked = mine._get_blocked_label()

    @api.depends_context("outsourcing_inviting_company_id", "uid", "lang")
    def _compute_display_name(self):
        """Say in the list of vendors to invite who is blocked, and why."""
        super()._compute_display_name()
        company_id = self.env.context.get("outsourcing_inviting_company_id")
        if not isinstance(company_id, int) or not self.env.user.has_groups(
            "outsourcing_mgmt.group_outsourcing_officer,"
            "outsourcing_mgmt.group_outsourcing_procurement"
        ):
            return
        company = self.env.companies.filtered(lambda item: item.id == company_id)
        blocked = self.env["vendor.quality.block"]._get_blocked(
            "invitation", [(partner, partner, company) for partner in self]
        )
        for partner, vendor, standings in blocked:
            partner.display_name = self.env._(
                "%(vendor)s (blocked: %(grade)s)",
                vendor=partner.display_name or vendor.name,
                grade=standings[:1].grade or self.env._("not rated"),
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        check_keys(self, vals_list, KEYS)
        partners = super().create(vals_list)
        self.env["vendor.quality.identity"]._remember_partners(partners)
        return partners

    def write(self, vals):
        check_keys(self, [vals], KEYS)
        # The portal writes with sudo(), which keeps its user.
        if "vat" in vals and self.env.user.share:
            number = self._vendor_quality_normalise_vat(vals["vat"])
            changed = self.filtered(
                lambda item: self._vendor_quality_normalise_vat(item.vat) != number
            )
            if vendors := changed._vendor_quality_get_known_vendors():
                raise AccessError(
                    self.env._(
                        "The tax number of %s is changed by the purchasing department "
                        "only. Please contact us.",
                        format_list(self.env, vendors.mapped("name")),
                    )
                )
        result = super().write(vals)
        if IDENTITY & vals.keys():
            Identity = self.env["vendor.quality.identity"]
            if {"is_company", "parent_id"} & vals.keys():
                # sudo: contacts under these may be hidden from whoever moves them.
                everybody = self.sudo().with_context(active_test=False)
                Identity._remember_moved(
                    everybody.search([("id", "child_of", self.ids)])
                )
            else:
                Identity._remember_partners(self)
        return result

    def can_edit_vat(self):
        """Show it read-only to a vendor who could not save it."""
        return super().can_edit_vat() and not (
            self.env.user.share and self._vendor_quality_get_known_vendors()
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_standings(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_standing_action"
        )
        action["domain"] = [
            ("commercial_partner_id", "=", self.commercial_partner_id.id)
        ]
        action["context"] = {}
        return action

    def action_request_vendor_quality_waiver(self):
        """Open a request to let one document of the vendor pass."""
        check_one(self)
        self.env["vendor.quality.waiver"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Waiver"),
            "res_model": "vendor.quality.waiver",
            "view_mode": "form",
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _vendor_quality_normalise_vat(self, vat):
        return re.sub(r"[^A-Za-z0-9]", "", vat or "").upper()

    def _vendor_quality_get_known_vendors(self):
        """Return the vendors of ``self`` with a contract, a bid or a standing."""
        # sudo: a vendor need not read what the company keeps about it.
        vendors = self.sudo().commercial_partner_id
        env = vendors.env(context={**self.env.context, "active_test": False})
        ours = [("commercial_partner_id", "in", vendors.ids)]
        bids = [("partner_id.commercial_partner_id", "in", vendors.ids)]
        known = (
            env["outsourcing.contract"].search(ours).commercial_partner_id
            | env["outsourcing.bid"].search(bids).partner_id.commercial_partner_id
            | env["vendor.quality.standing"].search(ours).commercial_partner_id
        )
        return vendors & known
