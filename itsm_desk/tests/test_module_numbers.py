from odoo.tests import tagged
from odoo.tools import mute_logger

from .attack_numbers import OddNumbers
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestAttackNumbers(DeskCommon, OddNumbers):
    """No field of the desk keeps NaN or infinity, and none answers with an error."""

    @mute_logger("odoo.sql_db")
    def test_odd_numbers(self):
        self._solve(self._file())
        self.assertFalse(self._find_passed("/itsm_desk/", "itsm.", "res.company"))
