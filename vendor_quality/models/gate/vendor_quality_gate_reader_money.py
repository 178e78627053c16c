from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...tools.gate_amounts import make_fingerprint
from ...tools.gate_data import Bill, BillFacts, Outflow
from ..base.account_account import LIQUID_TYPES, MONEY_JOURNALS, TRANSIT_TYPES
from .vendor_quality_gate_reader_sql import BANK_NUMBER, IS_PAYABLE, UNTAXED_TYPES

ACCOUNT_TYPES = {"customer": "asset_receivable", "supplier": "liability_payable"}
"""Accounts on which payments settle, by the kind of partner."""

OWN_ROOT = SQL("SPLIT_PART(owner.parent_path, '/', 1)")


class VendorQualityGateReader(models.AbstractModel):
    """Reads from the ledger what left to vendors, with or without a bill.

    The entries themselves are read: the accounts they credit and the partners of
    their lines. What payments say of themselves counts only for those that have
    no posted entry, and of these the payee as it was when they started.
    """

    _inherit = "vendor.quality.gate.reader"

    # ------------------------------------------------------------
    # WHO IS GOVERNED
    # ------------------------------------------------------------

    @api.model
    def _get_governed_moves(self, moves):
        """Return the bills and credit notes whose vendor is governed."""
        if not moves:
            return moves
        self._flush()
        rows = self.env.execute_query(
            SQL(
                "%s SELECT DISTINCT source_id FROM governing",
                self._sql_governing(self._sql_bill_source(moves), moves.company_id),
            )
        )
        return moves.browse([row[0] for row in rows])

    @api.model
    def _get_governed_items(self, lines):
        """Return the journal items whose partner is a governed vendor."""
        if not lines:
            return lines
        self._flush()
        rows = self.env.execute_query(
            SQL(
                "%s SELECT DISTINCT source_id FROM governing",
                self._sql_governing(self._sql_item_source(lines), lines.company_id),
            )
        )
        return lines.browse([row[0] for row in rows])

    @api.model
    def _sql_item_source(self, lines):
        """Return the source of ``_sql_governing`` for the partners of items."""
        return SQL(
            "SELECT item.id, item.company_id, item.partner_id, "
            "NULL::integer AS bank_id, "
            "LEAST(move.date, %(entered)s) AS day_from, "
            "GREATEST(move.date, %(entered)s) AS day_to "
            "FROM account_move_line item "
            "JOIN account_move move ON move.id = item.move_id "
            "JOIN res_company company ON company.id = item.company_id "
            "WHERE item.id IN %(lines)s",
            entered=self._sql_day_entered("move"),
            lines=tuple(lines.ids),
        )

    @api.model
    def _get_paying_contracts(self, payments):
        """Return ``{payment id: Contract}`` of the payments to governed vendors."""
        if not payments:
            return {}
        source = self._sql_payment_source(payments)
        return self._read_contracts(source, payments.company_id)

    @api.model
    def _get_item_contracts(self, lines):
        """Return ``{item id: Contract}`` of the journal items of governed vendors."""
        if not lines:
            return {}
        return self._read_contracts(self._sql_item_source(lines), lines.company_id)

    @api.model
    def _read_contracts(self, source, companies):
        """Return the contract that governs each row of ``source``.

        The payee's own before one that governs it by what both have in common.
        """
        self._flush()
        rows = self.env.execute_query_dict(
            SQL(
                "%s SELECT DISTINCT ON (source_id) source_id, id AS contract_id, "
                "name AS contract_name, date_start AS contract_start, "
                "date_end AS contract_end, currency_id AS contract_currency_id, "
                "gate_at, ground, vendor_name, is_certain, NULL AS forms "
                "FROM governing "
                "ORDER BY source_id, ground != 'own', NOT is_certain, id",
                self._sql_governing(source, companies),
            )
        )
        return {row["source_id"]: self._make_contract(row, {}) for row in rows}

    @api.model
    def _get_account_holders(self, payments):
        """Return whose account is paid, where it is not the payee's.

        The vendors that are governed in the company of a payment and have, or had,
        the account; none that two persons told apart from the payee by it.

        :return: ``{payment id: res.partner}``
        """
        foreign = payments.filtered(
            lambda payment: (
                payment.partner_bank_id.vendor_quality_key
                and payment.partner_bank_id.partner_id.commercial_partner_id
                != payment.partner_id.commercial_partner_id
            )
        )
        if not foreign:
            return {}
        self._flush()
        rows = self.env.execute_query(
            SQL(
                "%s SELECT DISTINCT source_id, payee_id FROM governing ORDER BY 1, 2",
                self._sql_governing(
                    self._sql_account_source(foreign), foreign.company_id
                ),
            )
        )
        holders = defaultdict(list)
        for payment_id, vendor_id in rows:
            holders[payment_id].append(vendor_id)
        Partner = self.env["res.partner"]
        return {key: Partner.browse(ids) for key, ids in holders.items()}

    @api.model
    def _sql_account_source(self, payments):
        """Return the source of ``_sql_governing`` for the holders of paid accounts."""
        return SQL(
            """
            SELECT vendor.id, vendor.company_id, vendor.known_id AS partner_id,
                   NULL::integer AS bank_id, vendor.day_from, vendor.day_to
              FROM (
                SELECT paid.*, payee.commercial_partner_id AS payee_id,
                       known.vendor_id AS known_id, known.kind AS ground, known.key
                  FROM (%(payments)s) paid
                  JOIN res_partner_bank bank ON bank.id = paid.bank_id
                  JOIN vendor_quality_identity known
                    ON known.key = bank.vendor_quality_key AND known.kind = 'account'
                  LEFT JOIN res_partner payee ON payee.id = paid.partner_id
              ) vendor
              JOIN res_company company ON company.id = vendor.company_id
             WHERE %(standing)s
            """,
            payments=self._sql_payment_source(payments),
            standing=self._sql_not_lifted(
                SQL("SPLIT_PART(company.parent_path, '/', 1)::integer")
            ),
        )

    # ------------------------------------------------------------
    # WHAT A BILL ASKS FOR
    # ------------------------------------------------------------

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
              FROM (SELECT item.id, item.move_id
                      FROM account_move_line item
                     WHERE item.move_id = %(move)s AND %(is_payable)s OFFSET 0) item
              JOIN LATERAL (
                    SELECT GREATEST(credit_amount_currency, 0) AS amount,
                           debit_move_id AS other_id
                      FROM account_partial_reconcile WHERE credit_move_id = item.id
                     UNION ALL
                    SELECT GREATEST(-debit_amount_currency, 0), credit_move_id
                      FROM account_partial_reconcile WHERE debit_move_id = item.id
                   ) part ON TRUE
              JOIN LATERAL (
                    SELECT id, journal_id, move_type, origin_payment_id
                      FROM account_move
                     WHERE id = (SELECT move_id FROM account_move_line
                                  WHERE id = part.other_id) OFFSET 0
                   ) other ON TRUE
              LEFT JOIN LATERAL (
                    SELECT id FROM account_bank_statement_line
                     WHERE move_id = other.id OFFSET 0
                   ) statement ON TRUE
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
            is_payable=IS_PAYABLE,
            move=SQL.identifier(move_alias, "id"),
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
              JOIN (SELECT default_account_id FROM account_journal
                     WHERE id = other.journal_id OFFSET 0) journal ON TRUE
             WHERE booked.move_id = other.id
            """
        )

    @api.model
    def _sql_credit(self, move_alias):
        """Return a query of what posted credit notes give back on a bill, untaxed.

        Those of the same vendor and in the currency of the bill, by their ledger
        lines: what they take off the expense, and no more than the vendor owes
        by them. Credit notes for the deductions of a form do not count.
        """
        return SQL(
            """
            SELECT SUM(GREATEST(LEAST(COALESCE(note.untaxed, 0),
                                      COALESCE(note.owed, 0)), 0)) AS amount
              FROM (
                SELECT -SUM(item.amount_currency) FILTER (
                           WHERE item.display_type IN %(types)s
                             AND item.tax_repartition_line_id IS NULL) AS untaxed,
                       SUM(item.amount_currency) FILTER (WHERE %(is_payable)s) AS owed
                  FROM (SELECT id FROM account_move
                         WHERE reversed_entry_id = %(move)s
                           AND state = 'posted' AND move_type = 'in_refund'
                           AND vendor_quality_deduction_form_id IS NULL
                           AND currency_id = %(currency)s OFFSET 0) refund
                  JOIN account_move_line item ON item.move_id = refund.id
                   AND (SELECT commercial_partner_id FROM res_partner
                         WHERE id = item.partner_id)
                     = (SELECT commercial_partner_id FROM res_partner
                         WHERE id = %(partner)s)
                 GROUP BY refund.id
              ) note
            """,
            types=UNTAXED_TYPES,
            is_payable=IS_PAYABLE,
            currency=SQL.identifier(move_alias, "currency_id"),
            move=SQL.identifier(move_alias, "id"),
            partner=SQL.identifier(move_alias, "partner_id"),
        )

    @api.model
    def _sql_credited(self, bills):
        """What posted credit notes give back on each of ``bills``."""
        return SQL(
            """
            SELECT move.id, credit.amount
              FROM account_move move
              JOIN LATERAL (%(credit)s) credit ON credit.amount > 0
             WHERE move.id IN %(bills)s
            """,
            credit=self._sql_credit("move"),
            bills=tuple(bills.ids) or (0,),
        )

    # ------------------------------------------------------------
    # ENTRIES THAT OWE
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
    # ENTRIES THAT PAY
    # ------------------------------------------------------------

    @api.model
    def _get_liquid_accounts(self, companies):
        """Return the accounts that stand for the bank, beside cash and cards.

        Accounts of bank and cash journals, and those on which payments wait for
        their statement line: paid or received, for what was received is paid back
        from the same account. Also what was one of these once.
        """
        roots = companies.root_id
        journals = (
            self.env["account.journal"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "child_of", roots.ids),
                    ("type", "in", MONEY_JOURNALS),
                ]
            )
        )
        methods = journals.outbound_payment_method_line_ids
        methods |= journals.inbound_payment_method_line_ids
        accounts = journals.default_account_id | journals.suspense_account_id
        accounts |= methods.payment_account_id
        accounts |= accounts.search([("vendor_quality_was_liquid", "=", True)])
        for company in roots:
            chart = self.env["account.chart.template"].with_context(
                allowed_company_ids=company.ids
            )
            accounts |= company.transfer_account_id
            for side in ("credit", "debit"):
                if found := chart.ref(
                    f"account_journal_payment_{side}_account_id",
                    raise_if_not_found=False,
                ):
                    accounts |= found
        return accounts

    @api.model
    def _get_transit_accounts(self, companies):
        """Return the accounts that posted items pay out again from the bank.

        Balance sheet accounts that an item debits where another of the same move
        credits the bank, or an account found that way.
        """
        liquid = self._get_liquid_accounts(companies)
        self._flush()
        pairs = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT debit.account_id, credit.account_id,
                       paid.account_type IN %(liquid_types)s OR paid.id IN %(liquid)s
                  FROM account_move_line debit
                  JOIN account_account passed ON passed.id = debit.account_id
                   AND passed.account_type IN %(transit_types)s
                  JOIN account_move_line credit ON credit.move_id = debit.move_id
                   AND credit.balance < 0 AND credit.account_id != debit.account_id
                  JOIN account_account paid ON paid.id = credit.account_id
                   AND (paid.account_type IN %(liquid_types)s
                        OR paid.account_type IN %(transit_types)s)
                 WHERE debit.balance > 0 AND debit.parent_state = 'posted'
                   AND debit.company_id IN %(companies)s
                """,
                companies=tuple(companies.ids) or (0,),
                liquid=tuple(liquid.ids) or (0,),
                liquid_types=LIQUID_TYPES,
                transit_types=TRANSIT_TYPES,
            )
        )
        paying = {credited for _debited, credited, is_liquid in pairs if is_liquid}
        while (
            more := {
                debited for debited, credited, _is_liquid in pairs if credited in paying
            }
            - paying
        ):
            paying |= more
        return self.env["account.account"].browse(sorted(paying)) - liquid

    @api.model
    def _get_spent_accounts(self, companies):
        """Return the accounts of income and costs that the bank pays directly."""
        banks = self._get_liquid_accounts(companies)
        banks |= self._get_transit_accounts(companies)
        self._flush()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id
                  FROM account_account account
                 WHERE SPLIT_PART(account.account_type, '_', 1)
                       IN ('expense', 'income')
                   AND EXISTS (
                        SELECT 1
                          FROM account_move_line debit
                          JOIN account_move_line credit
                            ON credit.move_id = debit.move_id AND credit.balance < 0
                          JOIN account_account paid ON paid.id = credit.account_id
                           AND (paid.account_type IN %(types)s OR paid.id IN %(banks)s)
                         WHERE debit.account_id = account.id AND debit.balance > 0
                           AND debit.parent_state = 'posted'
                           AND debit.company_id IN %(companies)s)
                 ORDER BY account.id
                """,
                banks=tuple(banks.ids) or (0,),
                companies=tuple(companies.ids) or (0,),
                types=LIQUID_TYPES,
            )
        )
        return self.env["account.account"].browse([row[0] for row in rows])

    @api.model
    def _get_outflows(self, moves, own_payments=False, transit=None, banks=None):
        """Return what entries pay out to governed vendors.

        :param own_payments: also the entries of payments to the vendor, which are
            judged as payments
        :param account.account transit: accounts that count as the bank, too
        :param account.account banks: the only accounts that count as the bank
        :return: ``{move id: Outflow}``; an entry that is not there pays none
        """
        if not moves:
            return {}
        self._flush()
        by_move = defaultdict(list)
        for row in self.env.execute_query_dict(
            self._sql_outflows(moves, transit, banks)
        ):
            if own_payments or not row["is_own_payment"]:
                by_move[row["id"]].append(row)
        return {move_id: self._make_outflow(rows) for move_id, rows in by_move.items()}

    @api.model
    def _make_outflow(self, rows):
        row = rows[0]
        currency = self.env["res.currency"].browse(row["currency_id"])
        vendors = {
            item["vendor_id"]: (float(item["paid"]), float(item["settles"]))
            for item in rows
        }
        total = sum(paid for paid, _settles in vendors.values()) * float(row["rate"])
        return Outflow(
            facts=BillFacts(
                bill=Bill(
                    id=row["id"],
                    kind=row["kind"] or "service",
                    total=currency.round(total),
                    fingerprint=make_fingerprint(["outflow", row["digest"]]),
                    decided_fingerprint=row["decided_fingerprint"],
                    exceptions=self._make_exceptions(row),
                    rounding=currency.rounding,
                ),
                contracts=tuple(
                    self._make_contract(item, {})
                    for item in {item["contract_id"]: item for item in rows}.values()
                ),
            ),
            vendors=vendors,
            is_open=any(item["is_open"] for item in rows),
            is_statement=row["is_statement"],
            is_decided=row["is_decided"],
            on_receivable=any(item["on_receivable"] for item in rows),
        )

    @api.model
    def _sql_outflows(self, moves, transit=None, banks=None):
        """What entries pay to governed vendors, a row for each contract.

        An entry pays a partner what it takes from the bank, as far as lines name
        the partner: those it debits, those that take from the bank, or all when
        the entry itself names him. ``settles`` is the part on payables, with
        which bills may be matched.
        """
        return SQL(
            """
            WITH outflow AS MATERIALIZED (%(outflows)s),
            %(governing)s
            SELECT move.id, move.company_id, move.currency_id,
                   move.outsourcing_bill_kind AS kind, outflow.partner_id AS vendor_id,
                   outflow.paid, outflow.settles, content.rate, content.digest,
                   contract.id AS contract_id, contract.name AS contract_name,
                   contract.date_start AS contract_start,
                   contract.date_end AS contract_end,
                   contract.currency_id AS contract_currency_id, contract.gate_at,
                   contract.ground, contract.vendor_name, contract.is_certain,
                   facts.exceptions, facts.decided_fingerprint, NULL AS forms,
                   outflow.paid > COALESCE(matched.amount, 0) + 0.005 + CASE
                        WHEN move.origin_payment_id IS NULL THEN 0
                        ELSE owner.vendor_quality_tax_tolerance END AS is_open,
                   COALESCE(matched.on_receivable, FALSE) AS on_receivable,
                   %(origin)s
              FROM governing contract
              JOIN account_move move ON move.id = contract.source_id
              JOIN res_company owner ON owner.id = move.company_id
              JOIN outflow ON outflow.move_id = move.id
               AND outflow.partner_id = contract.payee_id
              LEFT JOIN LATERAL (%(content)s) content ON TRUE
              LEFT JOIN LATERAL (
                    SELECT SUM(paired.balance) AS amount, BOOL_OR(
                               account.account_type = 'asset_receivable'
                           ) AS on_receivable
                      FROM account_move_line item
                      JOIN account_account account ON account.id = item.account_id
                       AND account.account_type IN %(settling)s
                      JOIN res_partner payee ON payee.id = item.partner_id
                       AND payee.commercial_partner_id = outflow.partner_id
                      JOIN LATERAL (%(paired)s) paired ON TRUE
                     WHERE item.move_id = move.id AND item.balance > 0
                   ) matched ON TRUE
              LEFT JOIN LATERAL (%(facts)s) facts ON TRUE
             ORDER BY move.id, contract.id
            """,
            outflows=self._sql_entries_that_pay(moves, transit, banks),
            settling=tuple(ACCOUNT_TYPES.values()),
            # One list of common table expressions, not two.
            governing=self._sql_governing(
                self._sql_outflow_source(), moves.company_id, begin=SQL()
            ),
            content=self._sql_entry_content(),
            origin=self._sql_entry_origin(),
            paired=self._sql_paired(
                self._sql_family(SQL("outflow.partner_id"), OWN_ROOT)
            ),
            facts=self._sql_facts(),
        )

    @api.model
    def _sql_outflow_source(self):
        """Return the source of ``_sql_governing`` for the payees of entries."""
        return SQL(
            """
            SELECT move.id, move.company_id, payment.partner_id, (
                        SELECT MIN(bank.id)
                          FROM account_bank_statement_line statement
                          JOIN res_partner_bank bank
                            ON bank.sanitized_acc_number = %(number)s
                         WHERE statement.move_id = move.id
                   ) AS bank_id,
                   LEAST(move.date, %(entered)s) AS day_from,
                   GREATEST(move.date, %(entered)s) AS day_to
              FROM outflow payment
              JOIN account_move move ON move.id = payment.move_id
              JOIN res_company company ON company.id = move.company_id
            """,
            entered=self._sql_day_entered("move"),
            number=BANK_NUMBER,
        )

    @api.model
    def _sql_entry_content(self):
        """What one entry books: units of its currency for one of the company's,
        and a digest of all its lines."""
        return SQL(
            """
            SELECT COALESCE(SUM(ABS(item.amount_currency)) FILTER (
                       WHERE item.currency_id = move.currency_id)
                   / NULLIF(SUM(ABS(item.balance)) FILTER (
                       WHERE item.currency_id = move.currency_id), 0), 1) AS rate,
                   MD5(STRING_AGG(CONCAT_WS(
                       ':', item.account_id, item.partner_id,
                       item.currency_id, ROUND(item.amount_currency, 6),
                       ROUND(item.balance, 6)), ','
                       ORDER BY item.account_id, item.partner_id,
                       item.amount_currency, item.balance)) AS digest
              FROM account_move_line item
             WHERE item.move_id = move.id
            """
        )

    @api.model
    def _sql_entry_origin(self):
        """Columns: whether the bank, a payment or a decision stands behind an entry.

        The entry of a payment is judged as one as far as it pays out no more than
        the payment and its payable item say; otherwise it is an entry like others.
        """
        return SQL(
            """
            EXISTS (
                SELECT 1 FROM account_bank_statement_line statement
                 WHERE statement.move_id = move.id
            ) AS is_statement,
            EXISTS (
                SELECT 1
                  FROM account_payment payment
                  JOIN res_partner payee ON payee.id = payment.partner_id
                 WHERE payment.move_id = move.id
                   AND payment.payment_type = 'outbound'
                   AND payee.commercial_partner_id = outflow.partner_id
                   AND outflow.paid * content.rate
                       <= payment.amount + owner.vendor_quality_tax_tolerance
                   AND outflow.paid <= owner.vendor_quality_tax_tolerance + (
                        SELECT COALESCE(SUM(item.balance), 0)
                          FROM account_move_line item
                          JOIN account_account account ON account.id = item.account_id
                          JOIN res_partner named ON named.id = item.partner_id
                         WHERE item.move_id = move.id
                           AND named.commercial_partner_id = outflow.partner_id
                           AND account.account_type = CASE payment.partner_type
                               WHEN 'customer' THEN %(customer)s
                               ELSE %(supplier)s END)
            ) AS is_own_payment,
            EXISTS (
                SELECT 1 FROM vendor_quality_decision decision
                 WHERE decision.move_id = move.id
            ) AS is_decided
            """,
            **ACCOUNT_TYPES,
        )

    @api.model
    def _sql_entries_that_pay(self, moves, transit=None, banks=None):
        # sudo: whoever posts need not read journals; their accounts are compared.
        liquid = banks or self.sudo()._get_liquid_accounts(moves.company_id)
        if transit:
            liquid |= transit
        return SQL(
            """
            SELECT named.move_id, named.partner_id,
                   LEAST(gone.amount, MAX(named.amount)) AS paid,
                   LEAST(gone.amount, GREATEST(SUM(named.payable), 0)) AS settles
              FROM (
                SELECT booked.move_id, -SUM(booked.balance) AS amount
                  FROM account_move_line booked
                  JOIN account_account account ON account.id = booked.account_id
                 WHERE booked.move_id IN %(moves)s
                   AND (account.account_type IN %(types)s OR account.id IN %(liquid)s)
                 GROUP BY booked.move_id HAVING SUM(booked.balance) < 0
              ) gone
              JOIN (
                SELECT booked.move_id, payee.commercial_partner_id AS partner_id,
                       GREATEST(
                           COALESCE(SUM(booked.balance) FILTER (
                               WHERE booked.balance > 0), 0),
                           COALESCE(SUM(-booked.balance) FILTER (
                               WHERE booked.balance < 0
                                 AND (account.account_type IN %(types)s
                                      OR account.id IN %(liquid)s)), 0)
                       ) AS amount,
                       SUM(booked.balance) FILTER (
                           WHERE account.account_type = 'liability_payable'
                       ) AS payable
                  FROM account_move_line booked
                  JOIN account_account account ON account.id = booked.account_id
                  JOIN res_partner payee ON payee.id = booked.partner_id
                 WHERE booked.move_id IN %(moves)s
                 GROUP BY booked.move_id, payee.commercial_partner_id
                 UNION ALL
                SELECT move.id, payee.commercial_partner_id, SUM(booked.balance), 0
                  FROM account_move move
                  JOIN res_partner payee ON payee.id = move.partner_id
                  JOIN account_move_line booked ON booked.move_id = move.id
                   AND booked.balance > 0
                 WHERE move.id IN %(moves)s
                 GROUP BY move.id, payee.commercial_partner_id
                 UNION ALL
                %(beside)s
              ) named ON named.move_id = gone.move_id AND named.amount > 0
             GROUP BY named.move_id, named.partner_id, gone.amount
            """,
            beside=self._sql_payees_beside(moves),
            liquid=tuple(liquid.ids) or (0,),
            moves=tuple(moves.ids),
            types=LIQUID_TYPES,
        )

    @api.model
    def _sql_payees_beside(self, moves):
        """Return whom an entry pays by its payment or by what the bank says.

        Whatever its lines say: the payee of the payment, and the vendor whose account
        or name is on a statement line, unless its partner is that vendor, or one that
        two persons told apart from it by this.
        """
        said = self._read_bank_keys(moves)
        return SQL(
            """
            SELECT payment.move_id, payee.commercial_partner_id,
                   SUM(booked.balance), 0
              FROM account_payment payment
              JOIN res_partner payee ON payee.id = payment.partner_id
              JOIN account_move_line booked ON booked.move_id = payment.move_id
               AND booked.balance > 0
             WHERE payment.move_id IN %(moves)s
             GROUP BY payment.move_id, payee.commercial_partner_id
             UNION ALL
            SELECT statement.move_id, holder.commercial_partner_id,
                   ABS(statement.amount), 0
              FROM UNNEST(%(lines)s::int[], %(kinds)s::text[], %(keys)s::text[])
                   AS said(line_id, kind, key)
              JOIN account_bank_statement_line statement ON statement.id = said.line_id
              JOIN vendor_quality_identity known
                ON known.kind = said.kind AND known.key = said.key
              JOIN res_partner holder ON holder.id = known.vendor_id
              JOIN res_company owner ON owner.id = statement.company_id
              LEFT JOIN res_partner payee ON payee.id = statement.partner_id
             WHERE NOT EXISTS (
                    SELECT 1
                      FROM vendor_quality_identity decided
                     WHERE decided.vendor_id = known.vendor_id
                       AND decided.partner_id IN (
                           payee.id, payee.commercial_partner_id)
                       AND (decided.kind IN ('contact', 'same')
                            OR decided.kind = 'other'
                            AND decided.ground = said.kind
                            AND decided.key = said.key
                            AND decided.company_id = %(root)s::integer))
            """,
            root=OWN_ROOT,
            moves=tuple(moves.ids),
            lines=[row[0] for row in said],
            kinds=[row[1] for row in said],
            keys=[row[2] for row in said],
        )
