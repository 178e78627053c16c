from odoo.tests import freeze_time, tagged

from .consequence_common import ConsequenceCommon
from .quality_common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestForecastRefresh(ConsequenceCommon):
    """The nightly row of each contract about its running period."""

    def test_counts_until_yesterday(self):
        Forecast = self.env["vendor.quality.forecast"]
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        self._create_round("2026-03-02", ["fail"] * 20)
        row = Forecast._refresh(self.contract)
        # Rounds 90 % give 50 points, presence 75 as in February.
        self.assertRecordValues(
            row,
            [
                {
                    "status": "warning",
                    "score": 60,
                    "grade": "B",
                    "failures_left": 1,
                    "metric_id": self.metric_rounds.id,
                    "next_grade": "C",
                    "is_near": True,
                }
            ],
        )
