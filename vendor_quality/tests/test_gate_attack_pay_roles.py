from odoo.tests import HttpCase, tagged

from .attack_callers import EVERYBODY, AttackRoles
from .attack_routes import CustomerRoutes, PayRoutes

CLERKS = frozenset({"biller", "accountant"})
BUYERS = frozenset({"bookkeeper", "buyer"})


class PayAttacks(AttackRoles, PayRoutes, CustomerRoutes):
    """Every way to a paid bill, as some accounting roles, by JSON-2, too."""

    def check_no_role_pays_a_blocked_bill(self):
        self._run_routes({**self._routes(), **self._customer_routes()}, self._find_paid)

    def check_the_api_pays_a_good_bill(self):
        """The requests are real: with a good score, they pay the bill."""
        self._set(self.form, score=95.0)
        # Else it is money that left and waits to be matched.
        self.entry.button_draft()
        routes = self._routes()
        for caller, label in self._callers():
            if not caller.client:
                continue
            leak, refusal = self._attempt(
                lambda caller=caller: routes["wizard"](caller), self._find_paid
            )
            self.assertTrue(leak, f"{label}: {refusal}")


@tagged("post_install", "-at_install")
class TestGateAttackPayRoles(PayAttacks, HttpCase):
    """As whoever pays, and the administrator."""

    attack_as = EVERYBODY - CLERKS - BUYERS

    def test_no_role_pays_a_blocked_bill(self):
        self.check_no_role_pays_a_blocked_bill()

    def test_the_api_pays_a_good_bill(self):
        self.check_the_api_pays_a_good_bill()


@tagged("post_install", "-at_install")
class TestGateAttackPayBuyers(PayAttacks, HttpCase):
    """As whoever keeps the books or buys."""

    attack_as = BUYERS

    def test_no_role_pays_a_blocked_bill(self):
        self.check_no_role_pays_a_blocked_bill()

    def test_the_api_pays_a_good_bill(self):
        self.check_the_api_pays_a_good_bill()


@tagged("post_install", "-at_install")
class TestGateAttackPayClerks(PayAttacks, HttpCase):
    """As the clerks of the fixture, by JSON-2; see ``TestGateAttackPay``, too."""

    attack_as = CLERKS

    def test_no_role_pays_a_blocked_bill(self):
        self.check_no_role_pays_a_blocked_bill()

    def test_the_api_pays_a_good_bill(self):
        self.check_the_api_pays_a_good_bill()
