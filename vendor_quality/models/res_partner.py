from odoo import api, fields, models


class ResPartner(models.Model):
    """Shows a vendor's worst grade and what it blocks.

    Vendors that share a tax number are found, however it is written.
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
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_standings(self):
        self.ensure_one()
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
