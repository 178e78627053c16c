from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import gate

BILL_TYPES = ("in_invoice", "in_receipt")

NOTHING = (0.0, 0.0)

FLUSHED = {
    "account.account": ["account_type"],
    "account.bank.statement.line": ["move_id"],
    "account.move": [
        "amount_total",
        "amount_untaxed",
        "company_id",
        "currency_id",
        "date",
        "invoice_date",
        "move_type",
        "origin_payment_id",
        "outsourcing_bill_kind",
        "outsourcing_contract_id",
        "partner_bank_id",
        "partner_id",
        "reversed_entry_id",
        "service_date_end",
        "service_date_start",
        "state",
        "vendor_quality_deduction_form_id",
    ],
    "account.move.line": [
        "account_id",
        "amount_currency",
        "balance",
        "currency_id",
        "display_type",
        "move_id",
        "partner_id",
        "product_id",
        "purchase_line_id",
        "tax_repartition_line_id",
        "vendor_quality_deduction_form_id",
    ],
    "account.partial.reconcile": [
        "credit_amount_currency",
        "credit_move_id",
        "debit_amount_currency",
        "debit_move_id",
    ],
    "account.payment": [
        "company_id",
        "date",
        "move_id",
        "partner_bank_id",
        "partner_id",
        "payment_type",
    ],
    "outsourcing.contract": [
        "commercial_partner_id",
        "company_id",
        "date_end",
        "date_start",
        "state",
        "termination_date",
        "vendor_quality_settled_at",
        "vendor_quality_template_id",
    ],
    "res.company": ["parent_path", "vendor_quality_gate_from"],
    "res.partner": ["commercial_partner_id", "vat"],
    "res.partner.bank": ["partner_id", "sanitized_acc_number"],
    "vendor.quality.exception": ["state"],
    "vendor.quality.form": [
        "band_id",
        "credited_amount",
        "deduction_amount",
        "fee_amount",
        "gate_band_id",
        "gate_score",
        "is_rated",
        "payable_amount",
        "retention_released_amount",
        "score",
        "state",
        "vendor_answered_at",
    ],
    "vendor.quality.template": ["gate_at", "not_rated_policy", "threshold"],
}


class VendorQualityGateFacts(models.AbstractModel):
    """Reads what the gate must know about a batch of bills, in one query.

    The ledger itself is read (journal items and reconciliations), not the
    totals stored on the bill, and vendors are recognised by commercial partner,
    tax number or bank account, whatever the bill refers to.
    """

    _name = "vendor.quality.gate.facts"
    _description = "Facts for the Gate on Vendor Bills"

    @api.model
    def _get_bills(self, moves, counterparts=None):
        """Return the facts of the governed bills among ``moves``.

        :param account.move moves: bills, posted or not
        :param account.move counterparts: entries whose part in the payment of
            the bills is to be told apart
        :return: ``{move id: {"bill", "contracts", "on_hold", "paid"}}``, and of
            what was paid: ``paid_bank``, by statement lines; ``paid_decided``,
            at the last decision; ``paid_new``, by ``counterparts``;
            ``paid_hard``, by those of them that are no statement lines. A bill
            that is not there is free.
        """
        if not moves:
            return {}
        self._flush()
        rows = self.env.execute_query_dict(
            self._sql_bills(moves, counterparts or moves.browse())
        )
        rates = self._get_rates(rows)
        usage = (rows[0]["usage"] if rows else None) or {}
        by_move = defaultdict(list)
        for row in rows:
            by_move[row["id"]].append(row)
        return {
            move_id: self._make_facts(contract_rows, rates, usage)
            for move_id, contract_rows in by_move.items()
        }

    @api.model
    def _get_governed_payments(self, payments):
        """Return the payments whose payee is a governed vendor."""
        if not payments:
            return payments
        self._flush()
        source = SQL(
            "SELECT id, company_id, partner_id, partner_bank_id AS bank_id, "
            "LEAST(date, create_date::date) AS day_from, "
            "GREATEST(date, create_date::date) AS day_to "
            "FROM account_payment WHERE id IN %s",
            tuple(payments.ids),
        )
        query = SQL(
            "%s SELECT DISTINCT source_id FROM governing",
            self._sql_governing(source, payments.company_id),
        )
        return payments.browse([row[0] for row in self.env.execute_query(query)])

    @api.model
    def _flush(self):
        for model, names in FLUSHED.items():
            self.env[model].flush_model(names)

    @api.model
    def _get_rates(self, rows):
        """Return ``{(currency, company, day): rate}`` for bills in other currencies.

        The official rate of the bill date counts, not the one typed on the bill.
        """
        wanted = {
            (currency_id, row["company_id"], row["rate_date"])
            for row in rows
            if row["currency_id"] != row["contract_currency_id"]
            for currency_id in (row["currency_id"], row["contract_currency_id"])
        }
        if not wanted:
            return {}
        companies = self.env["res.company"].sudo().browse({key[1] for key in wanted})
        roots = {company.id: company.root_id for company in companies}
        self.env["res.currency.rate"].flush_model()
        found = self.env.execute_query(
            SQL(
                """
                SELECT wanted.currency_id, wanted.company_id, wanted.day, (
                    SELECT rate.rate
                      FROM res_currency_rate rate
                     WHERE rate.currency_id = wanted.currency_id
                       AND (rate.company_id IS NULL OR rate.company_id = wanted.root_id)
                     ORDER BY rate.name > wanted.day, rate.company_id,
                           CASE WHEN rate.name <= wanted.day
                                THEN wanted.day - rate.name
                                ELSE rate.name - wanted.day END
                     LIMIT 1)
                  FROM (VALUES %s) AS wanted (currency_id, company_id, day, root_id)
                """,
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s::date, %s)",
                        currency_id,
                        company_id,
                        day,
                        roots[company_id].id,
                    )
                    for currency_id, company_id, day in wanted
                ),
            )
        )
        rates = {}
        for currency_id, company_id, day, rate in found:
            if currency_id == roots[company_id].currency_id.id:
                rate = rate or 1.0
            rates[currency_id, company_id, day] = rate
        return rates

    # ------------------------------------------------------------
    # FROM ROWS TO FACTS
    # ------------------------------------------------------------

    @api.model
    def _make_facts(self, rows, rates, usage):
        row = rows[0]
        Currency = self.env["res.currency"]
        currency = Currency.browse(row["currency_id"])
        chosen = next(
            (
                item
                for item in rows
                if item["contract_id"] == row["outsourcing_contract_id"]
            ),
            row,
        )
        fingerprint = gate.make_fingerprint(
            [
                row[name]
                for name in (
                    "company_id",
                    "currency_id",
                    "digest",
                    "move_type",
                    "outsourcing_contract_id",
                    "partner_bank_id",
                    "service_date_end",
                    "service_date_start",
                    "vendor_id",
                )
            ]
            + [currency.round(row["untaxed"] or 0), currency.round(row["total"] or 0)]
        )
        shares = {
            form["id"]: form["share"]
            for form in chosen["forms"] or ()
            if form["share"] is not None
        }
        bill = gate.Bill(
            id=row["id"],
            kind=row["kind"] or "service",
            is_posted=row["state"] == "posted",
            contract_id=row["outsourcing_contract_id"],
            date_start=row["service_date_start"],
            date_end=row["service_date_end"],
            untaxed=self._convert_untaxed(chosen, rates),
            untaxed_own=currency.round(row["untaxed"] or 0),
            total=currency.round(row["total"] or 0),
            fingerprint=fingerprint,
            decided_fingerprint=row["decided_fingerprint"],
            decided_amount=row["decided_amount"],
            shares=shares,
            granted=row["granted"] or 0.0,
            permits=self._make_permits(row),
            rounding=currency.rounding,
        )
        return {
            "bill": bill,
            "contracts": [self._make_contract(item, usage) for item in rows],
            "paid": currency.round(row["paid"]),
            "paid_bank": currency.round(row["paid_bank"]),
            "paid_decided": currency.round(row["paid_decided"] or 0),
            "paid_new": currency.round(row["paid_new"]),
            "paid_hard": currency.round(row["paid_hard"]),
            "on_hold": row["on_hold"],
        }

    @api.model
    def _convert_untaxed(self, row, rates):
        untaxed = row["untaxed"] or 0.0
        source = row["currency_id"]
        target = row["contract_currency_id"]
        to_currency = self.env["res.currency"].browse(target)
        if source == target:
            return to_currency.round(untaxed)
        key = (row["company_id"], row["rate_date"])
        from_rate, to_rate = rates.get((source, *key)), rates.get((target, *key))
        if not from_rate or not to_rate:
            return None
        return to_currency.round(untaxed * to_rate / from_rate)

    @api.model
    def _make_contract(self, row, usage):
        rounding = self.env["res.currency"].browse(row["contract_currency_id"]).rounding
        to_date = fields.Date.to_date
        return gate.Contract(
            id=row["contract_id"],
            name=row["contract_name"],
            currency_id=row["contract_currency_id"],
            date_start=row["contract_start"],
            date_end=row["contract_end"],
            gate_at=row["gate_at"],
            forms=tuple(
                gate.Form(
                    id=form["id"],
                    name=form["name"],
                    state=form["state"],
                    is_answered=form["is_answered"],
                    date_start=to_date(form["date_start"]),
                    date_end=to_date(form["date_end"]),
                    score=form["score"] or 0.0,
                    is_rated=bool(form["is_rated"]),
                    threshold=form["threshold"] or 0.0,
                    gate_at=form["gate_at"],
                    not_rated_policy=form["not_rated_policy"],
                    blocks_posting=bool(form["blocks_posting"]),
                    blocks_payment=bool(form["blocks_payment"]),
                    fee=form["fee"] or 0.0,
                    payable=form["payable"] or 0.0,
                    billed=usage.get(str(form["id"]), NOTHING)[0] or 0.0,
                    paid=usage.get(str(form["id"]), NOTHING)[1] or 0.0,
                    rounding=rounding,
                )
                for form in row["forms"] or ()
            ),
        )

    @api.model
    def _make_permits(self, row):
        today = fields.Date.context_today(self)
        return tuple(
            gate.Permit(
                id=permit["id"],
                purpose=permit["purpose"],
                amount_limit=permit["amount_limit"] or 0.0,
                for_posting=permit["state"] == "approved"
                and permit["stage"] in ("post", "both")
                and not permit["posted"],
                for_payment=permit["stage"] in ("payment", "both")
                and not permit["paid"],
                is_expired=bool(permit["expiry"])
                and fields.Date.to_date(permit["expiry"]) < today,
                fingerprint=permit["fingerprint"] or "",
            )
            for permit in row["permits"] or ()
        )
