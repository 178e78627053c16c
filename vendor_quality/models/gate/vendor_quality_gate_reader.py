from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.gate_amounts import make_fingerprint
from ...tools.gate_data import Bill, BillException, BillFacts, Contract, Form

BILL_TYPES = ("in_invoice", "in_receipt")

NOTHING = (0.0, 0.0)

CORE_COLUMNS = {
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
    "res.company": ["outsourcing_tz", "parent_path", "vendor_quality_gate_from"],
    "res.partner": [
        "commercial_partner_id",
        "is_company",
        "name",
        "vendor_quality_name_key",
        "vendor_quality_number_key",
        "vendor_quality_number_proven",
    ],
    "res.partner.bank": ["partner_id", "vendor_quality_key"],
}
"""Columns of core's models that the queries read; a test compares them."""

OWN_MODELS = (
    "outsourcing.contract",
    "vendor.quality.exception",
    "vendor.quality.form",
    "vendor.quality.hold",
    "vendor.quality.identity",
    "vendor.quality.template",
    "vendor.quality.template.band",
)
"""Models of the suite that the queries read; they are flushed whole."""


class VendorQualityGateReader(models.AbstractModel):
    """Reads the facts about a batch of bills that the gate judges, in one query.

    The ledger itself is read (journal items and reconciliations), not the
    totals stored on the bill, and vendors are recognised by what is known of them
    (``vendor.quality.identity``), whatever the bill refers to.
    """

    _name = "vendor.quality.gate.reader"
    _description = "Facts for the Control of Vendor Bills"

    @api.model
    def _get_bills(self, moves, counterparts=None):
        """Return the facts of the governed bills among ``moves``.

        :param account.move moves: bills, posted or not
        :param account.move counterparts: entries whose part in the payment of
            the bills is to be told apart
        :return: ``{move id: BillFacts}``; a bill that is not there is free
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
    def _get_entries(self, moves):
        """Return the facts of entries that credit payables of governed vendors.

        Statement lines and payments received are history; transfers between
        payables of one vendor add up to nothing.

        :return: ``{move id: BillFacts}``; an entry that is not there is free
        """
        if not moves:
            return {}
        self._flush()
        by_move = defaultdict(list)
        for row in self.env.execute_query_dict(self._sql_entries(moves)):
            by_move[row["id"]].append(row)
        return {move_id: self._make_entry(rows) for move_id, rows in by_move.items()}

    @api.model
    def _get_governed_payments(self, payments):
        """Return the payments whose payee is a governed vendor."""
        if not payments:
            return payments
        self._flush()
        rows = self.env.execute_query(self._sql_payees(payments))
        return payments.browse([row[0] for row in rows])

    @api.model
    def _get_matches(self, partners):
        """Return what partners have in common with vendors under other names.

        :return: list of dicts: id of the partner, ``vendor_id``, ``known_id`` (the
            contact that the contract names), ``known_name``, ``ground``, ``key``
        """
        if not partners:
            return []
        self._flush_vendors()
        return self.env.execute_query_dict(self._sql_matches(partners))

    @api.model
    def _get_taken(self, bills):
        """Return ``{form id: what all posted bills take}`` for the forms of some."""
        self._flush()
        rows = self.env.execute_query(self._sql_taken(bills))
        return {form_id: float(billed) for form_id, billed in rows}

    @api.model
    def _flush(self):
        """Write what waits in memory to the tables that the queries read."""
        for model in OWN_MODELS:
            self.env[model].flush_model()
        for model, names in CORE_COLUMNS.items():
            self.env[model].flush_model(names)

    @api.model
    def _flush_vendors(self):
        """Write what tells who is which vendor."""
        self.env["vendor.quality.identity"].flush_model()
        for model in ("res.partner", "res.partner.bank"):
            self.env[model].flush_model(CORE_COLUMNS[model])

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
        # sudo: bills of other companies of the root count; currencies are read.
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
        fingerprint = make_fingerprint(
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
        bill = Bill(
            id=row["id"],
            kind=row["kind"] or "service",
            is_posted=row["state"] == "posted",
            contract_id=row["outsourcing_contract_id"],
            date_start=row["service_date_start"],
            date_end=row["service_date_end"],
            untaxed=self._convert_untaxed(chosen, rates),
            total=currency.round(row["total"] or 0),
            fingerprint=fingerprint,
            decided_fingerprint=row["decided_fingerprint"],
            decided_amount=row["decided_amount"],
            shares=shares,
            granted=row["granted"] or 0.0,
            exceptions=self._make_exceptions(row),
            rounding=currency.rounding,
        )
        return BillFacts(
            bill=bill,
            contracts=tuple(self._make_contract(item, usage) for item in rows),
            paid=currency.round(row["paid"]),
            paid_bank=currency.round(row["paid_bank"]),
            paid_decided=currency.round(row["paid_decided"] or 0),
            paid_new=currency.round(row["paid_new"]),
            paid_hard=currency.round(row["paid_hard"]),
            on_hold=row["on_hold"],
        )

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
        return Contract(
            id=row["contract_id"],
            name=row["contract_name"],
            currency_id=row["contract_currency_id"],
            date_start=row["contract_start"],
            date_end=row["contract_end"],
            gate_at=row["gate_at"],
            ground=row["ground"],
            vendor=row["vendor_name"] or "",
            is_certain=row["is_certain"],
            forms=tuple(
                Form(
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
    def _make_exceptions(self, row):
        company = self.env["res.company"].browse(row["company_id"])
        today = company._outsourcing_today()
        return tuple(
            BillException(
                id=exception["id"],
                purpose=exception["purpose"],
                amount_limit=exception["amount_limit"] or 0.0,
                for_posting=exception["state"] == "approved"
                and exception["stage"] in ("post", "both")
                and not exception["posted"],
                for_payment=exception["stage"] in ("payment", "both")
                and not exception["paid"],
                is_expired=bool(exception["expiry"])
                and fields.Date.to_date(exception["expiry"]) < today,
                fingerprint=exception["fingerprint"] or "",
            )
            for exception in row["exceptions"] or ()
        )

    @api.model
    def _make_entry(self, rows):
        row = rows[0]
        currency = self.env["res.currency"].browse(row["currency_id"])
        return BillFacts(
            bill=Bill(
                id=row["id"],
                kind=row["kind"] or "service",
                total=currency.round(row["total"] or 0),
                fingerprint=make_fingerprint(["entry", row["digest"]]),
                decided_fingerprint=row["decided_fingerprint"],
                exceptions=self._make_exceptions(row),
                rounding=currency.rounding,
            ),
            contracts=tuple(self._make_contract(item, {}) for item in rows),
        )
