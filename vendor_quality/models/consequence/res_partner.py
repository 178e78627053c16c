import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_list


class ResPartner(models.Model):
    """Shows a vendor's worst grade and what it blocks.

    Vendors that share a tax number are found, however it is written, so no vendor
    changes its own once the suite knows it.
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

    _vendor_quality_vat_idx = models.Index(
        "(UPPER(REGEXP_REPLACE(vat, '[^A-Za-z0-9]', '', 'g'))) WHERE vat IS NOT NULL"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
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
        return super().write(vals)

    def can_edit_vat(self):
        """Show it read-only to a vendor who could not save it."""
        return super().can_edit_vat() and not (
            self.env.user.share and self._vendor_quality_get_known_vendors()
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_standings(self):
        self.ensure_one()
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
        self.ensure_one()
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
