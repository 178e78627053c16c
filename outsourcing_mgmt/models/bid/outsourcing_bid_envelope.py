"""What a bid says before it may be read, and the acts that seal and open it.

Functions, not methods: evaluated code reaches methods of records and would read or
open bids with them. Each is called by the bid, by the tender at the opening or by
what a vendor does in the portal (``vendor.py``), which check who acts.
"""

import base64
import json
from collections import Counter

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_repr

from ...tools import sealing, shares, upload
from ..base.grants import server_create, server_write
from ..base.outsourcing_sealed_mixin import (
    sealed_create,
    sealed_read,
    sealed_read_parts,
    sealed_unlink,
    sealed_write,
)
from ..integrity.kept_files import check_intact

KINDS = [("technical", "Technical part"), ("price", "Price")]
REMAINING_STATES = ("opened", "qualified", "ranked")
READ_AT_ONCE = 32 * 1024 * 1024
"""Bytes of sealed files in memory at once, unless one file is larger."""


class OutsourcingBidEnvelope(models.Model):
    """The technical part or the price of a bid, as the vendor wrote it.

    A bid has one envelope of each kind. While the bid is a draft the vendor fills
    them; sealing adds a secret number and takes the digest.
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
    kind = fields.Selection(selection=KINDS, required=True)
    payload = fields.Text(required=True, prefetch=False)
    sha256 = fields.Char(string="SHA-256", prefetch=False)

    _kind_unique = models.UniqueIndex(
        "(bid_id, kind)", "A bid has one envelope of each kind."
    )


class OutsourcingBidFile(models.Model):
    """A file inside an envelope.

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
    kind = fields.Selection(selection=KINDS, required=True)
    name = fields.Char(required=True, prefetch=False)
    size = fields.Integer(required=True)
    content = fields.Binary(required=True, attachment=False, prefetch=False)


# ------------------------------------------------------------
# CONTENT OF ONE BID
# ------------------------------------------------------------


def read_contents(bid):
    """Return ``{kind: content}`` of a bid, draft or sealed."""
    return {
        kind: json.loads(envelope["payload"])
        for kind, envelope in _read_envelopes(bid).items()
    }


def write_draft(bid, contents):
    """Write ``{kind: content}`` into the envelopes of a draft."""
    envelopes = bid.env["outsourcing.bid.envelope"]
    ids = {row["kind"]: row["id"] for row in _read(envelopes, bid, "kind")}
    for kind, content in contents.items():
        vals = {"payload": sealing.canonical(content)}
        if kind in ids:
            sealed_write(envelopes, {ids[kind]: vals})
        else:
            sealed_create(envelopes, _prepare_sealed_values(bid, kind, vals))


def answers_current_lines(bid):
    """Whether the sealed prices are for the lines and quantities of now.

    An addendum that changed them makes the vendor seal a new bid.
    """
    rows = read_contents(bid)["price"]["lines"]
    digits = bid.env["decimal.precision"].precision_get("Product Unit")
    return {row["line"]: row["quantity"] for row in rows} == {
        line.id: float_repr(line.product_qty, digits) for line in bid.tender_id.line_ids
    }


def read_files(bid, *names):
    """Return the files of a bid as dicts: ``id``, ``kind`` and ``names``."""
    return _read(bid.env["outsourcing.bid.file"], bid, "kind", *names)


def read_file(bid, file_id):
    """Return ``(name, bytes)`` of one file of a bid, or None."""
    for row in sealed_read(
        bid.env["outsourcing.bid.file"],
        [("id", "=", file_id), ("bid_id", "=", bid.id)],
        ("name", "content"),
    ):
        return row["name"], base64.b64decode(row["content"])
    return None


def write_file(bid, kind, name, content):
    """Store one file; the caller checked its name, size and type."""
    vals = {"name": name, "size": len(content), "content": base64.b64encode(content)}
    files = bid.env["outsourcing.bid.file"]
    sealed_create(files, _prepare_sealed_values(bid, kind, vals))


def delete_file(bid, file_id):
    """Delete one file of a bid; return whether there was one."""
    files = bid.env["outsourcing.bid.file"]
    found = sealed_read(files, [("id", "=", file_id), ("bid_id", "=", bid.id)])
    sealed_unlink(files, [row["id"] for row in found])
    return bool(found)


def get_price_rows(bid, content):
    """Return one row per line of the tender, with the subtotal that the price means.

    :param dict content: the price envelope, draft or sealed
    :return: list of dicts: ``line`` (id), ``quantity`` (text), ``price`` (text or
        None), ``note``, ``amount`` (in the currency of the tender, not rounded) and
        ``subtotal`` (rounded)
    """
    digits = bid.env["decimal.precision"].precision_get("Product Unit")
    prices = content["lines"]
    if isinstance(prices, list):
        # A sealed envelope lists its rows; a draft keeps them by line.
        prices = {str(row["line"]): row for row in prices}
    rows = []
    for line in bid.tender_id.line_ids:
        given = prices.get(str(line.id), {})
        price = given.get("price")
        amount = line.product_qty * float(price or 0)
        rows.append(
            {
                "line": line.id,
                "quantity": float_repr(line.product_qty, digits),
                "price": price,
                "note": given.get("note", ""),
                "amount": amount,
                "subtotal": bid.currency_id.round(amount),
            }
        )
    return rows


def get_price_problem(bid, rows, total):
    """Say what keeps the prices of a draft from being sealed, or return nothing.

    :param rows: of :func:`get_price_rows`
    :param float total: what they add up to, see :func:`get_total`
    """
    tender = bid.tender_id
    # sudo: a vendor reads no tenders; whether a service may be left out is announced.
    is_partial = tender.sudo()._takes_partial_bids()
    priced = [row for row in rows if row["price"] is not None]
    if not is_partial and len(priced) < len(rows):
        return bid.env._("fill in a price for every line.")
    if not priced:
        return bid.env._("fill in the price of at least one service.")
    if tender.award_by_line:
        lines = {line.id: line.name for line in tender.line_ids}
        for row in priced:
            if not float(row["price"]):
                return bid.env._(
                    "%s: the price of a service that is awarded alone is above zero.",
                    lines[row["line"]],
                )
    if not total:
        return bid.env._("the total of a bid is above zero.")
    return ""


def get_total(bid, amounts):
    """Return the total of a bid as the order of its lines will have it.

    :param amounts: quantity times price of each line, not rounded
    """
    # sudo: a vendor may not read how the company rounds; no secret of it.
    method = bid.sudo().company_id.tax_calculation_rounding_method
    return shares.add_up(amounts, bid.currency_id.round, method == "round_globally")


def _read(model, bid, *names):
    return sealed_read(model, [("bid_id", "=", bid.id)], names)


def _read_envelopes(bid):
    return _read_all_envelopes(bid)[bid.id]


def _read_all_envelopes(bids):
    """Return ``{bid id: {kind: row}}``, in one read."""
    names = ("bid_id", "kind", "payload", "sha256")
    envelopes = bids.env["outsourcing.bid.envelope"]
    found = {bid_id: {} for bid_id in bids.ids}
    for row in sealed_read(envelopes, [("bid_id", "in", bids.ids)], names):
        found[row["bid_id"].id][row["kind"]] = row
    return found


def _read_file_batches(bids, kinds, *names):
    """Return an iterator of lists of rows of the files of the bids.

    :param kinds: the envelopes whose files are read
    """
    files = bids.env["outsourcing.bid.file"]
    domain = [("bid_id", "in", bids.ids), ("kind", "in", kinds)]
    return sealed_read_parts(files, domain, names, READ_AT_ONCE)


def _prepare_sealed_values(bid, kind, vals):
    return {
        "bid_id": bid.id,
        "company_id": bid.company_id.id,
        "kind": kind,
        **vals,
    }


def _read_manifests(bids):
    """Return ``{bid id: {kind: list}}``: what each envelope says about its files."""
    manifests = {bid_id: {kind: [] for kind, _label in KINDS} for bid_id in bids.ids}
    names = ("bid_id", "kind", "name", "size", "content")
    for rows in _read_file_batches(bids, list(dict(KINDS)), *names):
        for row in rows:
            digest = sealing.digest(base64.b64decode(row["content"]))
            manifests[row["bid_id"].id][row["kind"]].append(
                {"name": row["name"], "size": row["size"], "sha256": digest}
            )
    return manifests


# ------------------------------------------------------------
# SEALING
# ------------------------------------------------------------


def seal(bid):
    """Close the envelopes of a draft on what the vendor wrote and what it means.

    :return: the digest of the bid
    :raise UserError: for what the draft lacks
    """
    envelopes = _read_envelopes(bid)
    drafts = {kind: json.loads(row["payload"]) for kind, row in envelopes.items()}
    rows = get_price_rows(bid, drafts["price"])
    total = get_total(bid, [row.pop("amount") for row in rows])
    problem = get_price_problem(bid, rows, total)
    if not problem and not drafts["technical"]["declaration"]:
        problem = bid.env._("tick the declaration.")
    if problem:
        message = f"{bid._flow_names()}: {problem}"
        raise UserError(message)
    manifests = _read_manifests(bid)[bid.id]
    currency = bid.currency_id
    for row in rows:
        row.pop("subtotal")
    head = {
        "tender": bid.tender_id.name,
        "vendor": bid.partner_id.name,
        "vendor_id": bid.partner_id.id,
    }
    contents = {
        "technical": {
            **head,
            "note": drafts["technical"]["note"],
            "declaration": drafts["technical"]["declaration"],
            "files": manifests["technical"],
        },
        "price": {
            **head,
            "currency": currency.name,
            "lines": rows,
            "total": float_repr(total, currency.decimal_places),
            "files": manifests["price"],
        },
    }
    closed, digest = sealing.seal_bid(contents)
    sealed_write(
        bid.env["outsourcing.bid.envelope"],
        {
            envelopes[kind]["id"]: {"payload": text, "sha256": sha256}
            for kind, (text, sha256) in closed.items()
        },
    )
    return digest


# ------------------------------------------------------------
# OPENING
# ------------------------------------------------------------


def open_bids(bids, kind):
    """Open the envelopes of the bids that may still win.

    ``price`` opens the technical part too where it is closed, which is the opening
    of a tender with one envelope. A bid that its vendor did not confirm after an
    addendum is returned unopened.

    :param bids: outsourcing.bid
    :param str kind: ``technical`` or ``price``
    :raise UserError: before the deadline, or when a bid is not what was sealed
    """
    # sudo: nobody has write access to bids; the rules below judge time and content.
    bids = bids.sudo()
    _check_opening_time(bids.tender_id, kind)
    check_intact(bids.tender_id)
    sealed = bids.filtered(lambda bid: bid.state == "sealed")
    if unconfirmed := sealed.filtered("needs_reconfirmation"):
        reason = bids.env._("Not confirmed after the last addendum; returned unopened.")
        server_write(
            unconfirmed, {"state": "disqualified", "disqualification_reason": reason}
        )
    sealed -= unconfirmed
    remaining = sealed | bids.filtered(lambda bid: bid.state in REMAINING_STATES)
    contents = _read_intact(remaining)
    if broken := remaining.filtered(lambda bid: contents[bid.id] is None):
        broken._audit_after_rollback("integrity_failure")
        raise UserError(
            bids.env._(
                "%(bids)s: the sealed content no longer matches the digest on "
                "the receipt. Somebody changed the database. Nothing was opened; "
                "stop the procedure and call the auditor.",
                bids=broken._flow_names(),
            )
        )
    _open_parts(remaining, kind, contents)


def has_changed_files(bid):
    """Whether the files of an opened bid are not those that its envelopes listed.

    The opening wrote their digests, from the sealed manifest, into the chain of the
    tender; a job cannot read the envelopes themselves. Bids that were opened before
    the chain had them are not judged.
    """
    # sudo: files are compared with their digests, and not shown.
    bid = bid.sudo()
    steps = bid.env["outsourcing.audit.log"].search(
        [
            ("part_model", "=", bid._name),
            ("part_id", "=", bid.id),
            ("verb", "in", [f"open_{kind}" for kind, _label in KINDS]),
        ]
    )
    if not steps or any("files" not in step.details for step in steps):
        return False
    expected = Counter(digest for step in steps for digest in step.details["files"])
    found = Counter(sealing.digest(file.raw or b"") for file in bid.attachment_ids)
    return found != expected


def _check_opening_time(tenders, kind):
    now = fields.Datetime.now()
    for tender in tenders:
        if tender.state in ("draft", "published") or now < tender.bid_deadline:
            raise UserError(
                tender.env._(
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
                tender.env._(
                    "%s: the prices are opened after the technical ranking.",
                    tender.display_name,
                )
            )


def _read_intact(bids):
    """Return ``{bid id: {kind: content}}``; None for what its vendor did not seal."""
    envelopes, manifests = _read_all_envelopes(bids), _read_manifests(bids)
    texts = {
        bid_id: {kind: envelope["payload"] for kind, envelope in its_envelopes.items()}
        for bid_id, its_envelopes in envelopes.items()
    }
    digests = sealing.digest_bids(texts)
    intact = {}
    for bid in bids:
        sealed = {kind: row["sha256"] for kind, row in envelopes[bid.id].items()}
        is_sealed = digests[bid.id] == (sealed, bid.sha256)
        intact[bid.id] = (
            _read_contents(texts[bid.id], manifests[bid.id]) if is_sealed else None
        )
    return intact


def _read_contents(texts, manifests):
    """Return ``{kind: content}``, or None where the files are not those it lists."""
    if texts.keys() != manifests.keys():
        return None
    contents = {kind: json.loads(text) for kind, text in texts.items()}
    if any(contents[kind]["files"] != manifests[kind] for kind in contents):
        return None
    return contents


def _open_parts(bids, kind, contents):
    """Make the content of bids readable: notes, files, prices.

    Statements grow with what differs between bids, and not with their number.

    :param dict contents: ``{bid id: {kind: content}}``
    """
    now = fields.Datetime.now()
    technical = bids.filtered(lambda bid: not bid.technical_opened_at)
    priced = bids.filtered(lambda bid: kind == "price" and not bid.price_opened_at)
    _create_lines(priced, contents)
    files = _attach_files(technical, "technical") | _attach_files(priced, "price")
    by_bid = files.grouped("res_id")
    # What is to be read of a bid is there before its state says that it is opened.
    for (notes, file_ids), same in bids.grouped(
        lambda bid: (
            _get_notes(contents[bid.id]) if bid in technical else (),
            by_bid.get(bid.id, files.browse())._ids,
        )
    ).items():
        values = dict(notes)
        if file_ids:
            values["attachment_ids"] = [Command.link(file_id) for file_id in file_ids]
        if values:
            server_write(same, values)
    stamps = {
        bid: (
            *([("state", "opened")] if bid.state == "sealed" else []),
            *([("technical_opened_at", now)] if bid in technical else []),
            *([("price_opened_at", now)] if bid in priced else []),
        )
        for bid in bids
    }
    for stamped, same in bids.grouped(stamps.get).items():
        if stamped:
            server_write(same, dict(stamped))
    _record_opening(bids, {"technical": technical, "price": priced}, contents)


def _get_notes(content):
    technical = content["technical"]
    return (
        ("technical_note", technical["note"]),
        ("declaration", technical["declaration"]),
    )


def _record_opening(bids, opened, contents):
    """Note in the chain of each tender what was opened, with the digests of files."""
    log = bids.env["outsourcing.audit.log"]
    for tender, its_bids in bids.grouped("tender_id").items():
        steps = []
        for bid in its_bids:
            for part, records in opened.items():
                if bid in records:
                    files = contents[bid.id][part]["files"]
                    digests = [file["sha256"] for file in files]
                    details = {"sha256": bid.sha256, "files": digests}
                    steps.append((bid, f"open_{part}", details))
        log._record_each(tender, steps)


def _create_lines(bids, contents):
    """Create the price lines of the bids, as sealed."""
    rows = []
    for bid in bids:
        tender_lines = {line.id: line for line in bid.tender_id.line_ids}
        rows += [
            {
                "bid_id": bid.id,
                "tender_line_id": row["line"],
                "sequence": tender_lines[row["line"]].sequence,
                "name": tender_lines[row["line"]].name,
                "product_qty": float(row["quantity"]),
                "price_unit": float(row["price"]),
                "delivery_note": row["note"],
            }
            for row in contents[bid.id]["price"]["lines"]
            # Where bids may be for some services, no price is no offer.
            if row["price"] is not None
        ]
    if rows:
        server_create(bids.env["outsourcing.bid.line"], rows)


def _attach_files(bids, kind):
    """Turn files of the envelopes into attachments, read by the readers of the bids.

    :return: ir.attachment, which are not linked to the bids yet
    """
    by_id = {bid.id: bid for bid in bids}
    made = bids.env["ir.attachment"]
    for rows in _read_file_batches(bids, [kind], "bid_id", "name", "content"):
        made |= made.create(
            [
                {
                    "name": row["name"],
                    "raw": base64.b64decode(row["content"]),
                    "mimetype": upload.mimetype(row["name"]),
                    "res_model": bids._name,
                    "res_id": row["bid_id"].id,
                    "company_id": by_id[row["bid_id"].id].company_id.id,
                }
                for row in rows
            ]
        )
    return made
