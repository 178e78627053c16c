from lxml import etree

from odoo.tests import TransactionCase, tagged

APPROVE = {"action_approve", "action_tier_approve", "action_activate"}
OCA = {"validate_tier", "reject_tier"}
ORDER = (
    "request_validation",
    "action_tier_approve",
    "action_open_tier_refuse_wizard",
    "restart_validation",
)


@tagged("post_install", "-at_install")
class TestReviewedForms(TransactionCase):
    """Each reviewed document of all modules has one Approve and one Refuse."""

    def _reviewed(self):
        mixin = self.env.registry["outsourcing.tier.mixin"]
        for name, model in self.env.registry.items():
            if issubclass(model, mixin) and model._auto and not model._abstract:
                if self.env["ir.ui.view"].search_count(
                    [("model", "=", name), ("type", "=", "form")], limit=1
                ):
                    yield name

    def test_one_decision_is_one_button(self):
        seen = 0
        for name in self._reviewed():
            arch = etree.fromstring(self.env[name].get_view(view_type="form")["arch"])
            buttons = [
                button.get("name")
                for button in arch.xpath("//header//button")
                if button.get("invisible") != "1"
            ]
            with self.subTest(model=name):
                seen += 1
                self.assertFalse(OCA.intersection(buttons))
                approving = [button for button in buttons if button in APPROVE]
                self.assertLessEqual(len(approving), 2, approving)
                self.assertLessEqual(approving.count("action_approve"), 1)
                if "action_approve" in approving:
                    self.assertNotIn("action_tier_approve", approving)
                refusing = [button for button in buttons if "refuse" in button]
                self.assertLessEqual(len(refusing), 1, refusing)
                self.assertFalse(arch.xpath("//*[@name='reviews']//button"))
                order = [name for name in buttons if name in ORDER or "cancel" in name]
                steps = [name for name in order if name in ORDER]
                self.assertEqual(steps, sorted(steps, key=ORDER.index))
                self.assertEqual(order[: len(steps)], steps, "before Cancel")
        self.assertGreater(seen, 4)
