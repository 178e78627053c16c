"""Attempts to get around the gate: who calls, how, and what leaked."""

import inspect
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from .common import GateCommon

HOSTILE_CONTEXT = {
    "account_payment_register": True,
    "active_test": False,
    "bypass_gate": True,
    "check_move_validity": False,
    "force_delete": True,
    "install_mode": True,
    "module": "vendor_quality",
    "outsourcing_flow_key": True,
    "skip_account_move_synchronization": True,
    "skip_invoice_sync": True,
    "skip_readonly_check": True,
    "skip_validation": True,
    "skip_validation_check": True,
    "tracking_disable": True,
}
"""What a client may send along; none of it may open the gate."""
ROLES = {
    "bookkeeper": "account.group_account_user",
    "buyer": "purchase.group_purchase_manager,account.group_account_invoice",
    "payer": "vendor_quality.group_quality_finance,account.group_account_invoice",
    "system": "base.group_system,account.group_account_manager",
}
"""Besides the billing user and the accountant of the fixture."""
EVERYBODY = frozenset({"biller", "accountant", *ROLES, "OdooBot"})


class JsonClient:
    """Calls methods by real requests of the JSON-2 API, with a key of the user."""

    def __init__(self, case, user):
        self.case = case
        self.key = (
            case.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "Attack", case.env.cr.now() + timedelta(days=1))
        )

    def __call__(self, record, method, args, kwargs, context):
        """Return what the server answers; a refusal is raised as one."""
        signature = inspect.signature(getattr(type(record), method))
        names = [name for name in signature.parameters if name != "self"]
        answer = self.case.url_open(
            f"/json/2/{record._name}/{method}",
            headers={"Authorization": f"Bearer {self.key}"},
            json={
                **({"ids": record.ids} if record else {}),
                **dict(zip(names, args, strict=False)),
                **kwargs,
                "context": context,
            },
            timeout=60,
        )
        if answer.ok:
            return answer.json()
        self.case.assertLess(answer.status_code, 500, answer.text)
        raise UserError(answer.json()["message"])


class _Undo(Exception):
    """Takes an attempt back."""


class Caller:
    """Calls methods as a user: from a screen, by RPC, or from code under sudo.

    With a ``client`` the call is a real request of the JSON-2 API.
    """

    def __init__(self, env, mode, client=None):
        self.mode = mode
        self.client = client
        self.env = env(
            su=mode == "sudo",
            context=HOSTILE_CONTEXT if mode in ("rpc", "http") else {},
        )

    def __call__(self, record, method, *args, extra=None, **kwargs):
        """Call a public ``method`` of ``record`` with plain values."""
        context = {**self.env.context, **(extra or {})}
        if self.client:
            return self.client(record, method, args, kwargs, context)
        if self.mode != "rpc":
            target = record.with_env(self.env(context=context))
            return getattr(target, method)(*args, **kwargs)
        model = self.env[record._name]
        is_model = method in ("create", "load")
        arguments = list(args) if is_model else [record.ids, *args]
        return call_kw(model, method, arguments, {**kwargs, "context": context})

    def create(self, model, values, extra=None):
        """Create one record and return it."""
        result = self(self.env[model], "create", [values], extra=extra)
        ids = result if isinstance(result, list) else result.ids
        return self.env[model].browse(ids)


class AttackCommon(GateCommon):
    """Runs one attempt after the other and takes each back."""

    MODES = ("ui", "rpc", "sudo")

    def _callers(self):
        for user in (self.biller, self.accountant):
            for mode in self.MODES:
                yield Caller(self.env(user=user), mode), f"{user.login} {mode}"

    def _attempt(self, act, find_leak):
        """Run ``act`` and return what leaked and the refusal, then undo it."""
        leak = refusal = None
        try:
            with mute_logger("odoo.sql_db", "odoo.http"), self.env.cr.savepoint():
                act()
                self.env.flush_all()
                self.env.invalidate_all()
                leak = find_leak()
                raise _Undo
        except _Undo:  # pylint: disable=except-pass
            pass
        except (UserError, IntegrityError) as error:
            refusal = error
        self.env.invalidate_all()
        return leak, refusal

    def _run_routes(self, routes, find_leak, callers=None):
        """Try every route as every caller; report all leaks at once."""
        leaks = []
        callers = list(callers or self._callers())
        for name, route in routes.items():
            for caller, label in callers:
                with self.subTest(route=name, caller=label):
                    leak, _refusal = self._attempt(
                        lambda route=route, caller=caller: route(caller), find_leak
                    )
                    if leak:
                        leaks.append(f"{name} as {label}: {leak}")
        self.assertFalse(leaks, "\n".join(leaks))

    # ------------------------------------------------------------
    # LEAKS
    # ------------------------------------------------------------

    def _find_posted(self):
        """Return governed bills that are posted, whatever they are called now."""
        Gate = self.env["vendor.quality.gate"]
        posted = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "in", ("in_invoice", "in_receipt", "in_refund")),
                ("state", "=", "posted"),
            ]
        )
        entries = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "=", "entry"),
                ("state", "=", "posted"),
            ]
        )
        leaks = [*Gate._get_facts(posted), *Gate._get_entry_facts(entries)[0]]
        return posted.browse(leaks).mapped("display_name")

    def _find_paid(self):
        """Return what was paid on the vendor's bills, or paid out to the vendor."""
        bills = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "in", ("in_invoice", "in_receipt")),
            ]
        )
        facts = self.env["vendor.quality.gate"]._get_facts(bills)
        leaks = [
            f"{bill.display_name} {bill.payment_state} {bill.amount_residual}"
            for bill in bills.filtered(lambda move: move.id in facts)
            if bill.payment_state not in ("not_paid", "blocked", False)
            or (
                bill.state == "posted"
                and bill.currency_id.compare_amounts(
                    bill.amount_residual, facts[bill.id].bill.total
                )
            )
        ]
        payments = self.env["account.payment"].search(
            [
                ("company_id", "=", self.company.id),
                ("payment_type", "=", "outbound"),
                ("state", "in", ("in_process", "paid")),
            ]
        )
        governed = self.env["vendor.quality.gate.reader"]._get_governed_payments(
            payments
        )
        return leaks + [f"payment {payment.amount}" for payment in governed]

    # ------------------------------------------------------------
    # FIXTURES
    # ------------------------------------------------------------

    def _get_payable_line(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        )

    def _match_later(self, bill):
        """Let ``bill`` be matched by another transaction than the rest of the test."""
        partials = self._get_payable_line(bill).matched_debit_ids
        self._set(partials, create_date="2099-01-01 00:00:00")

    @classmethod
    def _new_entry(cls, amount, account=None, partner=None, post=True, **values):
        """Create an entry: payable of the vendor against ``account``.

        By default against income: an entry that pays from the bank is judged when
        it is posted.
        """
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-02-06",
                "journal_id": cls.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls.payable.id,
                            "partner_id": (partner or cls.vendor).id,
                            "debit": amount,
                            **values,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": (
                                account or cls.company_data["default_account_revenue"]
                            ).id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        if post:
            entry.action_post()
        return entry

    @classmethod
    def _new_debt(cls, amount=1000, partner=None, account=None, **values):
        """Create a draft entry that owes the vendor something."""
        return cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-02-06",
                "journal_id": cls.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls.payable.id,
                            "partner_id": (partner or cls.vendor).id,
                            "credit": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": (account or cls.expense).id,
                            "debit": amount,
                        }
                    ),
                ],
                **values,
            }
        )


class AttackRoles(AttackCommon):
    """Every accounting role, by call_kw and by real requests, and OdooBot."""

    attack_as = EVERYBODY
    """Who tries here; several classes share a long attack out."""

    def _callers(self):
        own = {"biller": self.biller, "accountant": self.accountant}
        for name, user in {**own, **self._new_users(ROLES)}.items():
            if name not in self.attack_as:
                continue
            client = JsonClient(self, user)
            yield Caller(self.env(user=user), "http", client), f"{user.login} json2"
            if name not in own:
                yield Caller(self.env(user=user), "rpc"), f"{user.login} rpc"
        if "OdooBot" in self.attack_as:
            bot = self.env.ref("base.user_root")
            yield Caller(self.env(user=bot), "sudo"), "OdooBot"
