import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..base.vendor_quality_permit_mixin import FINANCE, MANAGER

CONTENT = {
    "outsourcing.award": ("bid_id.amount_total", ("bid_id",)),
    "outsourcing.contract": (
        "amount_total",
        ("currency_id", "date_end", "date_start", "renewals_foreseen", "term"),
    ),
    "outsourcing.contract.amendment": (
        "amount_change",
        ("contract_id", "new_date_end"),
    ),
    "outsourcing.tender.invitation": ("", ("tender_id",)),
    "purchase.order": ("amount_total", ("currency_id",)),
}
"""``{model: (amount that may not grow, terms that may not change)}`` of a document."""


class VendorQualityWaiver(models.Model):
    """Lets one document pass although the vendor's standing blocks it.

    draft -> submitted -> approved -> used; or refused, expired, or void. It is
    good for one invitation, award, order or contract of the vendor, until its last
    day, and is bound to the first document that needs it, as that is then. It lets its
    document pass again, until that becomes larger or other than it was. A waiver that
    names a contract serves no other.

    =========  =====================  =========================================
    step       who                    but not
    =========  =====================  =========================================
    request    quality manager
    submit     the requester
    approve    quality finance        requester, last editor
    refuse     quality finance        the requester
    void       manager, finance       once used
    use        the server itself      for a second document, after the last day,
                                      against a parent company's standing
    =========  =====================  =========================================
    """

    _name = "vendor.quality.waiver"
    _description = "Waiver of a Vendor Block"
    _inherit = ["outsourcing.numbered.mixin", "vendor.quality.permit.mixin"]

    _number_code = "vendor.quality.waiver"

    _flow_groups = {"submit": (MANAGER,), "void": (MANAGER, FINANCE)}
    _flow_system_fields = frozenset(
        {
            "used_at",
            "used_by_id",
            "used_content",
            "used_id",
            "used_model",
            "used_name",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "expiry_date",
            "kind",
            "partner_id",
            "reason",
        }
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="Covers standings of this company and its branches.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_commercial_partner_id",
        string="Company of the Vendor",
        store=True,
        precompute=True,
        index=True,
    )
    kind = fields.Selection(
        selection=[
            ("invitation", "One invitation"),
            ("award", "One award"),
            ("order", "One purchase order"),
            ("contract", "One contract without tender"),
        ],
        required=True,
        default="order",
        tracking=True,
        help="What is let through once. A contract without tender is a direct one, a "
        "renewal, or an amendment that adds to the amount or puts off the end.",
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Only this contract, its renewal or its amendments may use the waiver.",
    )
    used_model = fields.Char(readonly=True, copy=False)
    used_id = fields.Many2oneReference(
        model_field="used_model", string="Used Record", readonly=True, copy=False
    )
    used_content = fields.Char(readonly=True, copy=False)
    used_name = fields.Char(
        string="Used For",
        readonly=True,
        copy=False,
        help="The tender or contract that was let through.",
    )
    used_at = fields.Datetime(
        string="Used On",
        readonly=True,
        copy=False,
        help="When it was used. It counts once.",
    )
    used_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)

    _live_idx = models.Index(
        "(commercial_partner_id, kind) WHERE state IN ('approved', 'used')"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_commercial_partner_id(self):
        """Keep the vendor that was approved, wherever the contact moves later."""
        for waiver in self:
            waiver.commercial_partner_id = waiver.partner_id.commercial_partner_id

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("company_id", "contract_id", "partner_id")
    def _check_contract(self):
        """A company waives for its branches, which check_company does not know."""
        # sudo: whoever requests a waiver need not read the contract.
        for waiver in self.sudo():
            contract = waiver.contract_id
            if contract and (
                contract.commercial_partner_id != waiver.commercial_partner_id
                or waiver.company_id not in contract.company_id.parent_ids
            ):
                raise ValidationError(
                    self.env._(
                        "%(contract)s is no contract of %(vendor)s with %(company)s "
                        "or a branch.",
                        contract=contract.display_name,
                        vendor=waiver.commercial_partner_id.display_name,
                        company=waiver.company_id.display_name,
                    )
                )

    # ------------------------------------------------------------
    # USE
    # ------------------------------------------------------------

    @api.model
    def _use_for(self, kind, record, vendor, standings):
        """Return whether a waiver lets ``record`` pass, and bind it to the record.

        Two documents at a time update one row: PostgreSQL lets the first have it.
        """
        waiver = self._find_for(kind, record, vendor, standings)
        if waiver.state == "approved":
            _bind(waiver, record)
        return bool(waiver)

    @api.model
    def _find_for(self, kind, record, vendor, standings, renews=False):
        """Return the waiver bound to ``record``, or one that it may take.

        :param bool renews: asked for the renewal of ``record``, which is a document
            of its own that does not exist yet
        """
        # sudo: whoever confirms the order need not be allowed to read waivers.
        waivers = self.sudo().search(
            [
                ("commercial_partner_id", "=", vendor.id),
                ("kind", "=", kind),
                ("state", "in", ("approved", "used")),
            ],
            order="expiry_date, id",
        )
        # A branch cannot waive what its parent company's contract blocks.
        waivers = waivers.filtered(
            lambda item: all(
                item.company_id in standing.company_id.parent_ids
                for standing in standings
            )
        )
        document = record.browse() if renews else record._origin
        bound = waivers.filtered(
            lambda item: (
                (item.used_model, item.used_id) == (document._name, document.id)
                and item._covers_content(record)
            )
        )
        free = waivers.filtered(
            lambda item: (
                item.state == "approved"
                and not item._dual_is_past()
                and item._is_meant_for(record, renews)
            )
        )
        # The one that nothing else may take goes first.
        return (bound or free.sorted(lambda item: not item.contract_id))[:1]

    def _is_meant_for(self, record, renews):
        """Whether the contract that the waiver names stands behind ``record``."""
        self.ensure_one()
        if self.kind != "contract" or not self.contract_id:
            return True
        contracts = record
        # sudo: reviewers of an amendment need not read its contract.
        source = record.sudo()
        if record._name == "outsourcing.contract.amendment":
            contracts = source.contract_id
        elif not renews:
            contracts |= source.predecessor_id
        return self.contract_id in contracts._origin

    def _covers_content(self, record):
        """Whether ``record`` is still what was let pass, or less money."""
        self.ensure_one()
        # Used before its content was kept.
        if not self.used_content:
            return True
        before = json.loads(self.used_content)
        after = json.loads(self._get_content(record))
        return (
            before["terms"] == after["terms"]
            and float_compare(after["amount"], before["amount"], precision_digits=6)
            <= 0
        )

    @api.model
    def _get_content(self, record):
        """Return what the waiver lets pass; its vendor is the waiver's own."""
        # sudo: whoever acts need not read the bid of an award.
        record = record.sudo()
        amount, terms = CONTENT[record._name]
        return json.dumps(
            {
                "amount": sum(record.mapped(amount)) if amount else 0,
                "terms": {
                    name: record._fields[name].convert_to_write(record[name], record)
                    for name in terms
                },
            },
            default=str,
        )


def _bind(waiver, record):
    """Use ``waiver`` up for ``record``, as it is now.

    A function, so that evaluated code, which can call methods of records, uses none.
    """
    server_write(
        waiver,
        {
            "state": "used",
            "used_model": record._name,
            "used_id": record.id,
            "used_content": waiver._get_content(record),
            "used_name": waiver.env["vendor.quality.block"]._get_label(record),
            "used_at": fields.Datetime.now(),
            "used_by_id": waiver.env.uid,
        },
    )
