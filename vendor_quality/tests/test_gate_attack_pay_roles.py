from odoo.tests import HttpCase, tagged

from .attack_callers import AttackRoles
from .attack_routes import CustomerRoutes, PayRoutes


@tagged("post_install", "-at_install")
class TestGateAttackPayRoles(AttackRoles, PayRoutes, CustomerRoutes, HttpCase):
    """Every way to a paid bill, as every accounting role, by JSON-2, too."""

    def test_no_role_pays_a_blocked_bill(self):
        self._run_routes({**self._routes(), **self._customer_routes()}, self._find_paid)

    def test_the_api_pays_a_good_bill(self):
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
