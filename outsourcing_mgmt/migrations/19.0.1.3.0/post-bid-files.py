"""Name the files of opened bids: those that were sealed, not what was posted later."""

from collections import Counter

from odoo import SUPERUSER_ID, Command, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.bid.outsourcing_bid_envelope import (
    read_contents,
)
from odoo.addons.outsourcing_mgmt.tools import sealing


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    bids = env["outsourcing.bid"].search([("technical_opened_at", "!=", False)])
    for bid in bids.filtered(lambda bid: not bid.attachment_ids):
        contents = read_contents(bid)
        kinds = ["technical"] + ["price"] * bool(bid.price_opened_at)
        sealed = Counter(
            file["sha256"] for kind in kinds for file in contents[kind]["files"]
        )
        files = env["ir.attachment"].search(
            [("res_model", "=", bid._name), ("res_id", "=", bid.id)], order="id"
        )
        opened = files.browse()
        for file in files:
            digest = sealing.digest(file.raw or b"")
            if sealed[digest] > 0:
                sealed[digest] -= 1
                opened |= file
        server_write(bid, {"attachment_ids": [Command.set(opened.ids)]})
