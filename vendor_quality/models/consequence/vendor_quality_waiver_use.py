import json

from odoo import api, fields, models
from odoo.tools import float_compare

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

# What may not grow, and what may not change, of a document that was let pass.
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


class VendorQualityWaiver(models.Model):
    """Which document takes a waiver, and what of it was let pass.

    A used waiver lets its document pass again, until that becomes larger or other
    than it was. One that names a contract serves no other.
    """

    _inherit = "vendor.quality.waiver"

    @api.model
    def _use_for(self, kind, record, vendor, standings):
        """Return whether a waiver lets ``record`` pass, and bind it to the record.

        Two documents at a time update one row: PostgreSQL lets the first have it.
        """
        waiver = self._find_for(kind, record, vendor, standings)
        if waiver.state == "approved":
            waiver._bind(record)
        return bool(waiver)

    @api.model
    def _find_for(self, kind, record, vendor, standings, renews=False):
        """Return the waiver bound to ``record``, or one that it may take.

        :param bool renews: asked for the renewal of ``record``, which is a document
            of its own that does not exist yet
        """
        # Whoever confirms the order need not be allowed to read waivers.
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
                and not item._is_past()
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
        # Reviewers of an amendment need not read its contract.
        if record._name == "outsourcing.contract.amendment":
            contracts = record.sudo().contract_id
        elif not renews:
            contracts |= record.sudo().predecessor_id
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
        # Whoever acts need not read the bid.
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

    def _bind(self, record):
        server_write(
            self,
            {
                "state": "used",
                "used_model": record._name,
                "used_id": record.id,
                "used_content": self._get_content(record),
                "used_name": self.env["vendor.quality.block"]._get_label(record),
                "used_at": fields.Datetime.now(),
                "used_by_id": self.env.uid,
            },
        )
