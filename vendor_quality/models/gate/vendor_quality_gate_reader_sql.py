from odoo import api, models
from odoo.tools import SQL

from ...tools.gate_data import WHOLE
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
WITH, TRUE, FALSE = SQL("WITH"), SQL("TRUE"), SQL("FALSE")
BANK_NUMBER = SQL(
    "REGEXP_REPLACE(UPPER(statement.account_number), '[^A-Z0-9]', '', 'g')"
)
"""The account number that the bank gives, nearly as a key (``tools/party.py``)."""
UNDECIDED = SQL(
    "SELECT NULL AS decided_fingerprint, NULL AS decided_amount, NULL AS granted, "
    "NULL AS checked_total, NULL AS paid_decided, NULL AS exceptions, FALSE AS on_hold"
)
UNPAID = SQL("SELECT 0 AS paid, 0 AS paid_bank, 0 AS paid_new, 0 AS paid_hard")
USAGE = SQL(
    "CASE WHEN ROW_NUMBER() OVER (ORDER BY move.id, contract.id) = 1 THEN ("
    "SELECT JSON_OBJECT_AGG(id, JSON_BUILD_ARRAY(billed, paid)) FROM usage) END"
)
"""What other bills took of all forms, on the first row."""
IS_PAYABLE = SQL(
    "(SELECT account_type FROM account_account account"
    " WHERE account.id = item.account_id) = 'liability_payable'"
)
"""A condition on ``item``. One table a subquery is planned faster than a join."""
RETURNED = SQL("GREATEST(COALESCE(form.credited_amount, 0) - form.deduction_amount, 0)")
"""What a form deducts less than was taken off its bills already."""


class VendorQualityGateReader(models.AbstractModel):
    """The queries behind the facts: what a bill is, and what was decided on it.

    They are asked about bills that the same transaction has just posted, which the
    planner's statistics cannot know. ``OFFSET 0`` keeps it from turning "the rows
    of one bill" into a walk through a whole table for each bill, and from weighing
    orders of joins, which takes longer than the execution for one bill.
    """

    _inherit = "vendor.quality.gate.reader"

    @api.model
    def _sql_day_entered(self, alias):
        """Return the day of the company on which the row of ``alias`` was entered."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE company.outsourcing_tz)::date",
            SQL.identifier(alias, "create_date"),
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
            "JOIN LATERAL (SELECT outsourcing_tz FROM res_company "
            "WHERE id = bill.company_id OFFSET 0) company ON TRUE "
            "WHERE bill.id IN %(bills)s",
            entered=self._sql_day_entered("bill"),
            bills=tuple(moves.ids),
        )

    @api.model
    def _sql_scope(self, moves):
        """Return what there is to ask about ``moves``; a bill without a row is free.

        Most bills have one contract, and nobody paid them or billed the same month.
        Planning what finds nothing there takes longer than all the rest. It is planned
        anew in each request: a connection is lent without prepared statements.
        """
        return SQL(
            """
            SELECT bill.id, elsewhere.is_true AS elsewhere, own.ended,
                   EXISTS (%(used)s) AS used, EXISTS (
                SELECT 1
                  FROM account_partial_reconcile part
                 WHERE part.credit_move_id = ANY(items.ids)
                    OR part.debit_move_id = ANY(items.ids)
            ) AS matched, (
                EXISTS (SELECT 1 FROM vendor_quality_decision WHERE move_id = bill.id)
                OR EXISTS (
                    SELECT 1 FROM vendor_quality_exception WHERE move_id = bill.id)
                OR EXISTS (SELECT 1 FROM vendor_quality_hold WHERE move_id = bill.id)
            ) AS decided
              FROM account_move bill
              LEFT JOIN LATERAL (
                    SELECT commercial_partner_id AS id
                      FROM res_partner WHERE id = bill.partner_id OFFSET 0
                   ) payee ON TRUE
              JOIN LATERAL (%(keys)s) known ON TRUE
              JOIN LATERAL (
                    SELECT ARRAY(
                        SELECT id FROM account_move_line WHERE move_id = bill.id
                    ) AS ids OFFSET 0
                   ) items ON TRUE
              JOIN LATERAL (
                    SELECT EXISTS (
                        SELECT 1
                          FROM vendor_quality_identity found
                         WHERE (found.partner_id IN (bill.partner_id, payee.id)
                                AND found.kind IN ('contact', 'same')
                                OR found.key = ANY(known.keys)
                                AND found.kind IN ('number', 'account', 'name'))
                           AND payee.id IS DISTINCT FROM (
                                SELECT commercial_partner_id
                                  FROM res_partner WHERE id = found.vendor_id)
                    ) AS is_true OFFSET 0
                   ) elsewhere ON TRUE
              JOIN LATERAL (
                    SELECT ARRAY_AGG(contract.id) AS ids, BOOL_OR(COALESCE(
                               contract.termination_date, contract.date_end
                           ) < LEAST(bill.service_date_start, bill.service_date_end,
                               bill.invoice_date, bill.date,
                               -- no later day anywhere
                               bill.create_date + INTERVAL '1 day')) AS ended
                      FROM outsourcing_contract contract
                     WHERE contract.commercial_partner_id = payee.id
                       AND contract.vendor_quality_template_id IS NOT NULL
                   ) own ON own.ids IS NOT NULL OR elsewhere.is_true
             WHERE bill.id IN %(moves)s
            """,
            keys=self._sql_keys(),
            moves=tuple(moves.ids),
            used=self._sql_used(moves),
        )

    @api.model
    def _sql_used(self, moves):
        """Return a query of the forms of a bill of which others than ``moves`` take."""
        return SQL(
            """
            SELECT 1
              FROM vendor_quality_form form
             WHERE form.contract_id = ANY(own.ids)
               AND form.date_start <= bill.service_date_end
               AND form.date_end >= bill.service_date_start
               AND EXISTS (
                    SELECT 1
                      FROM vendor_quality_decision decision
                     WHERE decision.contract_id = form.contract_id
                       AND decision.period_start
                           BETWEEN form.date_start AND form.date_end
                       AND decision.stage = 'post' AND decision.is_current
                       AND decision.move_id NOT IN %s)
            """,
            tuple(moves.ids),
        )

    @api.model
    def _sql_keys(self):
        """Return a query of the numbers, names and accounts of ``payee``."""
        return SQL(
            """
            SELECT ARRAY(
                SELECT UNNEST(ARRAY[
                           vendor_quality_number_key, vendor_quality_name_key])
                  FROM res_partner WHERE id IN (bill.partner_id, payee.id)
            ) || ARRAY(
                SELECT vendor_quality_key
                  FROM res_partner_bank
                 WHERE id = bill.partner_bank_id
                    OR partner_id IN (bill.partner_id, payee.id)
            ) AS keys OFFSET 0
            """
        )

    @api.model
    def _sql_bills(self, moves, counterparts, scope=WHOLE):
        used = SQL()
        if scope.used or scope.elsewhere:
            used = SQL(
                ", form AS MATERIALIZED (%s), usage AS MATERIALIZED (%s)",
                self._sql_forms(),
                self._sql_usage(moves),
            )
        return SQL(
            """
            %(governing)s%(used)s
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
                   contract.is_certain, facts.*, %(all_usage)s AS usage
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
                self._sql_bill_source(moves), moves.company_id, scope=scope
            ),
            used=used,
            content=self._sql_content(),
            paid=self._sql_paid("move", counterparts.ids) if scope.matched else UNPAID,
            facts=self._sql_facts(scope),
            all_usage=USAGE if used else SQL("NULL"),
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
                   MAX((SELECT owner.vendor_quality_tax_tolerance
                          FROM res_company owner
                         WHERE owner.id = item.company_id)) AS tax_step
              FROM account_move_line item
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
                      FROM account_tax tax
                     WHERE tax.id = ANY(ARRAY(
                            SELECT account_tax_id
                              FROM account_move_line_account_tax_rel
                             WHERE account_move_line_id = item.id))
                   ) rate ON TRUE
             WHERE item.move_id = move.id AND item.display_type IN ('product', 'epd')
            """
        )

    @api.model
    def _sql_facts(self, scope=WHOLE):
        """Forms, exceptions and earlier decisions of one bill and contract."""
        return SQL(
            "SELECT (%(forms)s) AS forms, decided.* FROM (%(decided)s) decided",
            decided=self._sql_decided() if scope.decided else UNDECIDED,
            forms=self._sql_bill_forms(
                self._sql_share() if scope.decided else SQL("NULL")
            ),
        )

    @api.model
    def _sql_decided(self):
        """Exceptions, earlier decisions and holds of one bill."""
        return SQL(
            """
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
                   MAX(paid_total) FILTER (WHERE stage = 'payment') AS paid_decided,
                   (%(exceptions)s) AS exceptions, EXISTS (
                SELECT 1
                  FROM (SELECT state FROM vendor_quality_hold
                         WHERE move_id = move.id OFFSET 0) hold
                 WHERE hold.state = 'active'
            ) AS on_hold
              FROM vendor_quality_decision
             WHERE move_id = move.id
            """,
            exceptions=self._sql_bill_exceptions(),
        )

    @api.model
    def _sql_share(self):
        """Return a query of what one bill took of one form."""
        return SQL(
            """
            SELECT SUM(decision.amount)
              FROM vendor_quality_decision decision
             WHERE decision.move_id = move.id
               AND decision.contract_id = contract.id
               AND decision.is_current
               AND decision.stage = 'post'
               AND decision.form_id IS NOT NULL
               AND decision.period_start BETWEEN form.date_start AND form.date_end
            """
        )

    @api.model
    def _sql_bill_forms(self, share):
        """The forms of one contract that touch the period of one bill.

        :param SQL share: what the bill took of a form
        """
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
                       'share', (%s)
                   ))
              FROM (SELECT * FROM vendor_quality_form
                     WHERE contract_id = contract.id OFFSET 0) form
              JOIN LATERAL (
                    SELECT * FROM vendor_quality_template
                     WHERE id = form.template_id OFFSET 0
                   ) template ON TRUE
              LEFT JOIN LATERAL (
                    SELECT * FROM vendor_quality_template_band
                     WHERE id = COALESCE(form.gate_band_id, form.band_id) OFFSET 0
                   ) band ON TRUE
             WHERE form.state NOT IN ('superseded', 'cancelled')
               AND form.date_start <= move.service_date_end
               AND form.date_end >= move.service_date_start
            """,
            share,
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
    # WHO IS GOVERNED
    # ------------------------------------------------------------

    @api.model
    def _sql_governing(self, source, companies, begin=WITH, scope=WHOLE):
        """Return the CTEs up to ``governing``: which contract governs which row.

        A root company and its branches are one: a contract of any of them
        governs the bills of all, from the day its gate or theirs starts. Of
        several grounds on which a contract governs a row the surest one counts.

        :param SQL source: ``id, company_id, partner_id, bank_id, day_from, day_to``
        :param companies: the companies of the rows
        :param SQL begin: empty where other CTEs stand before these
        :param Scope scope: what there is to ask
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
                       contract.currency_id, gates.gate_from, (
                           SELECT gate_at FROM vendor_quality_template
                            WHERE id = contract.vendor_quality_template_id) AS gate_at,
                       vendor.ground, vendor.known_name AS vendor_name,
                       vendor.doubt <= %(certain)s AS is_certain
                  FROM vendor
                  JOIN gates ON gates.company_id = vendor.company_id
                  JOIN LATERAL (
                        SELECT * FROM outsourcing_contract
                         WHERE commercial_partner_id = vendor.vendor_id OFFSET 0
                       ) contract ON contract.company_id = gates.contract_company_id
                 WHERE contract.state NOT IN %(states)s
                   AND contract.vendor_quality_template_id IS NOT NULL
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
            vendors=self._sql_vendors(source, scope),
            certain=CERTAIN,
            states=SETUP_STATES,
            settled=self._sql_settled() if scope.ended or scope.elsewhere else FALSE,
            standing=(
                self._sql_not_lifted(SQL("gates.root_id")) if scope.elsewhere else TRUE
            ),
        )

    @api.model
    def _sql_source(self, source):
        """Return the CTE ``source``: rows with the vendor that is paid."""
        return SQL(
            """
            source AS MATERIALIZED (
                SELECT row.*, (
                    SELECT payee.commercial_partner_id FROM res_partner payee
                     WHERE payee.id = row.partner_id) AS payee_id
                  FROM (%s) row
            )
            """,
            source,
        )

    @api.model
    def _sql_vendors(self, source, scope=WHOLE):
        """Return the CTE ``vendor``: the rows of ``source`` by each possible vendor.

        That is the payee; whoever it is or was a contact of; and whoever has or had
        its number, its or the bill's bank account, or its name as a company.
        ``doubt`` orders the grounds, ``key`` is what both have in common.
        """
        known = SQL()
        if scope.elsewhere:
            known = SQL(
                """
                 UNION ALL
                SELECT source.*, holder.commercial_partner_id, holder.id, holder.name,
                       found.ground, found.key, found.doubt
                  FROM source
                  JOIN LATERAL (%s) found ON TRUE
                  JOIN res_partner holder ON holder.id = found.vendor_id
                """,
                self._sql_known(),
            )
        return SQL(
            """
            %(source)s,
            vendor AS (
                SELECT source.*, payee_id AS vendor_id, NULL::integer AS known_id,
                       NULL AS known_name, 'own' AS ground, NULL AS key, 0 AS doubt
                  FROM source
                 WHERE payee_id IS NOT NULL
                %(known)s
            )
            """,
            known=known,
            source=self._sql_source(source),
        )

    @api.model
    def _sql_known(self):
        """Return a query of the vendors that a row of ``source`` may be, and why."""
        return SQL(
            """
            SELECT known.vendor_id, known.kind AS ground, NULL AS key,
                   CASE known.kind WHEN 'same' THEN 1 ELSE 3 END AS doubt
              FROM vendor_quality_identity known
             WHERE known.partner_id IN (source.partner_id, source.payee_id)
               AND (known.kind = 'contact'
                    OR (known.kind = 'same' AND known.partner_id = source.payee_id))
             UNION ALL
            SELECT known.vendor_id, known.kind, known.key,
                   CASE WHEN known.kind = 'name' THEN 6
                        WHEN known.is_proven OR mine.vendor_quality_number_proven
                        THEN 2 ELSE 4 END
              FROM res_partner mine
              JOIN vendor_quality_identity known
                ON known.key IN (mine.vendor_quality_number_key,
                                 mine.vendor_quality_name_key)
               AND (known.kind = 'number'
                    AND known.key = mine.vendor_quality_number_key
                    OR known.kind = 'name' AND mine.is_company
                    AND known.key = mine.vendor_quality_name_key
                    AND mine.id = source.payee_id)
             WHERE mine.id IN (source.partner_id, source.payee_id)
             UNION ALL
            SELECT known.vendor_id, known.kind, known.key, 5
              FROM res_partner_bank bank
              JOIN vendor_quality_identity known
                ON known.key = bank.vendor_quality_key AND known.kind = 'account'
             WHERE bank.id = source.bank_id
                OR bank.partner_id IN (source.partner_id, source.payee_id)
            """
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
            (vendor.known_id IS NULL OR (
                SELECT COUNT(*) FILTER (
                           WHERE decided.kind = 'other'
                             AND decided.ground = vendor.ground
                             AND decided.key IS NOT DISTINCT FROM vendor.key) = 0
                       AND (vendor.ground != 'same' OR COALESCE(
                           MAX(decided.id) FILTER (WHERE decided.kind = 'same')
                           > COALESCE(MAX(decided.id) FILTER (
                               WHERE decided.kind = 'other'), 0), FALSE))
                  FROM vendor_quality_identity decided
                 WHERE decided.partner_id = vendor.payee_id
                   AND decided.vendor_id = vendor.known_id
                   AND decided.kind IN ('same', 'other')
                   AND decided.company_id = %s
            ))
            """,
            root,
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
        return SQL(
            """
            WITH firm AS MATERIALIZED (
                SELECT one.id, one.root_id, (
                    SELECT parent.vendor_quality_gate_from
                      FROM res_company parent
                     WHERE parent.parent_path
                         = LEFT(one.parent_path, LENGTH(parent.parent_path))
                       AND parent.vendor_quality_gate_from IS NOT NULL
                     ORDER BY LENGTH(parent.parent_path) DESC
                     LIMIT 1) AS gate_from
                  FROM (SELECT id, parent_path,
                               SPLIT_PART(parent_path, '/', 1)::integer AS root_id
                          FROM res_company) one
                 WHERE one.root_id = ANY(ARRAY(
                        SELECT SPLIT_PART(parent_path, '/', 1)::integer
                          FROM res_company WHERE id IN %(companies)s))
            )
            SELECT bill.id AS company_id, contract.id AS contract_company_id,
                   contract.root_id, LEAST(bill.gate_from, contract.gate_from)
                       AS gate_from
              FROM firm bill
              JOIN firm contract ON contract.root_id = bill.root_id
             WHERE bill.id IN %(companies)s
               AND LEAST(bill.gate_from, contract.gate_from) IS NOT NULL
            """,
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
