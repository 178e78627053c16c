from odoo import api, fields, models, tools
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

GROUNDS = [
    ("contact", "Contact"),
    ("number", "VAT number"),
    ("account", "Bank account"),
    ("name", "Name"),
    ("same", "Decided: one vendor"),
    ("other", "Decided: two vendors"),
]


class VendorQualityIdentity(models.Model):
    """What was ever known to be a contract's vendor. Append-only.

    One row for each contact that is or was under the vendor of a contract, and for
    each VAT number, bank account and name that it has or had. Bills and payments
    are judged by these rows: neither a contact that leaves its company, nor another
    number or name, leaves bill control. Kept by the server as contracts, contacts
    and accounts are written; nothing is ever taken away. A merge of contacts moves
    the rows along.

    Two persons may decide (``vendor.quality.gate.change``) that another partner is
    the same vendor, or that it is not in spite of what they have in common. The
    latest decision on a pair holds, in the root company where it was taken.

    No constraint on the contacts: core's merge deletes rows that break one.
    """

    _name = "vendor.quality.identity"
    _description = "Vendor Identity"
    _inherit = ["outsourcing.append.only.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"

    vendor_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor of the Contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        readonly=True,
        ondelete="cascade",
        help="Who has or had what the row says.",
    )
    kind = fields.Selection(selection=GROUNDS, required=True, readonly=True)
    key = fields.Char(readonly=True, help="VAT number, account or name as compared.")
    is_proven = fields.Boolean(
        readonly=True,
        help="The number is valid in its country, so that it has one holder.",
    )
    ground = fields.Char(
        readonly=True, help="What two vendors have in common in spite of the decision."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        readonly=True,
        index="btree_not_null",
        help="Root company in which a decision holds.",
    )
    change_id = fields.Many2one(
        comodel_name="vendor.quality.gate.change",
        string="Decided In",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _key_idx = models.Index("(key, kind) WHERE key IS NOT NULL")
    _partner_idx = models.Index("(partner_id, kind)")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _append_only_message(self):
        return self.env._(
            "What is known of vendors is kept by the system and never changes. Two "
            "persons decide on two vendors under Vendor Quality, Bills, Changes to "
            "Bill Control."
        )

    @api.model
    def _remember_all(self):
        """Note the vendors of all contracts; at installation and each update."""
        Contract = self.env["outsourcing.contract"].with_context(active_test=False)
        self._remember_contracts(Contract.search([("partner_id", "!=", False)]))

    @api.model
    def _remember_contracts(self, contracts):
        """Note the vendors of contracts with all contacts under them."""
        self.env.registry.clear_cache()
        # sudo: contacts of the vendor may be hidden from whoever writes the contract.
        contracts = contracts.sudo()
        heads = contracts.partner_id | contracts.commercial_partner_id
        family = heads.with_context(active_test=False).search(
            [("id", "child_of", heads.ids)]
        )
        self._remember_partners(family)

    @api.model
    def _remember_moved(self, partners):
        """Note whom contracts name, once ``partners`` are elsewhere in the tree."""
        if self._get_vendor_ids().intersection(partners.ids):
            # sudo: whoever moves a contact need not read contracts.
            contracts = self.env["outsourcing.contract"].sudo()
            contracts = contracts.with_context(active_test=False)
            self._remember_contracts(
                contracts.search([("partner_id", "in", partners.ids)])
            )
        self._remember_partners(partners)

    @api.model
    def _remember_partners(self, partners):
        """Note what ``partners`` say of the contract vendors they are under."""
        known = self._get_vendor_ids()
        if not known:
            return
        # sudo: whoever writes a contact need not read contracts and all contacts.
        partners = partners.sudo()
        above = {partner: self._get_line(partner) for partner in partners}
        if not any(known.intersection(line.ids) for line in above.values()):
            return
        vendors = self._get_vendors(partners.union(*above.values()))
        wanted = {}
        for partner, line in above.items():
            for vendor in vendors:
                if vendor in line or vendor.commercial_partner_id in line:
                    for values in self._prepare_rows(vendor, partner):
                        row = (vendor.id, values["kind"], values.get("key"))
                        if not values.get("key"):
                            row += (partner.id,)
                        wanted[row] = values
        self._add_missing(vendors, wanted)

    @api.model
    def _get_line(self, partner):
        """Return the partner and all above it."""
        line = partner | partner.commercial_partner_id
        while partner.parent_id and partner.parent_id not in line:
            partner = partner.parent_id
            line |= partner
        return line

    @api.model
    @tools.ormcache()
    def _get_vendor_ids(self):
        """Return the ids of the contacts that contracts name, and their companies."""
        # sudo: which contracts there are is not shown.
        contracts = self.env["outsourcing.contract"].sudo()
        contracts = contracts.with_context(active_test=False).search_fetch(
            [("partner_id", "!=", False)], ["partner_id", "commercial_partner_id"]
        )
        return frozenset(contracts.partner_id.ids + contracts.commercial_partner_id.ids)

    @api.model
    def _get_vendors(self, partners):
        """Return the contacts that contracts name, among ``partners`` or their own."""
        # sudo: as above.
        contracts = self.env["outsourcing.contract"].sudo()
        return (
            contracts.with_context(active_test=False)
            .search(
                [
                    "|",
                    ("partner_id", "in", partners.ids),
                    ("commercial_partner_id", "in", partners.ids),
                ]
            )
            .partner_id
        )

    @api.model
    def _prepare_rows(self, vendor, partner):
        """Return the values of the rows that a contact of ``vendor`` makes."""
        common = {"vendor_id": vendor.id, "partner_id": partner.id}
        rows = [{**common, "kind": "contact"}]
        if key := partner.vendor_quality_number_key:
            proven = partner.vendor_quality_number_proven
            rows.append({**common, "kind": "number", "key": key, "is_proven": proven})
        for account in partner.with_context(active_test=False).bank_ids:
            if account.vendor_quality_key:
                key = account.vendor_quality_key
                rows.append({**common, "kind": "account", "key": key})
        is_head = partner in (vendor, vendor.commercial_partner_id)
        key = partner.vendor_quality_name_key
        if is_head and partner.is_company and key:
            rows.append({**common, "kind": "name", "key": key})
        return rows

    @api.model
    def _add_missing(self, vendors, wanted):
        # sudo: the rows are kept by the server alone.
        rows = self.sudo()
        present = set()
        for row in rows.search_fetch(
            [("vendor_id", "in", vendors.ids), ("change_id", "=", False)],
            ["vendor_id", "kind", "key", "partner_id"],
        ):
            found = (row.vendor_id.id, row.kind, row.key or None)
            present.add(found if row.key else (*found, row.partner_id.id))
        missing = [values for row, values in wanted.items() if row not in present]
        if missing:
            server_create(rows, missing)
            rows.flush_model()


def record_decision(change, matches):
    """Note what two persons decided on two vendors.

    :param change: the approved vendor.quality.gate.change
    :param list matches: ``[id of the vendor, ground, key]`` of what both have in
        common; another match that is found later is decided anew
    """
    common = {
        "partner_id": change.partner_id.commercial_partner_id.id,
        "kind": change.answer,
        "company_id": change.company_id.root_id.id,
        "change_id": change.id,
    }
    if change.answer == "same":
        rows = [{"vendor_id": vendor_id} for vendor_id in {row[0] for row in matches}]
    else:
        rows = [
            {"vendor_id": vendor_id, "ground": ground, "key": key}
            for vendor_id, ground, key in matches
        ]
    # sudo: quality finance decides; the rows are kept by the server alone.
    identities = change.env["vendor.quality.identity"].sudo()
    server_create(identities, [{**common, **row} for row in rows])


def check_keys(records, vals_list, keys):
    """Refuse keys that anybody enters; they follow from numbers and names.

    :param list vals_list: values to create or write; defaults in the context count, too
    """
    named = {key.removeprefix("default_") for key in records.env.context}
    if not keys.isdisjoint(named.union(*vals_list)):
        raise AccessError(
            records.env._(
                "What vendors are compared by follows from their numbers and names, "
                "and is not entered."
            )
        )
