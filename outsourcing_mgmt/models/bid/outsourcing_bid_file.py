import base64

from odoo import api, fields, models

from ...tools import sealing, upload


class OutsourcingBidFile(models.Model):
    """A file inside an envelope, before it may be read.

    Kept out of ``ir.attachment``, which administrators read. At the opening the
    files become attachments of the bid.
    """

    _name = "outsourcing.bid.file"
    _description = "File of a Sealed Bid"
    _inherit = ["outsourcing.sealed.mixin"]
    _order = "id"

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        selection=[("technical", "Technical part"), ("price", "Price")], required=True
    )
    name = fields.Char(required=True, prefetch=False)
    size = fields.Integer(required=True)
    content = fields.Binary(required=True, attachment=False, prefetch=False)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _of(self, bid, kind=None):
        """Return the files of one bid, unlocked."""
        domain = [("bid_id", "=", bid.id)]
        if kind:
            domain.append(("kind", "=", kind))
        return self._unlocked().search(domain)

    @api.model
    def _add(self, bid, kind, name, content):
        """Store one file; the caller checked name, size and type."""
        self._unlocked().create(
            {
                "bid_id": bid.id,
                "company_id": bid.company_id.id,
                "kind": kind,
                "name": name,
                "size": len(content),
                "content": base64.b64encode(content),
            }
        )
        self._forget()

    def _get_bytes(self):
        self.ensure_one()
        return base64.b64decode(self.content)

    @api.model
    def _manifest(self, bid, kind):
        """Return what an envelope says about its files."""
        return [
            {
                "name": file.name,
                "size": file.size,
                "sha256": sealing.digest(file._get_bytes()),
            }
            for file in self._of(bid, kind)
        ]

    def _prepare_attachment_values(self):
        self.ensure_one()
        return {
            "name": self.name,
            "raw": self._get_bytes(),
            "mimetype": upload.mimetype(self.name),
            "res_model": "outsourcing.bid",
            "res_id": self.bid_id.id,
            "company_id": self.company_id.id,
        }
