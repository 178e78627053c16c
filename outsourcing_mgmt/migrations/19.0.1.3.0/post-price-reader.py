"""Whoever is in finance now goes on reading the reference prices that are secret."""

from odoo import SUPERUSER_ID, api
from odoo.fields import Command

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.groups import FINANCE


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref(
        "outsourcing_mgmt.outsourcing_reference_price_source_rule_finance",
        raise_if_not_found=False,
    )
    if rule:
        # The record is not updated with the module.
        rule.domain_force = (
            "['|', '|', ('price_id.state', '=', 'draft'), "
            "('price_id.revealed_date', '!=', False), "
            "('price_id.reader_ids', 'in', user.id)]"
        )
    prices = env["outsourcing.reference.price"].search(
        [
            ("state", "in", ("submitted", "approved", "used")),
            ("revealed_date", "=", False),
        ]
    )
    for price in prices:
        readers = price._flow_get_users_of(FINANCE)
        server_write(price, {"reader_ids": [Command.set(readers.ids)]})
    revealed = env["outsourcing.reference.price"].search(
        [("revealed_date", "!=", False), ("revealed_terms", "=", False)]
    )
    for price in revealed:
        terms = price._get_committed_terms(price.revealed_amount)
        server_write(price, {"revealed_terms": "|".join(terms)})
