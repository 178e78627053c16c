from datetime import datetime

from pytz import UTC, timezone

from odoo.tests import TransactionCase, tagged

from ..tools import procedure


@tagged("post_install", "-at_install")
class TestProcedureTools(TransactionCase):
    """The arithmetic of a procedure, without records."""

    def test_committee(self):
        cases = [
            # voting, experts, minimum, odd, share, problems
            (3, 0, 3, True, 0, []),
            (2, 0, 3, True, 0, ["too_small", "even"]),
            (4, 0, 3, True, 0, ["even"]),
            (4, 0, 3, False, 0, []),
            (5, 3, 5, True, 66.66, ["too_few_experts"]),
            (5, 4, 5, True, 66.66, []),
            (3, 2, 3, True, 66.67, []),
            (0, 0, 0, True, 0, []),
        ]
        for voting, experts, minimum, odd, share, expected in cases:
            problems = procedure.committee_problems(
                voting, experts, minimum, odd, share
            )
            self.assertEqual(problems, expected)

    def test_experts_needed(self):
        cases = [(3, 0, 0), (3, 33.33, 1), (3, 50, 2), (6, 66.67, 4), (3, 100, 3)]
        for voting, share, expected in cases:
            self.assertEqual(procedure.experts_needed(voting, share), expected)

    def test_periods(self):
        moment = datetime(2026, 2, 27, 12, 30)
        self.assertEqual(
            procedure.earliest_deadline(moment, 5, UTC), datetime(2026, 3, 4, 12, 30)
        )
        self.assertEqual(
            procedure.question_end(moment, 2, UTC), datetime(2026, 2, 25, 12, 30)
        )
        self.assertEqual(procedure.standstill_end(moment, 0, UTC), moment)

    def test_days_over_a_change_of_the_clock(self):
        """Ten days later it is the same time of the day, though an hour is gained."""
        brussels = timezone("Europe/Brussels")
        published, later = datetime(2026, 10, 20, 8), datetime(2026, 10, 30, 9)
        self.assertEqual(procedure.earliest_deadline(published, 10, brussels), later)
        self.assertEqual(procedure.standstill_end(published, 10, brussels), later)
        self.assertEqual(procedure.question_end(later, 10, brussels), published)

    def test_proposed_deadline(self):
        shanghai = timezone("Asia/Shanghai")
        # Thursday, 1:30 in the morning in Shanghai; the eighth day is a Friday.
        late = datetime(2026, 3, 4, 17, 30)
        self.assertEqual(
            procedure.propose_deadline(late, 5, shanghai), datetime(2026, 3, 13, 9)
        )
        # A day later it would be a Saturday.
        self.assertEqual(
            procedure.propose_deadline(late, 6, shanghai), datetime(2026, 3, 16, 9)
        )
