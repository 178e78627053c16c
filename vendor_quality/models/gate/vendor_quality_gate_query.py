from odoo import api, models
from odoo.tools import SQL

UNTAXED_TYPES = (
    "product",
    "rounding",
    "non_deductible_product",
    "non_deductible_product_total",
)
TAX_TYPES = ("tax", "non_deductible_tax")
"""Line types that make the amounts of a bill, as core sums them."""
RETURNED = SQL("GREATEST(COALESCE(form.credited_amount, 0) - form.deduction_amount, 0)")
"""What a form deducts less than was taken off its bills already."""


class VendorQualityGateFacts(models.AbstractModel):
    """The one query behind the facts: what a bill is, and what was decided on it.

    It is asked about bills that the same transaction has just posted, which the
    planner's statistics cannot know. ``OFFSET 0`` keeps it from turning "the rows
    of one bill" into a walk through a whole table for each bill.
    """

    _inherit = "vendor.quality.gate.facts"

    @api.model
    def _sql_paid(self, move_alias, counterparts=()):
        """Return a query of what reconciliations paid on a bill, by kind.

        Credit notes pay nothing out. A line on the wrong side with a negative
        amount settles as much as one on the right side. Exchange entries add
        nothing in the currency of the bill.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(part.amount), 0) AS paid,
                   COALESCE(SUM(part.amount) FILTER (
                       WHERE statement.id IS NOT NULL), 0) AS paid_bank,
                   COALESCE(SUM(part.amount) FILTER (
                       WHERE other.id IN %(counterparts)s), 0) AS paid_new,
                   COALESCE(SUM(part.amount) FILTER (
                       WHERE other.id IN %(counterparts)s
                         AND statement.id IS NULL), 0) AS paid_hard
              FROM (SELECT id, move_id, account_id
                      FROM account_move_line
                     WHERE move_id = %(move)s OFFSET 0) item
              JOIN account_account account ON account.id = item.account_id
               AND account.account_type = 'liability_payable'
              JOIN LATERAL (
                    SELECT GREATEST(credit_amount_currency, 0) AS amount,
                           debit_move_id AS other_id
                      FROM account_partial_reconcile WHERE credit_move_id = item.id
                     UNION ALL
                    SELECT GREATEST(-debit_amount_currency, 0), credit_move_id
                      FROM account_partial_reconcile WHERE debit_move_id = item.id
                   ) part ON TRUE
              JOIN account_move_line other_item ON other_item.id = part.other_id
              JOIN account_move other ON other.id = other_item.move_id
              LEFT JOIN account_bank_statement_line statement
                ON statement.move_id = other.id
             WHERE other.id != item.move_id
               AND (
                    other.move_type != 'in_refund'
                    OR other.origin_payment_id IS NOT NULL
                    OR statement.id IS NOT NULL
               )
            """,
            counterparts=tuple(counterparts) or (0,),
            move=SQL.identifier(move_alias, "id"),
        )

    @api.model
    def _sql_bills(self, moves, counterparts):
        source = SQL(
            "SELECT id, company_id, partner_id, partner_bank_id AS bank_id, "
            "LEAST(service_date_start, service_date_end, invoice_date, date, "
            "create_date::date) AS day_from, "
            "GREATEST(service_date_start, service_date_end, invoice_date, date, "
            "create_date::date) AS day_to "
            "FROM account_move WHERE id IN %s",
            tuple(moves.ids),
        )
        return SQL(
            """
            %(governing)s,
            form AS MATERIALIZED (%(forms)s),
            usage AS MATERIALIZED (%(usage)s)
            SELECT move.id, move.state, move.outsourcing_bill_kind AS kind,
                   move.outsourcing_contract_id, move.company_id,
                   move.currency_id, move.partner_id, contract.payee_id AS vendor_id,
                   move.partner_bank_id, move.move_type,
                   move.service_date_start, move.service_date_end,
                   COALESCE(move.invoice_date, move.date, CURRENT_DATE) AS rate_date,
                   content.untaxed, content.total, content.digest,
                   paid.paid, paid.paid_bank, paid.paid_new, paid.paid_hard,
                   contract.id AS contract_id, contract.name AS contract_name,
                   contract.date_start AS contract_start,
                   contract.date_end AS contract_end,
                   contract.currency_id AS contract_currency_id,
                   contract.gate_at, facts.*,
                   CASE WHEN ROW_NUMBER() OVER (ORDER BY move.id, contract.id) = 1
                        THEN (%(all_usage)s) END AS usage
              FROM governing contract
              JOIN account_move move ON move.id = contract.source_id
              LEFT JOIN LATERAL (%(content)s) content ON TRUE
              LEFT JOIN LATERAL (%(paid)s) paid ON TRUE
              LEFT JOIN LATERAL (%(facts)s) facts ON TRUE
             ORDER BY move.id, contract.id
            """,
            governing=self._sql_governing(source, moves.company_id),
            forms=self._sql_forms(),
            usage=self._sql_usage(moves),
            content=self._sql_content(),
            paid=self._sql_paid("move", counterparts.ids),
            facts=self._sql_facts(),
            all_usage=SQL(
                "SELECT JSON_OBJECT_AGG(id, JSON_BUILD_ARRAY(billed, paid)) FROM usage"
            ),
        )

    @api.model
    def _sql_forms(self):
        """The approved forms that cover a part of some bill."""
        return SQL(
            """
            SELECT DISTINCT form.id, form.contract_id, form.date_start, form.date_end,
                   %s AS returned
              FROM governing
              JOIN account_move move ON move.id = governing.source_id
              JOIN LATERAL (
                    SELECT * FROM vendor_quality_form
                     WHERE contract_id = governing.id OFFSET 0
                   ) form ON form.date_start <= move.service_date_end
               AND form.date_end >= move.service_date_start
             WHERE form.state = 'approved'
            """,
            RETURNED,
        )

    @api.model
    def _get_taken(self, bills):
        """Return ``{form id: what all posted bills take}`` for the forms of some."""
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """
                WITH form AS MATERIALIZED (
                    SELECT DISTINCT form.id, form.contract_id, form.date_start,
                           form.date_end, %(returned)s AS returned
                      FROM vendor_quality_decision decision
                      JOIN vendor_quality_form form
                        ON form.contract_id = decision.contract_id
                       AND decision.period_start
                           BETWEEN form.date_start AND form.date_end
                     WHERE decision.move_id IN %(bills)s AND decision.is_current
                       AND decision.stage = 'post' AND form.state = 'approved'
                ), usage AS (%(usage)s)
                SELECT id, billed FROM usage
                """,
                returned=RETURNED,
                bills=tuple(bills.ids),
                usage=self._sql_usage(),
            )
        )
        return {form_id: float(billed) for form_id, billed in rows}

    @api.model
    def _sql_usage(self, moves=None):
        """What posted bills but ``moves`` took of each form, and what was paid of it.

        A posted credit note gives back what it takes off its bill. One that takes
        the deductions of a form off gives nothing back, nor does such a line on a
        bill: what is deducted cannot be billed again.
        """
        return SQL(
            """
            SELECT form.id,
                   SUM(decision.amount * GREATEST(1 + COALESCE((deducted.amount
                       - COALESCE(credit.amount, 0)) / NULLIF(move.amount_untaxed, 0),
                       0), 0)) - MAX(form.returned) AS billed,
                   SUM(decision.amount * COALESCE(paid.paid
                       / NULLIF(move.amount_total, 0), 0)) AS paid
              FROM form
              JOIN vendor_quality_decision decision
                ON decision.contract_id = form.contract_id
               AND decision.period_start BETWEEN form.date_start AND form.date_end
              JOIN LATERAL (
                    SELECT * FROM account_move
                     WHERE id = decision.move_id OFFSET 0
                   ) move ON move.state = 'posted'
              LEFT JOIN LATERAL (
                    SELECT SUM(refund.amount_untaxed) AS amount
                      FROM account_move refund
                     WHERE refund.reversed_entry_id = move.id
                       AND refund.state = 'posted'
                       AND refund.move_type = 'in_refund'
                       AND refund.vendor_quality_deduction_form_id IS NULL
                   ) credit ON TRUE
              LEFT JOIN LATERAL (
                    SELECT COALESCE(SUM(-item.amount_currency), 0) AS amount
                      FROM account_move_line item
                     WHERE item.move_id = move.id
                       AND item.vendor_quality_deduction_form_id IS NOT NULL
                   ) deducted ON TRUE
              LEFT JOIN LATERAL (%(paid)s) paid ON TRUE
             WHERE decision.stage = 'post'
               AND decision.is_current AND decision.amount != 0
               AND decision.move_id NOT IN %(moves)s
             GROUP BY form.id
            """,
            paid=self._sql_paid("move"),
            moves=tuple(moves.ids) if moves else (0,),
        )

    @api.model
    def _sql_content(self):
        return SQL(
            """
            SELECT SUM(item.amount_currency) FILTER (
                       WHERE item.display_type IN %(types)s
                         AND item.tax_repartition_line_id IS NULL) AS untaxed,
                   SUM(item.amount_currency) FILTER (
                       WHERE item.display_type IN %(total_types)s) AS total,
                   MD5(STRING_AGG(CONCAT_WS(
                       ':', item.account_id, item.product_id,
                       item.purchase_line_id, ROUND(item.amount_currency, 6)), ','
                       ORDER BY item.account_id, item.product_id,
                       item.purchase_line_id, item.amount_currency
                   ) FILTER (WHERE item.display_type = 'product')) AS digest
              FROM account_move_line item
             WHERE item.move_id = move.id
            """,
            types=UNTAXED_TYPES,
            total_types=UNTAXED_TYPES + TAX_TYPES,
        )

    @api.model
    def _sql_facts(self):
        """Forms, permits and earlier decisions of one bill and contract."""
        return SQL(
            """
            SELECT (
                SELECT JSON_AGG(JSON_BUILD_OBJECT(
                           'id', form.id, 'name', form.name,
                           'state', form.state, 'date_start', form.date_start,
                           'is_answered', form.vendor_answered_at IS NOT NULL,
                           'date_end', form.date_end,
                           -- Without what the vendor disputes, until decided.
                           'score', COALESCE(form.gate_score, form.score),
                           'is_rated', form.is_rated, 'fee', form.fee_amount,
                           'payable', form.payable_amount
                               + COALESCE(form.retention_released_amount, 0),
                           'gate_at', template.gate_at,
                           'threshold', template.threshold,
                           'not_rated_policy', template.not_rated_policy,
                           'blocks_posting', band.blocks_posting,
                           'blocks_payment', band.blocks_payment,
                           'share', (
                               SELECT SUM(decision.amount)
                                 FROM vendor_quality_decision decision
                                WHERE decision.move_id = move.id
                                  AND decision.contract_id = contract.id
                                  AND decision.is_current
                                  AND decision.stage = 'post'
                                  AND decision.form_id IS NOT NULL
                                  AND decision.period_start
                                      BETWEEN form.date_start AND form.date_end
                           )
                       ))
                  FROM (SELECT * FROM vendor_quality_form
                         WHERE contract_id = contract.id OFFSET 0) form
                  JOIN vendor_quality_template template
                    ON template.id = form.template_id
                  LEFT JOIN vendor_quality_template_band band
                    ON band.id = COALESCE(form.gate_band_id, form.band_id)
                 WHERE form.state NOT IN ('superseded', 'cancelled')
                   AND form.date_start <= move.service_date_end
                   AND form.date_end >= move.service_date_start
            ) AS forms, (
                SELECT JSON_AGG(JSON_BUILD_OBJECT(
                           'id', permit.id, 'purpose', permit.purpose,
                           'amount_limit', permit.amount_limit,
                           'state', permit.state, 'stage', permit.stage,
                           'posted', permit.posting_used_at,
                           'paid', permit.payment_used_at,
                           'expiry', permit.expiry_date,
                           'fingerprint', permit.fingerprint) ORDER BY permit.id)
                  FROM vendor_quality_exception permit
                 WHERE permit.move_id = move.id
                   AND permit.state IN ('approved', 'used')
            ) AS permits, decided.*, EXISTS (
                SELECT 1
                  FROM (SELECT state FROM vendor_quality_hold
                         WHERE move_id = move.id OFFSET 0) hold
                 WHERE hold.state = 'active'
            ) AS on_hold
              FROM (
                SELECT (ARRAY_AGG(fingerprint ORDER BY id DESC) FILTER (
                           WHERE stage = 'post' AND is_current)
                       )[1] AS decided_fingerprint,
                       SUM(amount) FILTER (
                           WHERE stage = 'post' AND is_current AND ground = 'form'
                       ) AS decided_amount,
                       SUM(amount) FILTER (
                           WHERE stage = 'payment' AND ground = 'exception'
                       ) AS granted,
                       MAX(paid_total) FILTER (
                           WHERE stage = 'payment') AS paid_decided
                  FROM vendor_quality_decision
                 WHERE move_id = move.id
              ) decided
            """
        )
