from odoo import api, models
from odoo.exceptions import UserError

from ...tools import price_sheet, upload
from ..base.outsourcing_grant import server_create

MAX_TEXT = 4000


class OutsourcingBid(models.Model):
    """What a vendor does with his bid; called by the portal's routes.

    Every method checks for itself that the acting portal user belongs to the
    vendor, that the bid is in the right state, and that the server's clock is
    before the deadline. The routes pass records with ``sudo()``: a vendor has
    no right to write, and ``sudo()`` does not change who acts.
    """

    _inherit = "outsourcing.bid"

    # ------------------------------------------------------------
    # FINDING AND STARTING
    # ------------------------------------------------------------

    @api.model
    def _vendor_find(self, tenders):
        """Return the live bids of the acting vendor in ``tenders``, with sudo."""
        vendor = self.env.user.partner_id.commercial_partner_id
        # The domain is the right: the vendor's own bid and no other.
        return self.sudo().search(
            [
                ("tender_id", "in", tenders.ids),
                ("partner_id", "=", vendor.id),
                ("state", "!=", "withdrawn"),
            ]
        )

    @api.model
    def _vendor_start(self, tender):
        """Return the vendor's bid, a new draft when there is none yet."""
        tender._check_vendor_may_bid()
        if bid := self._vendor_find(tender):
            return bid
        bid = server_create(
            self.sudo().with_context(
                mail_create_nosubscribe=True, mail_create_nolog=True
            ),
            [
                {
                    "tender_id": tender.id,
                    "partner_id": self.env.user.partner_id.commercial_partner_id.id,
                }
            ],
        )
        bid.env["outsourcing.bid.envelope"]._store(
            bid,
            {
                "technical": {"note": "", "declaration": ""},
                "price": {"lines": {}},
            },
        )
        return bid

    # ------------------------------------------------------------
    # READING ONE'S OWN
    # ------------------------------------------------------------

    def _vendor_read(self):
        """Return what the vendor wrote, for himself.

        :return: dict with ``rows`` (line, price, note, subtotal), ``total``,
            ``note``, ``declared`` and ``files`` (id, name, size, kind)
        """
        self._check_vendor()
        contents = self.env["outsourcing.bid.envelope"]._load(self)
        price = contents["price"]
        if self.state != "draft":
            price = {
                "lines": {str(row["line"]): row for row in price["lines"]},
            }
        rows = self._compute_price_rows(price)
        files = self.env["outsourcing.bid.file"]._of(self)
        result = {
            "rows": rows,
            "total": self.currency_id.round(sum(row["subtotal"] for row in rows)),
            "complete": all(row["price"] is not None for row in rows),
            "note": contents["technical"]["note"],
            "declared": bool(contents["technical"]["declaration"]),
            "files": [
                {
                    "id": file.id,
                    "name": file.name,
                    "size": file.size,
                    "kind": file.kind,
                }
                for file in files
            ],
        }
        self._vendor_forget()
        return result

    def _vendor_get_file(self, file_id):
        """Return ``(name, bytes)`` of a file of this bid, or None."""
        self._check_vendor()
        file = self._get_own_file(file_id)
        result = (file.name, file._get_bytes()) if file else None
        self._vendor_forget()
        return result

    def _get_own_file(self, file_id):
        files = self.env["outsourcing.bid.file"]._of(self)
        return files.filtered(lambda file: file.id == file_id)

    def _vendor_forget(self):
        self.env["outsourcing.bid.envelope"]._forget()
        self.env["outsourcing.bid.file"]._forget()

    # ------------------------------------------------------------
    # WRITING THE DRAFT
    # ------------------------------------------------------------

    def _vendor_save(self, prices=None, note=None, declared=None):
        """Keep what the vendor typed.

        :param dict prices: ``{tender line id: (price text, delivery note)}``
        :param str note: remarks
        :param bool declared: whether the declaration is ticked
        """
        self._check_vendor_may_change()
        envelopes = self.env["outsourcing.bid.envelope"]
        contents = envelopes._load(self)
        if prices is not None:
            contents["price"]["lines"] = self._parse_prices(prices)
        if note is not None:
            contents["technical"]["note"] = note.strip()[:MAX_TEXT]
        if declared is not None:
            contents["technical"]["declaration"] = (
                self._get_declaration() if declared else ""
            )
        envelopes._store(self, contents)

    def _parse_prices(self, prices):
        """Return the draft of the lines, or raise naming the line that is wrong."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        lines = {line.id: line for line in self.tender_id.line_ids}
        if unknown := set(prices) - set(lines):
            raise UserError(
                self.env._(
                    "Line %s is not part of this tender.", min(unknown, default="")
                )
            )
        parsed = {}
        for line_id, (text, note) in prices.items():
            try:
                price = price_sheet.parse_price(text, digits)
            except ValueError:
                raise UserError(
                    self.env._(
                        "“%(line)s”: “%(text)s” is not a price. Write a number "
                        "without a currency sign and with at most %(digits)s decimals.",
                        line=lines[line_id].name,
                        text=str(text)[:40],
                        digits=digits,
                    )
                ) from None
            parsed[str(line_id)] = {
                "price": None if price is None else f"{price:f}",
                "note": (note or "").strip()[: price_sheet.MAX_NOTE],
            }
        return parsed

    def _vendor_import(self, content):
        """Fill the prices from the price list, an XLSX."""
        self._check_vendor_may_change()
        digits = self.env["decimal.precision"].precision_get("Product Price")
        try:
            prices = price_sheet.read(content, digits)
        except price_sheet.PriceSheetError as error:
            raise UserError(self._get_sheet_message(error)) from error
        self._vendor_save(prices=prices)
        return len(prices)

    def _get_sheet_message(self, error):
        messages = {
            "too_large": self.env._("The price list is too large."),
            "too_many_rows": self.env._("The price list has too many rows."),
            "unreadable": self.env._(
                "The price list cannot be read. Save it as an Excel workbook (.xlsx), "
                "or download it again and fill it in."
            ),
            "key": self.env._(
                "Row %s: the first column must keep the number of the line.", error.row
            ),
            "twice": self.env._("Row %s repeats a line.", error.row),
            "price": self.env._(
                "Row %(row)s: “%(value)s” is not a price.",
                row=error.row,
                value=str(error.value)[:40],
            ),
        }
        return messages[error.code]

    def _vendor_export(self):
        """Return the price list of the bid as an XLSX."""
        content = self._vendor_read()
        lines = {line.id: line for line in self.tender_id.line_ids}
        headers = [
            self.env._("Line"),
            self.env._("Description"),
            self.env._("Quantity"),
            self.env._("Unit"),
            self.env._("Unit Price (%s, without tax)", self.currency_id.name),
            self.env._("Delivery"),
        ]
        return price_sheet.write(
            headers,
            [
                (
                    row["line"],
                    lines[row["line"]].name,
                    lines[row["line"]].product_qty,
                    lines[row["line"]].product_uom_id.name,
                    None if row["price"] is None else float(row["price"]),
                    row["note"],
                )
                for row in content["rows"]
            ],
        )

    def _vendor_add_file(self, name, content, kind="technical"):
        """Put a file into an envelope."""
        self._check_vendor_may_change()
        if kind not in ("technical", "price"):
            kind = "technical"
        Files = self.env["outsourcing.bid.file"]
        name = upload.clean_name(name)
        problem = upload.problem(name, content, len(Files._of(self)))
        if problem:
            messages = {
                "empty": self.env._("Choose a file that is not empty."),
                "too_many": self.env._(
                    "A bid holds at most %s files.", upload.MAX_FILES
                ),
                "too_large": self.env._(
                    "“%(name)s” is larger than %(size)s MB.",
                    name=name,
                    size=upload.MAX_FILE_BYTES // upload.MEGABYTE,
                ),
                "type": self.env._(
                    "“%(name)s”: files of this type are not accepted. Send one of: "
                    "%(types)s.",
                    name=name,
                    types=", ".join(sorted(upload.FILE_TYPES)),
                ),
                "content": self.env._(
                    "“%s” is not what its name says. Save it again in its own format.",
                    name,
                ),
            }
            raise UserError(messages[problem])
        Files._add(self, kind, name, content)

    def _vendor_remove_file(self, file_id):
        self._check_vendor_may_change()
        file = self._get_own_file(file_id)
        if not file:
            raise UserError(self.env._("This file is not part of your bid."))
        file.unlink()
