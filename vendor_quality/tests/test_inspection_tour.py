import base64
from datetime import timedelta
from io import BytesIO

from PIL import Image

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import QualityCommon


@tagged("post_install", "-at_install")
class TestInspectionTour(QualityCommon, HttpCase):
    """An inspector does a round on a phone, in a real browser."""

    browser_size = "390x844"
    touch_enabled = True

    def test_round_on_a_phone(self):
        today = fields.Date.today()
        contract = self._create_contract(
            date_start=today - timedelta(days=30), date_end=today + timedelta(days=300)
        )
        plan = self._create_plan(
            contract_id=contract.id, frequency="daily", date_start=today
        )
        plan.line_ids[1].photo_required = True
        plan.action_generate()
        inspection = plan.inspection_ids.sorted("date_due")[0]
        self.start_tour(
            f"/odoo/inspections/{inspection.id}",
            "vendor_quality_inspection",
            login=self.inspector_user.login,
        )
        self.assertRecordValues(
            inspection,
            [{"state": "done", "done_by_id": self.inspector_user.id, "pass_rate": 50}],
        )
        photo = inspection.line_ids[1].photo
        picture = Image.open(BytesIO(base64.b64decode(photo)))
        self.assertEqual(picture.size, (1920, 1920), "scaled down before it is sent")
