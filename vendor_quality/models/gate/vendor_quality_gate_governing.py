from odoo import api, models
from odoo.tools import SQL

from .outsourcing_contract import SETUP_STATES


class VendorQualityGateFacts(models.AbstractModel):
    """Who governs a bill: vendors recognised however they are entered."""

    _inherit = "vendor.quality.gate.facts"

    @api.model
    def _sql_normalised_vat(self, alias):
        return SQL(
            "UPPER(REGEXP_REPLACE(%s, '[^A-Za-z0-9]', '', 'g'))",
            SQL.identifier(alias, "vat"),
        )

    @api.model
    def _sql_governing(self, source, companies):
        """Return the CTEs up to ``governing``: which contract governs which row.

        A root company and its branches are one: a contract of any of them
        governs the bills of all, from the day its gate or theirs starts.

        :param SQL source: ``id, company_id, partner_id, bank_id, day_from, day_to``
        :param companies: the companies of the rows
        """
        return SQL(
            """
            WITH gates AS MATERIALIZED (%(gates)s),
            source AS MATERIALIZED (
                SELECT row.*, payee.vat, payee.commercial_partner_id AS payee_id
                  FROM (%(source)s) row
                  LEFT JOIN res_partner payee ON payee.id = row.partner_id
            ),
            -- Every step carries the row along: joins of intermediate results
            -- have no statistics and would grow with the square of the batch.
            account AS (
                SELECT source.*, bank.sanitized_acc_number
                  FROM source JOIN res_partner_bank bank ON bank.id = source.bank_id
                 UNION
                SELECT source.*, bank.sanitized_acc_number
                  FROM source
                  JOIN res_partner_bank bank
                    ON bank.partner_id IN (source.partner_id, source.payee_id)
            ),
            vendor AS (
                SELECT source.*, payee_id AS vendor_id FROM source
                 WHERE payee_id IS NOT NULL
                 UNION
                SELECT source.*, twin.commercial_partner_id
                  FROM source
                  JOIN res_partner mine ON mine.id = source.payee_id
                  JOIN res_partner twin ON %(twin_vat)s = %(mine_vat)s
                 WHERE mine.vat IS NOT NULL AND twin.vat IS NOT NULL
                   AND LENGTH(%(mine_vat)s) >= 5
                 UNION
                SELECT source.*, twin.commercial_partner_id
                  FROM source
                  JOIN res_partner twin ON %(twin_vat)s = %(source_vat)s
                 WHERE source.vat IS NOT NULL AND twin.vat IS NOT NULL
                   AND LENGTH(%(source_vat)s) >= 5
                 UNION
                SELECT account.id, account.company_id, account.partner_id,
                       account.bank_id, account.day_from, account.day_to,
                       account.vat, account.payee_id, holder.commercial_partner_id
                  FROM account
                  JOIN res_partner_bank bank
                    ON bank.sanitized_acc_number = account.sanitized_acc_number
                  JOIN res_partner holder ON holder.id = bank.partner_id
            ),
            governing AS MATERIALIZED (
                SELECT DISTINCT vendor.id AS source_id, vendor.payee_id, contract.id,
                       contract.name, contract.date_start,
                       COALESCE(contract.termination_date, contract.date_end)
                           AS date_end,
                       contract.currency_id, template.gate_at,
                       gates.gate_from
                  FROM vendor
                  JOIN gates ON gates.company_id = vendor.company_id
                  JOIN outsourcing_contract contract
                    ON contract.commercial_partner_id = vendor.vendor_id
                   AND contract.company_id = gates.contract_company_id
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
            )
            """,
            gates=self._sql_gates(companies),
            source=source,
            twin_vat=self._sql_normalised_vat("twin"),
            mine_vat=self._sql_normalised_vat("mine"),
            source_vat=self._sql_normalised_vat("source"),
            states=SETUP_STATES,
            settled=self._sql_settled(),
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
