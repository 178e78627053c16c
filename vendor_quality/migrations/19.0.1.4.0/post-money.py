"""Note on decisions to post what their bills asked for, untaxed, by the ledger.

Credit notes are measured against it. What the lines give as tax is computed when
such a bill is asked about for the first time.
"""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE vendor_quality_decision decision
           SET untaxed_total = content.untaxed
          FROM (
                SELECT item.move_id, SUM(item.amount_currency) AS untaxed
                  FROM account_move_line item
                 WHERE item.display_type IN (
                        'product', 'rounding', 'non_deductible_product',
                        'non_deductible_product_total')
                   AND item.tax_repartition_line_id IS NULL
                   AND item.move_id IN (
                        SELECT move_id FROM vendor_quality_decision
                         WHERE stage = 'post' AND is_current)
                 GROUP BY item.move_id
               ) content
         WHERE decision.move_id = content.move_id AND decision.stage = 'post'
           AND decision.is_current AND decision.form_id IS NOT NULL
           AND decision.untaxed_total IS NULL
        """
    )
