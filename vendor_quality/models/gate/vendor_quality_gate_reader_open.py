from odoo import api, models
from odoo.tools import SQL

from ...tools.gate_data import OpenMoney
from ..base.account_account import MONEY_JOURNALS
from .vendor_quality_decision import TAKEN_BACK
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_gate_reader_money import ACCOUNT_TYPES, OWN_ROOT

DIFFERENCE_SHARE = 0.25
"""How much of what is matched in another currency a difference of rates covers."""
FOREIGN_SLACK = 1.01
"""By how much an amount may exceed its worth at the rate of a journal item."""


class VendorQualityGateReader(models.AbstractModel):
    """Reads from the ledger what left to a vendor and is matched with nothing.

    Who matches can match money with anything that credits the vendor's account. Only
    what the company owes the vendor, or what the bank shows to have come back, covers
    it, and no more of it than stands on the other side.
    """

    _inherit = "vendor.quality.gate.reader"

    # ------------------------------------------------------------
    # MONEY THAT IS NOT MATCHED
    # ------------------------------------------------------------

    @api.model
    def _get_open_money(self, company, vendor, kind):
        """Return what left to a vendor and is matched with nothing yet.

        Journal items of all its partners, and payments under way that have no
        posted item of it.

        :param str kind: supplier or customer
        :return: list of OpenMoney
        """
        self._flush()
        rows = self.env.execute_query_dict(
            self._sql_open_money(
                SQL("%s", vendor.id or 0), SQL("%s", str(company.root_id.id)), kind
            )
        )
        return [
            OpenMoney(
                payment_id=row["payment_id"],
                move_id=row["move_id"],
                company_id=row["company_id"],
                currency_id=row["currency_id"],
                amount_currency=float(row["amount_currency"]),
                balance=None if row["balance"] is None else float(row["balance"]),
            )
            for row in rows
        ]

    @api.model
    def _sql_waits(self):
        """Whether money to the payee of a bill may wait, on its first row only.

        Plain to plan, for it is asked at each payment: open debits, credits that are
        no posted bills, payments without an entry. What counts is read if there is any.
        """
        return SQL(
            """
            CASE WHEN ROW_NUMBER() OVER (
                          PARTITION BY contract.payee_id ORDER BY move.id, contract.id
                      ) = 1
                 THEN (
                    SELECT EXISTS (
                        SELECT 1
                          FROM account_move_line item
                         WHERE item.partner_id = ANY(family.ids)
                           AND item.account_id IN (
                                SELECT id FROM account_account
                                 WHERE account_type = 'liability_payable')
                           AND (item.reconciled IS NOT TRUE AND item.balance > 0
                                OR item.balance < 0 AND (
                                    SELECT owed.move_type NOT IN %(bills)s
                                           OR owed.state != 'posted' AND EXISTS (
                                                SELECT 1
                                                  FROM account_partial_reconcile part
                                                 WHERE part.credit_move_id = item.id)
                                      FROM account_move owed
                                     WHERE owed.id = item.move_id))
                    ) OR EXISTS (
                        SELECT 1
                          FROM account_payment payment
                         WHERE (payment.partner_id = ANY(family.ids)
                                OR payment.vendor_quality_payee_id = ANY(family.ids))
                           AND payment.payment_type = 'outbound'
                           AND payment.state IN ('in_process', 'paid')
                           AND COALESCE((
                                SELECT booked.state = 'posted'
                                       AND booked.origin_payment_id = payment.id
                                       AND EXISTS (
                                            SELECT 1 FROM account_move_line item
                                             WHERE item.move_id = booked.id
                                               AND item.balance > 0
                                               AND item.partner_id = ANY(family.ids))
                                  FROM account_move booked
                                 WHERE booked.id = payment.move_id
                               ), FALSE) IS FALSE
                    )
                      FROM (SELECT ARRAY(%(family)s) AS ids) family
                 ) END
            """,
            bills=BILL_TYPES,
            family=self._sql_family(
                SQL("contract.payee_id"),
                SQL(
                    "(SELECT SPLIT_PART(owner.parent_path, '/', 1) FROM res_company"
                    " owner WHERE owner.id = move.company_id)"
                ),
            ),
        )

    @api.model
    def _sql_open_money(self, vendor, root, kind):
        """What left to a vendor and is matched with nothing, an entry a row.

        :param SQL vendor: id of its commercial partner
        :param SQL root: id of the root company, as text
        """
        # A debit of a customer is money only in a bank or cash journal.
        where = SQL("TRUE")
        if kind == "customer":
            where = SQL("journal.type IN %s", MONEY_JOURNALS)
        values = {
            "root": root,
            "type": ACCOUNT_TYPES[kind],
            "vendor": vendor,
        }
        return SQL(
            """
            WITH payee AS (%(family)s)
            %(booked)s UNION ALL %(unbooked)s
            """,
            family=self._sql_family(vendor, root),
            booked=self._sql_open_items(where=where, **values),
            unbooked=self._sql_unbooked(kind=kind, **values),
        )

    @api.model
    def _sql_family(self, vendor, root):
        """Return a query of the partners that are or were the vendor.

        Those of today, and what contracts remember of them: neither a contact that
        left its company nor one that joined another takes money along. Unless two
        persons decided that they are two vendors.

        :param SQL vendor: id of its commercial partner
        :param SQL root: id of the root company, as text
        """
        return SQL(
            """
            SELECT id FROM res_partner
             WHERE id = %(vendor)s OR commercial_partner_id = %(vendor)s
             UNION
            SELECT member.id
              FROM vendor_quality_identity mine
              JOIN vendor_quality_identity known
                ON known.vendor_id = mine.vendor_id
               AND known.kind IN ('contact', 'same')
              JOIN res_partner member
                ON known.partner_id IN (member.id, member.commercial_partner_id)
             WHERE mine.kind IN ('contact', 'same') AND mine.partner_id = %(vendor)s
               AND NOT EXISTS (
                    SELECT 1
                      FROM vendor_quality_identity lifted
                     WHERE lifted.kind = 'other'
                       AND lifted.vendor_id = known.vendor_id
                       AND lifted.partner_id IN (
                           %(vendor)s, member.id, member.commercial_partner_id)
                       AND lifted.company_id = %(root)s::integer
                       AND lifted.id > known.id)
            """,
            root=root,
            vendor=vendor,
        )

    @api.model
    def _get_family(self, company, vendor):
        """Return the query of all partners that are or were the vendor (SQL)."""
        self._flush()
        return self._sql_family(
            SQL("%s", vendor.id or 0), SQL("%s", str(company.root_id.id))
        )

    @api.model
    def _sql_open_items(self, **values):
        """The journal items of an entry that are matched with nothing.

        What an entry credits back to the vendor counts as long as it covers nothing
        else. A difference of exchange rates is no money.
        """
        return SQL(
            """
            SELECT MAX(payment.id) AS payment_id, booked.id AS move_id,
                   item.company_id, item.currency_id,
                   SUM(item.amount_currency * rest.share) AS amount_currency,
                   SUM(item.balance * rest.share) AS balance
              FROM account_move_line item
              JOIN account_account account ON account.id = item.account_id
               AND account.account_type = %(type)s
              JOIN account_move booked ON booked.id = item.move_id
               AND booked.state = 'posted'
              JOIN account_journal journal ON journal.id = booked.journal_id
              JOIN res_company company ON company.id = item.company_id
              LEFT JOIN LATERAL (
                    SELECT MIN(id) AS id FROM account_payment
                     WHERE move_id = booked.id
                   ) payment ON TRUE
              LEFT JOIN LATERAL (%(paired)s) paired ON item.balance > 0
              LEFT JOIN LATERAL (
                    SELECT SUM(part.amount) AS balance
                      FROM account_partial_reconcile part
                     WHERE part.credit_move_id = item.id
                   ) used ON item.balance < 0
              JOIN LATERAL (
                    SELECT GREATEST(1 - COALESCE(paired.balance, used.balance, 0)
                           / NULLIF(ABS(item.balance), 0), 0) AS share
                   ) rest ON TRUE
             WHERE item.partner_id IN (SELECT id FROM payee)
               AND (booked.move_type = 'entry' OR payment.id IS NOT NULL)
               AND SPLIT_PART(company.parent_path, '/', 1) = %(root)s
               AND %(where)s
               AND EXISTS (
                    SELECT 1 FROM account_move_line debit
                     WHERE debit.move_id = booked.id AND debit.balance > 0
                       AND debit.account_id = item.account_id
               )
               AND NOT (
                    booked.outsourcing_bill_kind = 'outside' AND EXISTS (
                        SELECT 1 FROM vendor_quality_decision decision
                         WHERE decision.move_id = booked.id
                           AND decision.is_current AND decision.ground = 'kind')
               )
               AND NOT (%(difference)s)
             GROUP BY booked.id, item.company_id, item.currency_id
            HAVING SUM(item.balance * rest.share) > 0.005
            """,
            difference=self._sql_is_difference(SQL("booked")),
            paired=self._sql_paired(SQL("SELECT id FROM payee")),
            **values,
        )

    @api.model
    def _sql_unbooked(self, **values):
        """The payments under way that have no posted item of their payee."""
        return SQL(
            """
            SELECT payment.id, payment.move_id, payment.company_id,
                   payment.currency_id, payment.amount, NULL
              FROM account_payment payment
              JOIN res_company company ON company.id = payment.company_id
             WHERE payment.payment_type = 'outbound'
               AND payment.partner_type = %(kind)s
               AND payment.state IN ('in_process', 'paid')
               AND (payment.vendor_quality_payee_id IN (SELECT id FROM payee)
                    OR (payment.vendor_quality_payee_id IS NULL
                        AND payment.partner_id IN (SELECT id FROM payee)))
               AND SPLIT_PART(company.parent_path, '/', 1) = %(root)s
               AND NOT EXISTS (
                    SELECT 1
                      FROM account_move booked
                      JOIN account_move_line item ON item.move_id = booked.id
                      JOIN account_account account ON account.id = item.account_id
                       AND account.account_type = %(type)s
                     WHERE booked.id = payment.move_id AND booked.state = 'posted'
                       AND item.balance > 0
                       AND item.partner_id IN (SELECT id FROM payee)
                       AND booked.origin_payment_id = payment.id
               )
            """,
            **values,
        )

    @api.model
    def _get_received(self, company, vendor, payments=()):
        """Return what statements show as received from a customer, less refunds.

        A payment says only what was expected: it counts as far as a statement line
        confirms it, and a statement line as far as its bank account has it.

        :param payments: refunds that are judged now and do not count
        """
        self._flush()
        [[received]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(-item.balance * CASE
                           WHEN item.balance > 0 THEN 1
                           WHEN bank.is_true THEN (%(received)s)
                           ELSE (%(confirmed)s) END), 0)
                  FROM account_move_line item
                  JOIN account_account account ON account.id = item.account_id
                   AND account.account_type = 'asset_receivable'
                  JOIN res_partner payer ON payer.id = item.partner_id
                  JOIN account_move other ON other.id = item.move_id
                  JOIN res_company owner ON owner.id = other.company_id
                  JOIN LATERAL (
                        SELECT EXISTS (
                            SELECT 1 FROM account_bank_statement_line statement
                             WHERE statement.move_id = other.id) AS is_true
                       ) bank ON TRUE
                  JOIN LATERAL (
                        SELECT COALESCE(BOOL_OR(payment.payment_type = 'inbound'),
                                        FALSE) AS comes,
                               COALESCE(BOOL_OR(payment.payment_type = 'outbound'),
                                        FALSE) AS goes,
                               COALESCE(BOOL_OR(payment.id IN %(payments)s),
                                        FALSE) AS is_new
                          FROM account_payment payment
                         WHERE payment.move_id = other.id
                       ) paid ON NOT paid.is_new
                 WHERE payer.commercial_partner_id = %(vendor)s
                   AND %(root)s = %(own)s
                   AND other.state = 'posted'
                   AND (bank.is_true OR paid.comes OR paid.goes AND item.balance > 0)
                """,
                confirmed=self._sql_confirmed_share(),
                own=OWN_ROOT,
                payments=tuple(payment.id for payment in payments) or (0,),
                received=self._sql_received_share(SQL("other.id")),
                root=str(company.root_id.id),
                vendor=vendor.id,
            )
        )
        return float(received)

    @api.model
    def _get_paid_by_bank(self, payments):
        """Return what statements paid of the bills that payments name, since they left.

        :param account.payment payments: without an entry
        :return: list of ``(payment id, account.move, amount in its currency)``
        """
        if not payments:
            return []
        self._flush()
        for field in ("invoice_ids", "create_date"):
            payments.flush_model([field])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT payment.id, item.move_id,
                       SUM(GREATEST(part.credit_amount_currency, 0) * bank.share)
                  FROM account_payment payment
                  JOIN res_partner payee ON payee.id = payment.partner_id
                  JOIN res_company owner ON owner.id = payment.company_id
                  JOIN account_move__account_payment named
                    ON named.payment_id = payment.id
                  JOIN account_move_line item ON item.move_id = named.invoice_id
                   AND item.partner_id IN (%(family)s)
                  JOIN account_account account ON account.id = item.account_id
                   AND account.account_type = 'liability_payable'
                  JOIN LATERAL (%(started)s) started ON TRUE
                  JOIN account_partial_reconcile part ON part.credit_move_id = item.id
                   AND part.create_date > started.at
                  JOIN account_move_line other_item
                    ON other_item.id = part.debit_move_id
                  JOIN account_move other ON other.id = other_item.move_id
                  JOIN account_bank_statement_line statement
                    ON statement.move_id = other.id
                  JOIN LATERAL (%(bank)s) bank ON TRUE
                 WHERE payment.id IN %(payments)s
                 GROUP BY payment.id, item.move_id
                 ORDER BY payment.id, item.move_id
                """,
                bank=self._sql_bank_share(),
                family=self._sql_family(
                    SQL(
                        "COALESCE(payment.vendor_quality_payee_id,"
                        " payee.commercial_partner_id)"
                    ),
                    OWN_ROOT,
                ),
                payments=tuple(payments.ids),
                started=self._sql_started(),
            )
        )
        Move = self.env["account.move"]
        return [
            (payment_id, Move.browse(move_id), float(amount or 0))
            for payment_id, move_id, amount in rows
        ]

    @api.model
    def _sql_started(self):
        """Return a query of the moment at which a payment was let through.

        The first one after it was taken back for the last time. What left before the
        gate was there has its first day.
        """
        return SQL(
            """
            SELECT COALESCE(MIN(decision.create_date), payment.create_date) AS at
              FROM vendor_quality_decision decision
             WHERE decision.payment_id = payment.id
               AND decision.id > COALESCE((
                    SELECT MAX(earlier.id) FROM vendor_quality_decision earlier
                     WHERE earlier.payment_id = payment.id
                       AND earlier.ground IN %s), 0)
            """,
            TAKEN_BACK,
        )

    @api.model
    def _sql_paired(self, family):
        """Return a query of how much of a debit, ``item`` on ``account``, is covered.

        By what is owed to the same vendor: bills, and entries that owe it something,
        as far as both sides of a reconciliation have it. Money that is only said to
        come back covers nothing: what the bank received does. A difference of
        exchange rates covers a part of what is matched in another currency.

        :param SQL family: query of the partners that are or were the vendor
        """
        return SQL(
            """
            SELECT owed.amount + LEAST(owed.difference, owed.abroad * %(limit)s)
                   AS balance
              FROM (
                SELECT COALESCE(SUM(cover.amount) FILTER (
                           WHERE NOT cover.is_difference), 0) AS amount,
                       COALESCE(SUM(cover.amount) FILTER (
                           WHERE cover.is_foreign), 0) AS abroad,
                       COALESCE(SUM(cover.amount) FILTER (
                           WHERE cover.is_difference), 0) AS difference
                  FROM (
                    SELECT LEAST(part.amount, worth.amount) * kind.share
                           * LEAST(1, ABS(credit.balance) / NULLIF(worth.used, 0))
                               AS amount,
                           kind.is_difference,
                           NOT kind.is_difference AND (
                               credit.currency_id != firm.currency_id
                               OR item.currency_id != firm.currency_id) AS is_foreign
                      FROM account_partial_reconcile part
                      JOIN account_move_line credit ON credit.id = part.credit_move_id
                      JOIN account_account covering ON covering.id = credit.account_id
                       AND covering.account_type = account.account_type
                      JOIN res_company firm ON firm.id = credit.company_id
                      JOIN account_move other ON other.id = credit.move_id
                       AND other.state = 'posted'
                      JOIN account_journal origin ON origin.id = other.journal_id
                      JOIN LATERAL (%(kind)s) kind ON kind.share > 0
                      JOIN LATERAL (%(worth)s) worth ON TRUE
                     WHERE part.debit_move_id = item.id
                       AND (credit.partner_id = item.partner_id
                            OR credit.partner_id IN (%(family)s))
                       ) cover
                   ) owed
            """,
            family=family,
            kind=self._sql_cover_kind(),
            limit=DIFFERENCE_SHARE,
            worth=self._sql_cover_worth(),
        )

    @api.model
    def _sql_cover_kind(self):
        """Return a query of the share to which the entry of a credit covers money.

        Links between entries can be written: an exact reversal covers the entry that
        it takes back, and nothing else. A receipt is known by its payment, for the
        journal can be changed. What was owed at the opening covers what left before the
        gate was there; afterwards two persons decide on it.
        """
        return SQL(
            """
            SELECT CASE WHEN other.move_type = 'in_refund'
                        THEN CASE WHEN decided.is_true THEN 1 ELSE 0 END
                        WHEN other.move_type != 'entry'
                        THEN CASE WHEN (LEFT(other.move_type, 3) = 'in_')
                                     = (covering.account_type = 'liability_payable')
                                  THEN 1 ELSE 0 END
                        WHEN decided.is_true OR reversal.is_true THEN 1
                        WHEN bank.is_true THEN (%(received)s)
                        WHEN other.id = firm.account_opening_move_id
                        THEN CASE WHEN item.create_date < (%(gated)s) THEN 1 ELSE 0 END
                        WHEN origin.type NOT IN %(journals)s
                             AND other.reversed_entry_id IS NULL
                             AND NOT EXISTS (
                                SELECT 1 FROM account_payment payment
                                 WHERE payment.move_id = other.id)
                        THEN 1
                        ELSE (%(confirmed)s)
                   END AS share,
                   other.move_type = 'entry' AND NOT decided.is_true
                       AND NOT reversal.is_true AND %(difference)s AS is_difference
              FROM (SELECT EXISTS (
                        SELECT 1 FROM vendor_quality_decision decision
                         WHERE decision.move_id = other.id
                           AND decision.stage = 'post') AS is_true) decided,
                   (SELECT COALESCE(other.reversed_entry_id = item.move_id, FALSE)
                            AND NOT EXISTS (
                        SELECT 1 FROM account_move_line both_sides
                         WHERE both_sides.move_id IN (other.id, item.move_id)
                         GROUP BY both_sides.account_id
                        HAVING ABS(SUM(both_sides.balance)) > 0.005
                    ) AS is_true) reversal,
                   (SELECT EXISTS (
                        SELECT 1 FROM account_bank_statement_line statement
                         WHERE statement.move_id = other.id) AS is_true) bank
            """,
            confirmed=self._sql_confirmed_share(),
            difference=self._sql_is_difference(SQL("other")),
            gated=SQL(
                """
                SELECT MIN(gated.vendor_quality_gate_from) FROM res_company gated
                 WHERE SPLIT_PART(gated.parent_path, '/', 1)
                     = SPLIT_PART(firm.parent_path, '/', 1)
                """
            ),
            journals=MONEY_JOURNALS,
            received=self._sql_received_share(SQL("other.id")),
        )

    @api.model
    def _sql_cover_worth(self):
        """Return a query of what a reconciliation takes from its credit.

        In the currency of the company, by what the credit says in its own currency;
        and of what all reconciliations take from it.
        """
        return SQL(
            """
            SELECT CASE WHEN kind.is_difference OR credit.balance = 0
                          OR credit.amount_currency = 0
                        THEN part.amount
                        WHEN credit.currency_id = firm.currency_id
                        THEN part.credit_amount_currency
                        ELSE part.credit_amount_currency * credit.balance
                             / credit.amount_currency * %(slack)s
                   END AS amount,
                   (SELECT SUM(taken.amount) FROM account_partial_reconcile taken
                     WHERE taken.credit_move_id = credit.id) AS used
            """,
            slack=FOREIGN_SLACK,
        )

    @api.model
    def _sql_received_share(self, move_id):
        """Return a query of the share of a statement line that the bank received."""
        return SQL(
            """
            SELECT LEAST(GREATEST(COALESCE(
                       SUM(booked.balance) FILTER (
                           WHERE booked.account_id = journal.default_account_id)
                       / NULLIF(SUM(-booked.balance) FILTER (
                           WHERE booked.account_id != journal.default_account_id
                             AND booked.balance < 0), 0), 0), 0), 1)
              FROM account_move_line booked
              JOIN account_journal journal ON journal.id = booked.journal_id
             WHERE booked.move_id = %s
            """,
            move_id,
        )

    @api.model
    def _sql_confirmed_share(self):
        """Return a query of the share of a payment received that the bank confirms."""
        return SQL(
            """
            SELECT LEAST(COALESCE(SUM(shown.amount * (%(received)s)) / NULLIF((
                       SELECT SUM(-back.balance) FROM account_move_line back
                        WHERE back.move_id = other.id AND back.balance < 0
                   ), 0), 0), 1)
              FROM account_move_line liquid
              JOIN account_partial_reconcile shown ON shown.debit_move_id = liquid.id
              JOIN account_move_line line ON line.id = shown.credit_move_id
              JOIN account_bank_statement_line statement
                ON statement.move_id = line.move_id
             WHERE liquid.move_id = other.id AND liquid.balance > 0
            """,
            received=self._sql_received_share(SQL("line.move_id")),
        )

    @api.model
    def _get_differences(self, moves):
        """Return the entries that book a difference of exchange rates only."""
        if not moves:
            return moves
        self._flush()
        rows = self.env.execute_query(
            SQL(
                "SELECT move.id FROM account_move move WHERE move.id IN %s AND %s",
                tuple(moves.ids),
                self._sql_is_difference(SQL("move")),
            )
        )
        return moves.browse([row[0] for row in rows])

    @api.model
    def _sql_is_difference(self, move):
        """Return a condition: the entry books a difference of exchange rates only.

        In the journal of differences, between their accounts and payables, or
        receivables; core books none on both.

        :param SQL move: alias of the entry
        """
        return SQL(
            """
            EXISTS (
                SELECT 1 FROM res_company owner
                 WHERE owner.currency_exchange_journal_id = %(move)s.journal_id
                   AND (
                        SELECT BOOL_OR(gain.is_true)
                               AND BOOL_AND(gain.is_true
                                            OR booked_on.account_type IN %(settling)s)
                               AND COUNT(DISTINCT booked_on.account_type) FILTER (
                                   WHERE NOT gain.is_true) = 1
                          FROM account_move_line booked_line
                          JOIN account_account booked_on
                            ON booked_on.id = booked_line.account_id
                          JOIN LATERAL (
                                SELECT COALESCE(booked_on.id IN (
                                    owner.income_currency_exchange_account_id,
                                    owner.expense_currency_exchange_account_id
                                ), FALSE) AS is_true
                               ) gain ON TRUE
                         WHERE booked_line.move_id = %(move)s.id)
            )
            """,
            move=move,
            settling=tuple(ACCOUNT_TYPES.values()),
        )
