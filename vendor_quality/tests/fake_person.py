"""Tests that play people of both modules without a request of theirs."""

from odoo.addons.itsm_desk.tests import fake_person as desk
from odoo.addons.outsourcing_mgmt.tests import fake_person as outsourcing


class InProcess(outsourcing.InProcess, desk.InProcess):
    """Steps are taken as the user of the record's environment, as tests say it."""
