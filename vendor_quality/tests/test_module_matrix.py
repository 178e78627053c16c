from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.attack_rights import RightsAttacks

from .attack_matrix import BILL_MATRIX
from .common import GROUPS, TODAY, MoneyCommon

BILL_MODELS = frozenset(
    {
        "vendor.quality.decision",
        "vendor.quality.deduction",
        "vendor.quality.exception",
        "vendor.quality.hold",
        "vendor.quality.identity",
    }
)
"""Models whose records need bills."""


class MatrixAttacks(RightsAttacks):
    """``far`` holds every role in another company, ``system`` is an administrator."""

    matrix_prefixes = ("vendor.quality.",)
    matrix_modules = ("vendor_quality",)

    @classmethod
    def _add_roles(cls, users):
        """Keep who is tried: ``users`` and those of every world."""
        other = cls.env["res.company"].create({"name": "Far"})
        system = cls._new_user("system", "base.group_user,base.group_system")
        cls.roles = {
            **users,
            "system": system,
            "far": cls._new_user(
                "far",
                ",".join(["base.group_user", *GROUPS.values()]),
                company_id=other.id,
                company_ids=[Command.set(other.ids)],
            ),
        }
        cls._drop_unique_indexes()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBillMatrix(MatrixAttacks, MoneyCommon):
    """Who may do what with decisions on bills, and what is taken off them.

    ``biller`` enters bills, ``accountant`` manages accounting; ``plain`` has no role.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        roles = ("biller", "accountant", "officer", "manager", "finance", "owner")
        more = {
            name: f"base.group_user,{GROUPS[name]}"
            for name in ("auditor", "hr", "inspector")
        }
        cls._add_roles(
            {
                **{role: getattr(cls, role) for role in (*roles, "procurement")},
                **cls._new_users({**more, "plain": "base.group_user"}),
            }
        )

    @classmethod
    def _get_matrix_models(cls):
        return sorted(BILL_MODELS)

    def test_matrix(self):
        contract = self._new_money_contract()
        form = self._collect(contract)
        self._look(self.roles)
        self._approve_form(form)
        self._look(self.roles)
        bill = self._new_bill(10000.0, period=("2026-02-01", "2026-02-28"))
        bill.action_post()
        held = self._new_bill(500.0, period=("2026-01-01", "2026-01-31"))
        self._refresh_holds()
        request = (
            self.env["vendor.quality.exception"]
            .with_user(self.accountant)
            .create({"move_id": held.id, "reason": "Agreed with the head"})
        )
        self._look(self.roles)
        request.action_submit()
        self._look(self.roles)
        other = self._new_bill(600.0, period=("2026-01-01", "2026-01-31"))
        self._request(other).with_user(self.finance).action_refuse("No")
        self._look(self.roles)
        self._approve(request)
        self._look(self.roles)
        held.action_post()
        self._pay(bill)
        self._look(self.roles)
        self._assert_matrix(BILL_MATRIX, self.roles)
