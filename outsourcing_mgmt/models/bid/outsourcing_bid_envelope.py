import json

from odoo import api, fields, models

from ...tools import sealing

KINDS = ("technical", "price")


class OutsourcingBidEnvelope(models.Model):
    """What a bid says, before it may be read.

    A bid has two envelopes, technical part and price. While the bid is a draft
    the vendor fills them; sealing adds a secret number and takes the digest.
    ``outsourcing.bid`` alone hands the vendor his own content and opens a bid
    after the deadline.
    """

    _name = "outsourcing.bid.envelope"
    _description = "Sealed Envelope"
    _inherit = ["outsourcing.sealed.mixin"]
    _rec_name = "bid_id"

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        selection=[("technical", "Technical part"), ("price", "Price")], required=True
    )
    payload = fields.Text(required=True, prefetch=False)
    sha256 = fields.Char(string="SHA-256", prefetch=False)

    _kind_unique = models.UniqueIndex(
        "(bid_id, kind)", "A bid has one envelope of each kind."
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _of(self, bid):
        """Return ``{kind: envelope}`` of one bid, unlocked."""
        return {
            envelope.kind: envelope
            for envelope in self._unlocked().search([("bid_id", "=", bid.id)])
        }

    @api.model
    def _load(self, bid):
        """Return ``{kind: content}`` of one bid."""
        return {
            kind: json.loads(envelope.payload)
            for kind, envelope in self._of(bid).items()
        }

    @api.model
    def _store(self, bid, contents):
        """Write the contents ``{kind: content}`` of a draft."""
        envelopes = self._of(bid)
        for kind, content in contents.items():
            payload = sealing.canonical(content)
            if kind in envelopes:
                envelopes[kind].payload = payload
            else:
                self._unlocked().create(
                    {
                        "bid_id": bid.id,
                        "company_id": bid.company_id.id,
                        "kind": kind,
                        "payload": payload,
                    }
                )
        self._forget()

    @api.model
    def _seal(self, bid, contents):
        """Close the envelopes on ``contents``; return the digest of the bid."""
        envelopes = self._of(bid)
        digests = {}
        for kind in KINDS:
            text, digests[kind] = sealing.seal(contents[kind])
            envelopes[kind].write({"payload": text, "sha256": digests[kind]})
        self._forget()
        return sealing.bid_digest(digests)

    @api.model
    def _is_intact(self, bid):
        """Whether envelopes and files of ``bid`` are what the vendor sealed."""
        envelopes = self._of(bid)
        if set(envelopes) != set(KINDS):
            return False
        digests = {}
        for kind, envelope in envelopes.items():
            digests[kind] = sealing.digest(envelope.payload)
            if digests[kind] != envelope.sha256:
                return False
            listed = json.loads(envelope.payload)["files"]
            if listed != self.env["outsourcing.bid.file"]._manifest(bid, kind):
                return False
        return sealing.bid_digest(digests) == bid.sha256

    @api.model
    def _erase(self, bids):
        """Delete the content of ``bids``, which are given back unopened."""
        for model in ("outsourcing.bid.file", "outsourcing.bid.envelope"):
            self.env[model]._unlocked().search([("bid_id", "in", bids.ids)]).unlink()
