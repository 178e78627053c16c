from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...tools import gate


class VendorQualityGateFacts(models.AbstractModel):
    """Journal entries that say a governed vendor is owed more, without a bill."""

    _inherit = "vendor.quality.gate.facts"

    @api.model
    def _get_entries(self, moves):
        """Return the facts of entries that credit payables of governed vendors.

        Statement lines and payments received are history; transfers between
        payables of one vendor add up to nothing.

        :return: ``{move id: {"bill", "contracts"}}``; an entry that is not there
            is free
        """
        if not moves:
            return {}
        self._flush()
        by_move = defaultdict(list)
        for row in self.env.execute_query_dict(self._sql_entries(moves)):
            by_move[row["id"]].append(row)
        return {move_id: self._make_entry(rows) for move_id, rows in by_move.items()}

    @api.model
    def _sql_entries(self, moves):
        source = SQL(
            """
            SELECT move.id, move.company_id, credit.partner_id,
                   NULL::integer AS bank_id,
                   LEAST(move.date, move.create_date::date) AS day_from,
                   GREATEST(move.date, move.create_date::date) AS day_to
              FROM (%(credits)s) credit
              JOIN account_move move ON move.id = credit.move_id
            """,
            credits=self._sql_credits(moves),
        )
        return SQL(
            """
            %(governing)s
            SELECT move.id, move.currency_id, move.outsourcing_bill_kind AS kind,
                   contract.id AS contract_id, contract.name AS contract_name,
                   contract.date_start AS contract_start,
                   contract.date_end AS contract_end,
                   contract.currency_id AS contract_currency_id, contract.gate_at,
                   content.total, content.digest, facts.permits,
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

    @api.model
    def _make_entry(self, rows):
        row = rows[0]
        currency = self.env["res.currency"].browse(row["currency_id"])
        return {
            "bill": gate.Bill(
                id=row["id"],
                kind=row["kind"] or "service",
                total=currency.round(row["total"] or 0),
                fingerprint=gate.make_fingerprint(["entry", row["digest"]]),
                decided_fingerprint=row["decided_fingerprint"],
                permits=self._make_permits(row),
                rounding=currency.rounding,
            ),
            "contracts": [self._make_contract(item, {}) for item in rows],
        }
