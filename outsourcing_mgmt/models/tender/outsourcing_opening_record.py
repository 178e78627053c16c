from odoo import api, fields, models

from ...tools import sealing
from ..base.grants import server_create


class OutsourcingOpeningRecord(models.Model):
    """What happened when envelopes of a tender were opened, frozen at that moment.

    One row for the opening of the bids and one for the opening of the prices. What
    comes later (disqualifications, other members) does not change it; its SHA-256 is in
    the chain of the tender. Read by whoever reads the opened bids.
    """

    _name = "outsourcing.opening.record"
    _description = "Opening Record"
    _inherit = ["outsourcing.append.only.mixin"]
    _order = "tender_id, id"
    _rec_name = "tender_id"
    _check_company_auto = True

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    kind = fields.Selection(
        selection=[
            ("bids", "Opening of the bids"),
            ("prices", "Opening of the prices"),
        ],
        required=True,
        readonly=True,
    )
    recorded_at = fields.Datetime(string="Opened On", required=True, readonly=True)
    recorded_by_id = fields.Many2one(
        comodel_name="res.users", string="Opened By", required=True, readonly=True
    )
    content = fields.Json(required=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    is_intact = fields.Boolean(
        string="Unchanged",
        compute="_compute_is_intact",
        help="The content is what was recorded: its SHA-256 is the same.",
    )
    bid_count = fields.Integer(string="Bids", compute="_compute_is_intact")
    text = fields.Html(
        string="Record", compute="_compute_text", sanitize=False, compute_sudo=True
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("content", "sha256")
    def _compute_is_intact(self):
        for record in self:
            text = sealing.canonical(record.content)
            record.is_intact = sealing.digest(text) == record.sha256
            record.bid_count = len((record.content or {}).get("bids", ()))

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_text(self):
        for record in self:
            record.text = self.env["ir.qweb"]._render(
                "outsourcing_mgmt.opening_record_content", {"record": record}
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _append_only_message(self):
        return self.env._(
            "An opening record is made by the opening itself, and is never changed or "
            "deleted."
        )

    def _get_moment(self, name):
        """Return a moment of the content in the reader's language and zone."""
        moment = fields.Datetime.to_datetime(name) if name else False
        return moment and self.tender_id._format_moment(moment)

    def _get_amount(self, amount):
        return self.tender_id.currency_id.format(amount or 0.0)

    def _get_role(self, role):
        field = self.env["outsourcing.committee.member"]._fields["role"]
        return dict(field._description_selection(self.env)).get(role, role)


def record_opening(tender, *kinds, before=(), after=()):
    """Freeze what was opened of ``tender``, and note the hashes in the chain.

    No method of the record, so that templates and server actions cannot call it.

    :param tender: outsourcing.tender
    :param str kinds: ``bids``, ``prices`` or both
    :param before: what is noted in the chain before it, ``[(part, verb, details)]``
    :param after: what is noted after it
    """
    # sudo: the record tells of all bids and members, whoever opens.
    tender = tender.sudo()
    bids = tender.bid_ids.filtered(lambda bid: bid.state != "withdrawn")
    remarks = bids._get_opening_remarks()
    contents = {kind: _get_content(tender, kind, bids, remarks) for kind in kinds}
    digests = {
        kind: sealing.digest(sealing.canonical(content))
        for kind, content in contents.items()
    }
    server_create(
        tender.env["outsourcing.opening.record"],
        [
            {
                "tender_id": tender.id,
                "kind": kind,
                "recorded_at": fields.Datetime.now(),
                "recorded_by_id": tender.env.uid,
                "content": content,
                "sha256": digests[kind],
            }
            for kind, content in contents.items()
        ],
    )
    tender.env["outsourcing.audit.log"]._record_each(
        tender,
        [
            *before,
            *(
                (tender, f"opening_record_{kind}", {"sha256": digest})
                for kind, digest in digests.items()
            ),
            *after,
        ],
    )


def get_last_opening(tender, kind):
    """Return the record of the last opening of a tender, with sudo, or an empty one.

    :param str kind: ``bids`` or ``prices``
    """
    # sudo: a portal expert, who confirms the presence, reads no records.
    records = tender.env["outsourcing.opening.record"].sudo()
    domain = [("tender_id", "=", tender.id), ("kind", "=", kind)]
    return records.search(domain, order="id desc", limit=1)


def _get_content(tender, kind, bids, remarks):
    """Return the content of the record as JSON values."""
    content = {
        "tender": tender.name,
        "subject": tender.subject,
        "deadline": fields.Datetime.to_string(tender.bid_deadline),
        "opened_at": fields.Datetime.to_string(fields.Datetime.now()),
        "opened_by": tender.env.user.name,
        "bids": [
            _get_bid(bid, kind, remarks[bid.id]) for bid in bids.sorted("received_at")
        ],
    }
    if kind == "prices":
        price = tender.reference_price_id
        content["reference"] = {
            "amount": tender.reference_amount,
            "commitment": price.commitment,
            "nonce": price.revealed_nonce,
        }
        if tender.envelopes == "one":
            # The same act as the opening of the bids, whose record names the members.
            return content
    members = tender.committee_ids.filtered(lambda item: item.state == "appointed")
    rows = [_get_member(item, kind) for item in members]
    content["present"] = [row for row in rows if row["present_at"]]
    content["absent"] = [row for row in rows if not row["present_at"]]
    if kind == "bids":
        content["withdrawn"] = len(tender.bid_ids - bids)
    return content


def _get_bid(bid, kind, remarks):
    row = {
        "vendor": bid.partner_id.display_name,
        "received_at": fields.Datetime.to_string(bid.received_at),
        "receipt": bid.receipt_code,
        "sha256": bid.sha256,
        "opened": bool(bid.technical_opened_at),
        "remarks": remarks,
    }
    if bid.state == "disqualified":
        row["excluded"] = bid.disqualification_reason
    if kind == "prices" and bid.price_opened_at:
        row["total"] = bid.amount_total
    return row


def _get_member(member, kind):
    moment = member.attended_at
    if kind == "prices":
        moment = member._is_present() and member.prices_attended_at
    return {
        "name": member.partner_id.name,
        "role": member.role,
        "declared_at": fields.Datetime.to_string(member.declared_date) or None,
        "present_at": fields.Datetime.to_string(moment) or None,
    }
