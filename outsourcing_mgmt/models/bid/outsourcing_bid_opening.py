from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

from ...tools import sealing
from ..base.outsourcing_grant import server_write


class OutsourcingBid(models.Model):
    """Sealing and opening of a bid: the code that crosses the seal."""

    _inherit = "outsourcing.bid"

    # ------------------------------------------------------------
    # SEALING
    # ------------------------------------------------------------

    def _close_envelopes(self):
        """Seal what the vendor wrote, stamp the receipt and mail it to him."""
        for bid in self:
            digest = self.env["outsourcing.bid.envelope"]._seal(
                bid, bid._prepare_sealed_contents()
            )
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(
                bid.sudo(),
                {
                    "sha256": digest,
                    "received_at": fields.Datetime.now(),
                    "receipt_code": sealing.new_receipt_code(),
                    "sealed_by_id": self.env.uid,
                },
            )
            bid._audit("seal", sha256=digest)
            bid.tender_id._answer_invitation(bid.partner_id, "bid")
            bid._mail_vendor("outsourcing_mgmt.mail_template_bid_receipt")

    def _prepare_sealed_contents(self):
        """Return ``{kind: content}``: what the vendor wrote and what it means."""
        self.ensure_one()
        drafts = self.env["outsourcing.bid.envelope"]._load(self)
        Files = self.env["outsourcing.bid.file"]
        head = {
            "tender": self.tender_id.name,
            "vendor": self.partner_id.name,
            "vendor_id": self.partner_id.id,
        }
        rows = self._compute_price_rows(drafts["price"])
        return {
            "technical": {
                **head,
                "note": drafts["technical"]["note"],
                "declaration": drafts["technical"]["declaration"],
                "files": Files._manifest(self, "technical"),
            },
            "price": {
                **head,
                "currency": self.currency_id.name,
                "lines": [
                    {name: row[name] for name in ("line", "quantity", "price", "note")}
                    for row in rows
                ],
                "total": self._format_amount(sum(row["subtotal"] for row in rows)),
                "files": Files._manifest(self, "price"),
            },
        }

    def _compute_price_rows(self, content):
        """Return one row per tender line with the subtotal that the server gets.

        :param dict content: draft of the price envelope
        """
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        rows = []
        for line in self.tender_id.line_ids:
            given = content["lines"].get(str(line.id), {})
            price = given.get("price")
            subtotal = self.currency_id.round(line.product_qty * float(price or 0))
            rows.append(
                {
                    "line": line.id,
                    "quantity": float_repr(line.product_qty, digits),
                    "price": price,
                    "note": given.get("note", ""),
                    "subtotal": subtotal,
                }
            )
        return rows

    def _format_amount(self, amount):
        currency = self.currency_id
        return float_repr(currency.round(amount), currency.decimal_places)

    def _return_unopened(self):
        """Erase what a withdrawn bid said; its receipt stays in the record."""
        self.env["outsourcing.bid.envelope"]._erase(self)
        # sudo: nobody has write access to bids; only the procedure writes them.
        server_write(self.sudo(), {"withdrawn_at": fields.Datetime.now()})
        self._audit("withdraw")
        for bid in self:
            bid.tender_id._answer_invitation(bid.partner_id, "accepted")
        for bid in self:
            bid._mail_vendor("outsourcing_mgmt.mail_template_bid_withdrawn")

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    def _open_envelope(self, kind):
        """Open the envelopes of the bids that are still in the race.

        ``price`` opens the technical part too where it is closed, which is the
        opening of a tender with one envelope. A bid that its vendor did not
        confirm after an addendum is returned unopened.

        :param str kind: ``technical`` or ``price``
        :raise UserError: before the deadline, or when a bid is not what was sealed
        """
        self._check_opening_time(kind)
        sealed = self.filtered(lambda bid: bid.state == "sealed")
        unconfirmed = sealed.filtered("needs_reconfirmation")
        if unconfirmed:
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(
                unconfirmed.sudo(),
                {
                    "state": "disqualified",
                    "disqualification_reason": self.env._(
                        "Not confirmed after the last addendum; returned unopened."
                    ),
                },
            )
        sealed -= unconfirmed
        bids = sealed | self.filtered(
            lambda bid: bid.state in ("opened", "qualified", "ranked")
        )
        bids._check_intact()
        if sealed:
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(sealed.sudo(), {"state": "opened"})
        for bid in bids:
            if not bid.technical_opened_at:
                bid._open_technical()
            if kind == "price" and not bid.price_opened_at:
                bid._open_price()
        self.env["outsourcing.bid.envelope"]._forget()
        self.env["outsourcing.bid.file"]._forget()

    def _check_opening_time(self, kind):
        now = fields.Datetime.now()
        for tender in self.tender_id:
            if tender.state in ("draft", "published") or now < tender.bid_deadline:
                raise UserError(
                    self.env._(
                        "%(tender)s: bids stay sealed until the deadline has passed "
                        "(%(deadline)s) and the tender is closed.",
                        tender=tender.display_name,
                        deadline=tender._format_moment(tender.bid_deadline),
                    )
                )
            if (
                kind == "price"
                and tender.envelopes == "two"
                and tender.state in ("closed", "opened")
            ):
                raise UserError(
                    self.env._(
                        "%s: the prices are opened after the technical ranking.",
                        tender.display_name,
                    )
                )

    def _check_intact(self):
        """Raise, and leave a trace, when a bid is not what its vendor sealed."""
        envelopes = self.env["outsourcing.bid.envelope"]
        broken = self.filtered(lambda bid: not envelopes._is_intact(bid))
        if broken:
            broken._audit_after_rollback("integrity_failure")
            raise UserError(
                self.env._(
                    "%(bids)s: the sealed content no longer matches the digest on "
                    "the receipt. Somebody changed the database. Nothing was opened; "
                    "stop the procedure and call the auditor.",
                    bids=broken._flow_names(),
                )
            )

    def _open_technical(self):
        self.ensure_one()
        content = self.env["outsourcing.bid.envelope"]._load(self)["technical"]
        self._attach_files("technical")
        # sudo: nobody has write access to bids; only the procedure writes them.
        server_write(
            self.sudo(),
            {
                "technical_opened_at": fields.Datetime.now(),
                "technical_note": content["note"],
                "declaration": content["declaration"],
            },
        )
        self._audit("open_technical", sha256=self.sha256)

    def _open_price(self):
        self.ensure_one()
        content = self.env["outsourcing.bid.envelope"]._load(self)["price"]
        tender_lines = {line.id: line for line in self.tender_id.line_ids}
        self._attach_files("price")
        # Lines are made by the opening alone; nobody has the right to create them.
        self.env["outsourcing.bid.line"].sudo()._create_from_envelope(
            [
                {
                    "bid_id": self.id,
                    "tender_line_id": row["line"],
                    "sequence": tender_lines[row["line"]].sequence,
                    "name": tender_lines[row["line"]].name,
                    "product_qty": float(row["quantity"]),
                    "price_unit": float(row["price"]),
                    "delivery_note": row["note"],
                }
                for row in content["lines"]
            ]
        )
        # sudo: nobody has write access to bids; only the procedure writes them.
        server_write(self.sudo(), {"price_opened_at": fields.Datetime.now()})
        self._audit("open_price", sha256=self.sha256)

    def _attach_files(self, kind):
        files = self.env["outsourcing.bid.file"]._of(self, kind)
        # Read rights on the bid are the rights on its files.
        self.env["ir.attachment"].sudo().create(
            [file._prepare_attachment_values() for file in files]
        )

    # ------------------------------------------------------------
    # TRACES
    # ------------------------------------------------------------

    def _audit(self, verb, **details):
        """Record a step of each bid in the chain of its tender."""
        for bid in self.sudo():
            self.env["outsourcing.audit.log"]._record(
                bid, verb, details, root=bid.tender_id
            )

    def _audit_after_rollback(self, verb):
        """Record a refused step, which itself leaves no trace in the database."""
        registry, uid, name, ids = self.env.registry, self.env.uid, self._name, self.ids

        @self.env.cr.postrollback.add
        def record():
            with registry.cursor() as cr:
                env = api.Environment(cr, uid, {})
                env[name].sudo().browse(ids).exists()._audit(verb)

    def _audit_if_late(self, verb):
        late = self.filtered(lambda bid: not bid.tender_id._is_bidding_open())
        if late:
            late._audit_after_rollback(verb)
