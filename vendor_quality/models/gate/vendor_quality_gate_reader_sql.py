from odoo import api, models
from odoo.tools import SQL

from .outsourcing_contract import SETUP_STATES

UNTAXED_TYPES = (
    "product",
    "rounding",
    "non_deductible_product",
    "non_deductible_product_total",
)
TAX_TYPES = ("tax", "non_deductible_tax")
"""Line types that make the amounts of a bill, as core sums them."""
CERTAIN = 2
"""Up to this doubt a vendor is the contract's: its own, decided, a proven number."""
WITH = SQL("WITH")
BANK_NUMBER = SQL(
    "REGEXP_REPLACE(UPPER(statement.account_number), '[^A-Z0-9]', '', 'g')"
)
"""The account number that the bank gives, nearly as a key (``tools/party.py``)."""
RETURNED = SQL("GREATEST(COALESCE(form.credited_amount, 0) - form.deduction_amount, 0)")
"""What a form deducts less than was taken off its bills already."""


class VendorQualityGateReader(models.AbstractModel):
    """The one query behind the facts: what a bill is, and what was decided on it.

    It is asked about bills that the same transaction has just posted, which the
    planner's statistics cannot know. ``OFFSET 0`` keeps it from turning "the rows
    of one bill" into a walk through a whole table for each bill.
    """

    _inherit = "vendor.quality.gate.reader"

    @api.model
    def _sql_paid(self, move_alias, counterparts=()):
        """Return a query of what reconciliations paid on a bill, by kind.

        Credit notes pay nothing out. A line on the wrong side with a negative
        amount settles as much as one on the right side. Exchange entries add
        nothing in the currency of the bill. Of a statement line only what its bank
        account shows is the bank's; a write-off beside it is somebody's act.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(part.amount), 0) AS paid,
                   COALESCE(SUM(part.amount * bank.share), 0) AS paid_bank,
                   COALESCE(SUM(part.amount) FILTER (
                       WHERE other.id IN %(counterparts)s), 0) AS paid_new,
                   COALESCE(SUM(part.amount * (1 - COALESCE(bank.share, 0))) FILTER (
                       WHERE other.id IN %(counterparts)s), 0) AS paid_hard
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
              LEFT JOIN LATERAL (%(bank)s) bank ON statement.id IS NOT NULL
             WHERE other.id != item.move_id
               AND (
                    other.move_type != 'in_refund'
                    OR other.origin_payment_id IS NOT NULL
                    OR statement.id IS NOT NULL
               )
            """,
            bank=self._sql_bank_share(),
            counterparts=tuple(counterparts) or (0,),
            move=SQL.identifier(move_alias, "id"),
        )

    @api.model
    def _sql_day_entered(self, alias):
        """Return the day of the company on which the row of ``alias`` was entered."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE company.outsourcing_tz)::date",
            SQL.identifier(alias, "create_date"),
        )

    @api.model
    def _sql_bank_share(self):
        """Return a query of the share of a statement line that the bank paid."""
        return SQL(
            """
            SELECT LEAST(GREATEST(COALESCE(
                       SUM(-booked.balance) FILTER (
                           WHERE booked.account_id = journal.default_account_id)
                       / NULLIF(SUM(booked.balance) FILTER (
                           WHERE booked.account_id != journal.default_account_id
                             AND booked.balance > 0), 0), 0), 0), 1) AS share
              FROM account_move_line booked
              JOIN account_journal journal ON journal.id = other.journal_id
             WHERE booked.move_id = other.id
            """
        )

    @api.model
    def _sql_bill_source(self, moves):
        """Return the source of ``_sql_governing`` for bills and credit notes."""
        return SQL(
            "SELECT bill.id, bill.company_id, bill.partner_id, "
            "bill.partner_bank_id AS bank_id, "
            "LEAST(bill.service_date_start, bill.service_date_end, "
            "bill.invoice_date, bill.date, %(entered)s) AS day_from, "
            "GREATEST(bill.service_date_start, bill.service_date_end, "
            "bill.invoice_date, bill.date, %(entered)s) AS day_to "
            "FROM account_move bill "
            "JOIN res_company company ON company.id = bill.company_id "
            "WHERE bill.id IN %(bills)s",
            entered=self._sql_day_entered("bill"),
            bills=tuple(moves.ids),
        )

    @api.model
    def _sql_bills(self, moves, counterparts):
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
                   COALESCE(move.invoice_date, move.date) AS rate_date,
                   content.untaxed, content.total, content.digest, taxed.tax,
                   taxed.tax_step, %(waits)s AS has_open_money,
                   paid.paid, paid.paid_bank, paid.paid_new, paid.paid_hard,
                   contract.id AS contract_id, contract.name AS contract_name,
                   contract.date_start AS contract_start,
                   contract.date_end AS contract_end,
                   contract.currency_id AS contract_currency_id,
                   contract.gate_at, contract.ground, contract.vendor_name,
                   contract.is_certain, facts.*,
                   CASE WHEN ROW_NUMBER() OVER (ORDER BY move.id, contract.id) = 1
                        THEN (%(all_usage)s) END AS usage
              FROM governing contract
              JOIN account_move move ON move.id = contract.source_id
              LEFT JOIN LATERAL (%(content)s) content ON TRUE
              LEFT JOIN LATERAL (%(taxed)s) taxed ON TRUE
              LEFT JOIN LATERAL (%(paid)s) paid ON TRUE
              LEFT JOIN LATERAL (%(facts)s) facts ON TRUE
             ORDER BY move.id, contract.id
            """,
            taxed=self._sql_simple_tax(),
            # Asked when something is paid: once for each vendor.
            waits=self._sql_waits() if counterparts else SQL("NULL"),
            governing=self._sql_governing(
                self._sql_bill_source(moves), moves.company_id
            ),
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
    def _sql_payment_source(self, payments):
        """Return the source of ``_sql_governing`` for payments."""
        return SQL(
            "SELECT payment.id, payment.company_id, payment.partner_id, "
            "payment.partner_bank_id AS bank_id, "
            "LEAST(payment.date, %(entered)s) AS day_from, "
            "GREATEST(payment.date, %(entered)s) AS day_to "
            "FROM account_payment payment "
            "JOIN res_company company ON company.id = payment.company_id "
            "WHERE payment.id IN %(payments)s",
            entered=self._sql_day_entered("payment"),
            payments=tuple(payments.ids),
        )

    @api.model
    def _sql_payees(self, payments):
        """Return the ids of the payments whose payee is a governed vendor."""
        return SQL(
            "%s SELECT DISTINCT source_id FROM governing",
            self._sql_governing(
                self._sql_payment_source(payments), payments.company_id
            ),
        )

    @api.model
    def _sql_taken(self, bills):
        """What all posted bills take of the forms that ``bills`` count against."""
        return SQL(
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

    @api.model
    def _sql_usage(self, moves=None):
        """What posted bills but ``moves`` took of each form, and what was paid of it.

        A posted credit note gives back what it takes off its bill. One that takes
        the deductions of a form off gives nothing back, nor does such a line on a
        bill: what is deducted cannot be billed again. A bill that was reset or
        cancelled takes nothing, unless money is still matched with it.
        """
        return SQL(
            """
            SELECT form.id,
                   SUM(decision.amount * GREATEST(1 + COALESCE((deducted.amount
                       - COALESCE(credit.amount, 0)) / NULLIF(COALESCE(
                           decision.untaxed_total, move.amount_untaxed), 0),
                       0), 0)) - MAX(form.returned) AS billed,
                   SUM(decision.amount * LEAST(COALESCE(paid.paid / NULLIF(
                       COALESCE(decision.payable_total, move.amount_total), 0
                   ), 0), 1)) AS paid
              FROM form
              JOIN vendor_quality_decision decision
                ON decision.contract_id = form.contract_id
               AND decision.period_start BETWEEN form.date_start AND form.date_end
              JOIN LATERAL (
                    SELECT * FROM account_move
                     WHERE id = decision.move_id OFFSET 0
                   ) move ON TRUE
              LEFT JOIN LATERAL (%(credit)s) credit ON TRUE
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
               AND (move.state = 'posted' OR paid.paid > 0)
             GROUP BY form.id
            """,
            credit=self._sql_credit("move"),
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
    def _sql_simple_tax(self):
        """The tax of the lines of one bill, if all their taxes are plain percentages.

        It saves core's tax engine the bills that ask for no more than that. Groups,
        fixed amounts, taxes on taxes and reverse charge are left to the engine.
        """
        return SQL(
            """
            SELECT CASE WHEN COALESCE(BOOL_AND(
                            item.display_type = 'product' AND rate.is_plain), TRUE)
                        THEN COALESCE(SUM(item.amount_currency * rate.percent), 0) / 100
                   END AS tax,
                   MAX(owner.vendor_quality_tax_tolerance) AS tax_step
              FROM account_move_line item
              JOIN res_company owner ON owner.id = item.company_id
              LEFT JOIN LATERAL (
                    SELECT SUM(tax.amount) AS percent,
                           COALESCE(BOOL_AND(
                               tax.amount_type = 'percent'
                               AND tax.include_base_amount IS NOT TRUE
                               AND NOT EXISTS (
                                    SELECT 1 FROM account_tax_repartition_line part
                                     WHERE part.tax_id = tax.id
                                       AND part.factor_percent < 0)
                           ), TRUE) AS is_plain
                      FROM account_move_line_account_tax_rel rel
                      JOIN account_tax tax ON tax.id = rel.account_tax_id
                     WHERE rel.account_move_line_id = item.id
                   ) rate ON TRUE
             WHERE item.move_id = move.id AND item.display_type IN ('product', 'epd')
            """
        )

    @api.model
    def _sql_facts(self):
        """Forms, exceptions and earlier decisions of one bill and contract."""
        return SQL(
            """
            SELECT (%(forms)s) AS forms, (%(exceptions)s) AS exceptions, decided.*,
                   EXISTS (
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
                       MAX(payable_total) FILTER (
                           WHERE stage = 'post' AND is_current
                       )::float8 AS checked_total,
                       MAX(paid_total) FILTER (
                           WHERE stage = 'payment') AS paid_decided
                  FROM vendor_quality_decision
                 WHERE move_id = move.id
              ) decided
            """,
            forms=self._sql_bill_forms(),
            exceptions=self._sql_bill_exceptions(),
        )

    @api.model
    def _sql_bill_forms(self):
        """The forms of one contract that touch the period of one bill."""
        return SQL(
            """
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
                       'awaits_exit', EXISTS (
                           SELECT 1 FROM outsourcing_contract_exit leaving
                            WHERE leaving.contract_id = contract.id
                              AND leaving.state = 'open'
                              AND leaving.last_day <= form.date_end),
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
            """
        )

    @api.model
    def _sql_bill_exceptions(self):
        """The exceptions of one bill that were approved."""
        return SQL(
            """
            SELECT JSON_AGG(JSON_BUILD_OBJECT(
                       'id', exception.id, 'purpose', exception.purpose,
                       'amount_limit', exception.amount_limit,
                       'state', exception.state, 'stage', exception.stage,
                       'posted', exception.posting_used_at,
                       'paid', exception.payment_used_at,
                       'expiry', exception.expiry_date,
                       'fingerprint', exception.fingerprint) ORDER BY exception.id)
              FROM vendor_quality_exception exception
             WHERE exception.move_id = move.id
               AND exception.state IN ('approved', 'used')
               AND (exception.bank_key IS NULL OR exception.bank_key = COALESCE((
                    SELECT bank.vendor_quality_key FROM res_partner_bank bank
                     WHERE bank.id = move.partner_bank_id), ''))
            """
        )

    # ------------------------------------------------------------
    # JOURNAL ENTRIES
    # ------------------------------------------------------------

    @api.model
    def _sql_entries(self, moves):
        source = SQL(
            """
            SELECT move.id, move.company_id, credit.partner_id,
                   NULL::integer AS bank_id,
                   LEAST(move.date, %(entered)s) AS day_from,
                   GREATEST(move.date, %(entered)s) AS day_to
              FROM (%(credits)s) credit
              JOIN account_move move ON move.id = credit.move_id
              JOIN res_company company ON company.id = move.company_id
            """,
            entered=self._sql_day_entered("move"),
            credits=self._sql_credits(moves),
        )
        return SQL(
            """
            %(governing)s
            SELECT move.id, move.company_id, move.currency_id,
                   move.outsourcing_bill_kind AS kind,
                   contract.id AS contract_id, contract.name AS contract_name,
                   contract.date_start AS contract_start,
                   contract.date_end AS contract_end,
                   contract.currency_id AS contract_currency_id, contract.gate_at,
                   contract.ground, contract.vendor_name, contract.is_certain,
                   content.total, content.digest, facts.exceptions,
                   facts.decided_fingerprint, NULL AS forms
              FROM governing contract
              JOIN account_move move ON move.id = contract.source_id
              LEFT JOIN LATERAL (
                    SELECT SUM(-CASE WHEN item.currency_id = move.currency_id
                                     THEN item.amount_currency
                                     ELSE item.balance END) AS total,
                           MD5(STRING_AGG(CONCAT_WS(
                               ':', item.account_id, item.partner_id,
                               item.currency_id, ROUND(item.amount_currency, 6),
                               ROUND(item.balance, 6)), ','
                               ORDER BY item.account_id, item.partner_id,
                               item.amount_currency, item.balance)) AS digest
                      FROM account_move_line item
                      JOIN account_account account ON account.id = item.account_id
                     WHERE item.move_id = move.id
                       AND account.account_type = 'liability_payable'
                   ) content ON TRUE
              LEFT JOIN LATERAL (%(facts)s) facts ON TRUE
             ORDER BY move.id, contract.id
            """,
            governing=self._sql_governing(source, moves.company_id),
            facts=self._sql_facts(),
        )

    @api.model
    def _sql_credits(self, moves):
        return SQL(
            """
            SELECT item.move_id, payee.commercial_partner_id AS partner_id
              FROM account_move_line item
              JOIN account_account account ON account.id = item.account_id
               AND account.account_type = 'liability_payable'
              JOIN res_partner payee ON payee.id = item.partner_id
             WHERE item.move_id IN %(moves)s
               AND NOT EXISTS (
                    SELECT 1 FROM account_bank_statement_line statement
                     WHERE statement.move_id = item.move_id
               )
               AND NOT EXISTS (
                    SELECT 1 FROM account_payment payment
                     WHERE payment.move_id = item.move_id
                       AND payment.payment_type = 'inbound'
               )
             GROUP BY item.move_id, payee.commercial_partner_id
            HAVING SUM(item.balance) < 0
                OR (SUM(item.balance) = 0 AND SUM(item.amount_currency) < 0)
            """,
            moves=tuple(moves.ids),
        )

    # ------------------------------------------------------------
    # WHO IS GOVERNED
    # ------------------------------------------------------------

    @api.model
    def _sql_governing(self, source, companies, begin=WITH):
        """Return the CTEs up to ``governing``: which contract governs which row.

        A root company and its branches are one: a contract of any of them
        governs the bills of all, from the day its gate or theirs starts. Of
        several grounds on which a contract governs a row the surest one counts.

        :param SQL source: ``id, company_id, partner_id, bank_id, day_from, day_to``
        :param companies: the companies of the rows
        :param SQL begin: empty where other CTEs stand before these
        """
        return SQL(
            """
            %(begin)s gates AS MATERIALIZED (%(gates)s),
            -- Every step carries the row along: joins of intermediate results
            -- have no statistics and would grow with the square of the batch.
            %(vendors)s,
            governing AS MATERIALIZED (
                SELECT DISTINCT ON (vendor.id, contract.id)
                       vendor.id AS source_id, vendor.payee_id, contract.id,
                       contract.name, contract.date_start,
                       COALESCE(contract.termination_date, contract.date_end)
                           AS date_end,
                       contract.currency_id, template.gate_at, gates.gate_from,
                       vendor.ground, vendor.known_name AS vendor_name,
                       vendor.doubt <= %(certain)s AS is_certain
                  FROM vendor
                  JOIN gates ON gates.company_id = vendor.company_id
                  JOIN LATERAL (
                        SELECT * FROM outsourcing_contract
                         WHERE commercial_partner_id = vendor.vendor_id OFFSET 0
                       ) contract ON contract.company_id = gates.contract_company_id
                  JOIN vendor_quality_template template
                    ON template.id = contract.vendor_quality_template_id
                 WHERE contract.state NOT IN %(states)s
                   AND vendor.day_to >= GREATEST(contract.date_start, gates.gate_from)
                   AND (
                        COALESCE(contract.termination_date, contract.date_end) IS NULL
                        OR vendor.day_from
                           <= COALESCE(contract.termination_date, contract.date_end)
                        OR NOT (%(settled)s)
                   )
                   AND %(standing)s
                 ORDER BY vendor.id, contract.id, vendor.doubt
            )
            """,
            gates=self._sql_gates(companies),
            begin=begin,
            vendors=self._sql_vendors(source),
            certain=CERTAIN,
            states=SETUP_STATES,
            settled=self._sql_settled(),
            standing=self._sql_not_lifted(SQL("gates.root_id")),
        )

    @api.model
    def _sql_vendors(self, source):
        """Return the CTE ``vendor``: the rows of ``source`` by each possible vendor.

        That is the payee; whoever it is or was a contact of; and whoever has or had
        its number, its or the bill's bank account, or its name as a company.
        ``doubt`` orders the grounds, ``key`` is what both have in common.
        """
        return SQL(
            """
            source AS MATERIALIZED (
                SELECT row.*, payee.commercial_partner_id AS payee_id
                  FROM (%s) row
                  LEFT JOIN res_partner payee ON payee.id = row.partner_id
            ),
            vendor AS (
                SELECT source.*, payee_id AS vendor_id, NULL::integer AS known_id,
                       NULL AS known_name, 'own' AS ground, NULL AS key, 0 AS doubt
                  FROM source
                 WHERE payee_id IS NOT NULL
                 UNION ALL
                SELECT source.*, holder.commercial_partner_id, holder.id, holder.name,
                       found.ground, found.key, found.doubt
                  FROM source
                  JOIN LATERAL (
                        SELECT known.vendor_id, known.kind AS ground, NULL AS key,
                               CASE known.kind WHEN 'same' THEN 1 ELSE 3 END AS doubt
                          FROM vendor_quality_identity known
                         WHERE known.partner_id IN (source.partner_id, source.payee_id)
                           AND (known.kind = 'contact'
                                OR (known.kind = 'same'
                                    AND known.partner_id = source.payee_id))
                         UNION ALL
                        SELECT known.vendor_id, known.kind, known.key,
                               CASE WHEN known.is_proven
                                      OR mine.vendor_quality_number_proven
                                    THEN 2 ELSE 4 END
                          FROM res_partner mine
                          JOIN vendor_quality_identity known
                            ON known.key = mine.vendor_quality_number_key
                           AND known.kind = 'number'
                         WHERE mine.id IN (source.partner_id, source.payee_id)
                         UNION ALL
                        SELECT known.vendor_id, known.kind, known.key, 5
                          FROM res_partner_bank bank
                          JOIN vendor_quality_identity known
                            ON known.key = bank.vendor_quality_key
                           AND known.kind = 'account'
                         WHERE bank.id = source.bank_id
                            OR bank.partner_id IN (source.partner_id, source.payee_id)
                         UNION ALL
                        SELECT known.vendor_id, known.kind, known.key, 6
                          FROM res_partner mine
                          JOIN vendor_quality_identity known
                            ON known.key = mine.vendor_quality_name_key
                           AND known.kind = 'name'
                         WHERE mine.id = source.payee_id AND mine.is_company
                       ) found ON TRUE
                  JOIN res_partner holder ON holder.id = found.vendor_id
            )
            """,
            source,
        )

    @api.model
    def _sql_not_lifted(self, root):
        """Return a condition: no decision of two persons says otherwise.

        "Two vendors" lifts what both had in common then, "one vendor" ends with a
        later "two vendors".

        :param SQL root: id of the root company, in which decisions hold
        """
        return SQL(
            """
            NOT EXISTS (
                SELECT 1
                  FROM vendor_quality_identity lifted
                 WHERE lifted.partner_id = vendor.payee_id
                   AND lifted.kind = 'other'
                   AND lifted.vendor_id = vendor.known_id
                   AND lifted.company_id = %(root)s
                   AND (
                        (lifted.ground = vendor.ground
                         AND lifted.key IS NOT DISTINCT FROM vendor.key)
                        OR (vendor.ground = 'same' AND lifted.id > (
                            SELECT MAX(joined.id)
                              FROM vendor_quality_identity joined
                             WHERE joined.partner_id = vendor.payee_id
                               AND joined.kind = 'same'
                               AND joined.vendor_id = vendor.known_id
                               AND joined.company_id = %(root)s))
                   )
            )
            AND (vendor.ground != 'same' OR EXISTS (
                SELECT 1
                  FROM vendor_quality_identity joined
                 WHERE joined.partner_id = vendor.payee_id
                   AND joined.kind = 'same'
                   AND joined.vendor_id = vendor.known_id
                   AND joined.company_id = %(root)s
            ))
            """,
            root=root,
        )

    @api.model
    def _sql_matches(self, partners):
        """Return what partners have in common with vendors of contracts."""
        source = SQL(
            "SELECT partner.id, partner.id AS partner_id, NULL::integer AS bank_id "
            "FROM res_partner partner WHERE partner.id IN %s",
            tuple(partners.ids),
        )
        return SQL(
            "WITH %s SELECT DISTINCT vendor.id, vendor.vendor_id, vendor.known_id, "
            "vendor.ground, vendor.key, vendor.known_name, vendor.doubt FROM vendor "
            "WHERE vendor.vendor_id != vendor.payee_id "
            "AND vendor.ground NOT IN ('own', 'same') ORDER BY vendor.id, vendor.doubt",
            self._sql_vendors(source),
        )

    @api.model
    def _sql_gates(self, companies):
        """The day from which contracts of one company govern bills of another."""
        day = SQL(
            """
            SELECT parent.vendor_quality_gate_from
              FROM res_company parent
             WHERE parent.parent_path
                 = LEFT(one.parent_path, LENGTH(parent.parent_path))
               AND parent.vendor_quality_gate_from IS NOT NULL
             ORDER BY LENGTH(parent.parent_path) DESC
             LIMIT 1
            """
        )
        return SQL(
            """
            SELECT bill.id AS company_id, contract.id AS contract_company_id,
                   SPLIT_PART(contract.parent_path, '/', 1)::integer AS root_id,
                   LEAST(bill.gate_from, contract.gate_from) AS gate_from
              FROM (SELECT one.id, one.parent_path, (%(day)s) AS gate_from
                      FROM res_company one WHERE one.id IN %(companies)s) bill
              JOIN (SELECT one.id, one.parent_path, (%(day)s) AS gate_from
                      FROM res_company one) contract
                ON SPLIT_PART(contract.parent_path, '/', 1)
                 = SPLIT_PART(bill.parent_path, '/', 1)
             WHERE LEAST(bill.gate_from, contract.gate_from) IS NOT NULL
            """,
            day=day,
            companies=tuple(companies.ids) or (0,),
        )

    @api.model
    def _sql_settled(self):
        """A contract is settled by two persons, or when its last form is billed."""
        return SQL(
            """
            contract.vendor_quality_settled_at IS NOT NULL OR EXISTS (
                SELECT 1
                  FROM vendor_quality_form form
                 WHERE form.contract_id = contract.id AND form.state = 'approved'
                   AND form.date_end
                       >= COALESCE(contract.termination_date, contract.date_end)
                   AND form.fee_amount <= (
                        SELECT COALESCE(SUM(decision.amount), 0) + 0.005
                          FROM vendor_quality_decision decision
                          JOIN account_move move ON move.id = decision.move_id
                         WHERE decision.contract_id = contract.id
                           AND decision.stage = 'post' AND decision.is_current
                           AND decision.period_start
                               BETWEEN form.date_start AND form.date_end
                           AND move.state = 'posted'
                   )
            )
            """
        )
