from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.tests.attack_paths import PathAttacks

from .common import TODAY
from .test_form_dispute import DisputeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAttackOracles(PathAttacks, DisputeCommon):
    """Questions that tell what one may not read."""

    @mute_logger("odoo.domains", "odoo.models")
    def test_documents_through_relations(self):
        ticket = (
            self.env["itsm.ticket"]
            .with_user(self.officer_user)
            .create({"subject": "Secret subject", "description": "<p>Secret</p>"})
        )
        self.form.action_submit()
        strangers = [
            self.plain_user,
            self.vendor_user,
            self.peer_user,
            self.inspector_user,
            self._new_user("settings", "base.group_system"),
        ]
        count = 0
        for record, field in (
            (self.form, "score"),
            (self.contract, "subject"),
            (ticket, "subject"),
            (self.rounds, "points"),
        ):
            count += self.assertHidden(record, field, strangers)
        self.assertGreater(count, 500)
