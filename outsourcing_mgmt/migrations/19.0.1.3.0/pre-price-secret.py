"""Keep the secret of a reference price as the texts that its commitment binds."""

import logging

from odoo.tools import float_repr, float_round

from odoo.addons.outsourcing_mgmt.tools import commitment

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    cr.execute(
        """
        ALTER TABLE outsourcing_reference_price_secret
        ADD COLUMN IF NOT EXISTS currency_name varchar,
        ALTER COLUMN amount TYPE varchar USING amount::text
        """
    )
    cr.execute(
        """
        SELECT secret.id, secret.amount, secret.nonce, currency.name,
               currency.rounding, price.commitment, price.name
          FROM outsourcing_reference_price_secret secret
          JOIN outsourcing_reference_price price ON price.id = secret.price_id
          JOIN res_currency currency ON currency.id = price.currency_id
        """
    )
    for secret_id, amount, nonce, currency, rounding, committed, name in cr.fetchall():
        rounding = float(rounding)
        digits = max(0, len(f"{rounding:.10f}".rstrip("0").partition(".")[2]))
        text = float_repr(
            float_round(float(amount or 0), precision_rounding=rounding), digits
        )
        if not commitment.verify(committed, text, currency, nonce):
            _logger.warning("%s: the amount does not match its commitment", name)
        cr.execute(
            """
            UPDATE outsourcing_reference_price_secret
               SET amount = %s, currency_name = %s
             WHERE id = %s
            """,
            (text, currency, secret_id),
        )
