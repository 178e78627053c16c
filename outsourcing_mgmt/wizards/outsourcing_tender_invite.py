from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..tools.one_record import check_one


class OutsourcingTenderInvite(models.TransientModel):
    """Finds vendors for a tender: by tag, by what they supply, or bid for before."""

    _name = "outsourcing.tender.invite"
    _description = "Invite Vendors"

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender", required=True, readonly=True
    )
    company_id = fields.Many2one(related="tender_id.company_id")
    tag_ids = fields.Many2many(
        comodel_name="res.partner.category",
        string="Vendor Tags",
        help="Adds all vendors with one of these tags.",
    )
    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        string="Supplies or Bid For",
        compute="_compute_category_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Adds all vendors who supply this category, or bid in an earlier tender "
        "of it.",
    )
    partner_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Vendors",
        compute="_compute_partner_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("tender_id")
    def _compute_category_id(self):
        """Start with who bid for the same category before, where nobody is invited."""
        for wizard in self:
            tender = wizard.tender_id
            if not tender.invitation_ids and wizard._get_suppliers_of(
                tender.category_id
            ):
                wizard.category_id = tender.category_id

    @api.depends("tag_ids", "category_id")
    def _compute_partner_ids(self):
        for wizard in self:
            domain = Domain.FALSE
            if wizard.tag_ids:
                domain |= Domain("category_id", "child_of", wizard.tag_ids.ids)
            if wizard.category_id:
                domain |= Domain("id", "in", wizard._get_past_bidders().ids)
            invited = wizard.tender_id.invitation_ids.commercial_partner_id
            company = wizard.tender_id.company_id
            found = self.env["res.partner"].search(
                domain
                & Domain("is_company", "=", True)
                & Domain("id", "not in", (invited | company.partner_id).ids)
                & Domain("company_id", "in", [False, company.id])
            )
            # Whoever is chosen by hand stays, marked; nobody is proposed in vain.
            found -= found.browse(wizard._get_barred(found))
            wizard.partner_ids = [Command.set((wizard.partner_ids | found).ids)]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_invite(self):
        """Add the vendors; after the publication the invitations go out at once.

        Vendors who may not be invited are left out, and named.
        """
        check_one(self)
        invited = self.tender_id.invitation_ids.commercial_partner_id
        partners = self.partner_ids.filtered(
            lambda partner: partner.commercial_partner_id not in invited
        )
        if not partners:
            raise UserError(
                self.env._("Choose at least one vendor who is not invited yet.")
            )
        reasons = self._get_barred(partners)
        partners = partners.filtered(lambda partner: partner.id not in reasons)
        if not partners:
            raise UserError("\n\n".join(reasons.values()))
        invitations = self.env["outsourcing.tender.invitation"].create(
            [
                {"tender_id": self.tender_id.id, "partner_id": partner.id}
                for partner in partners
            ]
        )
        if self.tender_id.state != "draft":
            invitations.action_send()
        close = {"type": "ir.actions.act_window_close"}
        if not reasons:
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not invited"),
                "message": "\n\n".join(reasons.values()),
                "next": close,
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_barred(self, vendors):
        """Return ``{vendor id: why}`` of the vendors who may not be invited."""
        self.ensure_one()
        Invitation = self.env["outsourcing.tender.invitation"]
        return Invitation._get_barred(vendors, self.tender_id.company_id)

    def _get_past_bidders(self):
        return self._get_suppliers_of(self.category_id)

    def _get_suppliers_of(self, category):
        """Return vendors that supply a category, or whose bids for it were opened."""
        self.ensure_one()
        groups = self.env["outsourcing.bid"]._read_group(
            [
                ("tender_id.category_id", "child_of", category.ids),
                ("tender_id", "!=", self.tender_id.id),
                ("technical_opened_at", "!=", False),
            ],
            ["partner_id"],
        )
        partners = self.env["res.partner"]
        suppliers = partners.search(
            [("outsourcing_category_ids", "child_of", category.ids)]
            if category
            else [(0, "=", 1)]
        )
        return suppliers.union(*(partner for [partner] in groups))
