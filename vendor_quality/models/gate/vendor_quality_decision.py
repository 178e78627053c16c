import json

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.models.money.outsourcing_dated_amount_mixin import (
    get_rate,
)

from ..base.planned_query import execute_planned

TAKEN_BACK = ("rejected", "reset")
"""Grounds of decisions: payments that had started and count no more."""


class VendorQualityDecision(models.Model):
    """Why a governed bill was posted or paid. Append-only.

    One row for each form a posted bill takes from (or one without a form), and
    one for each payment that was let through, or was taken back after it had started.
    The latest decision to post is
    the current one: its amounts are what the bill takes from the fee of its
    forms as long as it is posted, its fingerprint is what was decided on.
    Written by the gate alone; read by accounting and quality.
    """

    _name = "vendor.quality.decision"
    _inherit = ["outsourcing.append.only.mixin", "outsourcing.dated.amount.mixin"]
    _description = "Decision on a Vendor Bill"
    _order = "id desc"
    _rec_name = "move_name"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Bill",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_name = fields.Char(string="Bill Number", readonly=True)
    payment_id = fields.Many2one(
        comodel_name="account.payment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Payment that started before it was matched with bills.",
    )
    stage = fields.Selection(
        selection=[("post", "Posting"), ("payment", "Payment")],
        required=True,
        readonly=True,
    )
    ground = fields.Selection(
        string="Reason for Passing",
        selection=[
            ("form", "Approved form"),
            ("exception", "Exception"),
            ("kind", "Kind of bill"),
            ("bank", "Bank statement"),
            ("room", "Within what may be paid"),
            ("rejected", "Said not to have left"),
            ("reset", "Reset to draft"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="What lets the bill pass. Bank statement: the money had left already; an "
        "incident is open. Within what may be paid: money that leaves ahead of its "
        "matching with posted bills. Said not to have left, reset to draft: a payment "
        "that had started was taken back.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Payee",
        readonly=True,
        index="btree_not_null",
        help="To whom the payment went then, whatever it says later.",
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract", readonly=True, index="btree_not_null"
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form", readonly=True, index="btree_not_null"
    )
    period_start = fields.Date(readonly=True)
    exception_id = fields.Many2one(
        comodel_name="vendor.quality.exception", readonly=True, index="btree_not_null"
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    amount = fields.Monetary(
        readonly=True,
        help="Posting: untaxed, in the currency of the contract. Payment: tax "
        "included, in the currency of the bill.",
    )
    # Written with the row and never again, as all that a decision says.
    currency_rate = fields.Float(compute=None, readonly=True)
    paid_total = fields.Monetary(
        readonly=True, help="Paid on the bill in all at the decision."
    )
    bill_currency_id = fields.Many2one(
        related="move_id.currency_id", string="Currency of the Bill"
    )
    untaxed_total = fields.Monetary(
        currency_field="bill_currency_id",
        readonly=True,
        help="Posting: untaxed amount of the bill by its ledger lines.",
    )
    payable_total = fields.Monetary(
        currency_field="bill_currency_id",
        readonly=True,
        help="Posting: total of the bill as far as its lines give the tax. More is "
        "paid by an exception only.",
    )
    fingerprint = fields.Char(readonly=True)
    is_current = fields.Boolean(readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="Posted or Paid By", readonly=True
    )

    _usage_idx = models.Index(
        "(contract_id, period_start) WHERE is_current AND stage = 'post'"
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _append_only_message(self):
        return self.env._(
            "Decisions on vendor bills are written automatically and never change."
        )


def record_decisions(env, rows, lock=None):
    """Append ``rows`` in one statement; new decisions to post replace old ones.

    :param list rows: values by column, ``move_id`` and ``stage`` among them
    :param SQL lock: an UPDATE that locks the forms from which the bills take
    """
    if not rows:
        return
    Decision = env["vendor.quality.decision"]
    for row in rows:
        row["currency_rate"] = _get_rate_of_day(env, row)
    defaults = {"user_id": env.uid, "is_current": True}
    columns = [
        name
        for name, field in Decision._fields.items()
        if field.store and name not in models.MAGIC_COLUMNS
    ]
    values = [
        {name: defaults.get(name, row.get(name)) for name in columns} for row in rows
    ]
    execute_planned(
        env,
        SQL(
            """
            WITH fresh AS (
                SELECT * FROM JSONB_POPULATE_RECORDSET(
                    NULL::vendor_quality_decision, %(values)s::jsonb)
            ), replaced AS (
                UPDATE vendor_quality_decision old
                   SET is_current = FALSE
                 WHERE old.id IN (
                        SELECT earlier.id
                          FROM (SELECT DISTINCT move_id FROM fresh
                                 WHERE stage = 'post') bill
                          -- the rows of one bill, not all that are current
                          JOIN LATERAL (
                                SELECT id, stage, is_current
                                  FROM vendor_quality_decision
                                 WHERE move_id = bill.move_id OFFSET 0
                               ) earlier ON earlier.stage = 'post'
                         WHERE earlier.is_current)
            )%(locked)s
            INSERT INTO vendor_quality_decision (
                %(columns)s, create_uid, create_date, write_uid, write_date)
            SELECT %(columns)s, %(uid)s::integer, %(now)s::timestamp,
                   %(uid)s::integer, %(now)s::timestamp
              FROM fresh
            RETURNING id
            """,
            values=json.dumps(values, default=str),
            locked=SQL(", locked AS (%s)", lock) if lock else SQL(),
            columns=SQL(", ").join(SQL.identifier(name) for name in columns),
            uid=env.uid,
            now=env.cr.now(),
        ),
    )
    # Rows are written by SQL alone: nothing of them waits in memory.
    Decision.invalidate_model(flush=False)


def _get_rate_of_day(env, row):
    """Return what one of the currency of a row is worth in that of its company.

    On the day of the bill that is posted, and on the day on which money left.
    """
    # sudo: the rate is a figure of the company, whoever posts.
    company = env["res.company"].sudo().browse(row["company_id"])
    currency = env["res.currency"].browse(row.get("currency_id") or [])
    if not currency or currency == company.currency_id:
        return 1.0
    # sudo: as above, for the day of the payment.
    payment = env["account.payment"].sudo().browse(row.get("payment_id") or [])
    day = payment.date or company._outsourcing_today()
    if row["stage"] == "post":
        # sudo: as above, for the day of the bill.
        bill = env["account.move"].sudo().browse(row.get("move_id") or [])
        day = bill.invoice_date or bill.date or day
    return get_rate(currency, company, day)


def record_payments(env, moves, ground="room"):
    """Note what became of payments that no bill is matched with.

    :param dict moves: ``{account.payment: id of its entry, or None}``
    :param str ground: ``room``: they left ahead of their matching, within what may be
        paid; ``rejected``, ``reset``: they were taken back
    """
    record_decisions(
        env,
        [
            {
                "company_id": payment.company_id.id,
                "move_id": move_id,
                "move_name": payment.name,
                "payment_id": payment.id,
                # sudo: only the gate reads the payee at the start.
                "partner_id": (
                    payment.sudo().vendor_quality_payee_id
                    or payment.partner_id.commercial_partner_id
                ).id,
                "stage": "payment",
                "ground": ground,
                "currency_id": payment.currency_id.id,
                "amount": payment.amount,
                "paid_total": payment.amount,
            }
            for payment, move_id in moves.items()
        ],
    )
