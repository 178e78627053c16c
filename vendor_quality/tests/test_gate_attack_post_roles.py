from odoo.tests import HttpCase, tagged

from .attack_callers import AttackRoles
from .attack_routes import EntryRoutes, PostRoutes


@tagged("post_install", "-at_install")
class TestGateAttackPostRoles(AttackRoles, PostRoutes, EntryRoutes, HttpCase):
    """Every way to a posted bill, as every accounting role, by JSON-2, too."""

    def test_no_role_posts_a_blocked_bill(self):
        self._run_routes({**self._routes(), **self._entry_routes()}, self._find_posted)
