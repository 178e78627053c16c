"""Fix who acts for the bidders of bids that began before persons were fixed."""

from odoo import SUPERUSER_ID, api
from odoo.tools import email_normalize

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.bid.outsourcing_bid_person import fix_persons


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    bids = env["outsourcing.bid"].search([("person_ids", "=", False)])
    for bid in bids:
        fix_persons(bid, bid.browse())
        server_write(bid, {"vendor_email": email_normalize(bid.partner_id.email or "")})
    # The record is not updated with the module, and what it says is no longer true.
    template = env.ref(
        "outsourcing_mgmt.mail_template_bid_withdrawn", raise_if_not_found=False
    )
    if template:
        cr.execute(
            """
            UPDATE mail_template
               SET body_html = replace(body_html::text, %s, %s)::jsonb
             WHERE id = %s
            """,
            (
                "It was not opened and its content is erased.",
                "It was not opened; its envelope stays sealed and nobody reads it.",
                template.id,
            ),
        )
