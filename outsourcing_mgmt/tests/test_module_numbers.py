from odoo.tests import tagged
from odoo.tools import mute_logger

from .attack_numbers import OddNumbers
from .common import OutsourcingCommon


@tagged("post_install", "-at_install")
class TestAttackNumbers(OutsourcingCommon, OddNumbers):
    """No field of outsourcing keeps NaN or infinity, and none answers with an error."""

    @mute_logger("odoo.sql_db")
    def test_odd_numbers(self):
        self.assertFalse(
            self._find_passed("/outsourcing_mgmt/", "outsourcing.", "res.company")
        )
