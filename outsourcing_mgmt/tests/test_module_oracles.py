from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .attack_paths import PathAttacks
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestAttackOracles(PathAttacks, TenderCommon):
    """Questions that tell what one may not read: domains, groups, order, export."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.evaluated = cls._create_scored()
        cls.strangers = [
            cls.plain_user,
            cls.user_user,
            cls.head_user,
            cls.vendor_users[1],
            new_test_user(cls.env, "oracle_settings", "base.group_system"),
        ]

    @mute_logger("odoo.domains", "odoo.models")
    def test_bids_and_scores_through_relations(self):
        bid = self._get_bid(self.evaluated, 0)
        score = self.env["outsourcing.score"].search(
            [("tender_id", "=", self.evaluated.id), ("value", ">", 0)], limit=1
        )
        count = self.assertHidden(bid, "amount_total", self.strangers)
        count += self.assertHidden(bid.line_ids[:1], "price_unit", self.strangers)
        count += self.assertHidden(score, "value", self.strangers)
        self.assertGreater(count, 500)

    def test_order_groups_and_export(self):
        bid = self._get_bid(self.evaluated, 0)
        amounts = {str(bid.amount_total), str(bid.line_ids[:1].price_unit)}
        export = self.env.ref("base.group_allow_export")
        for user in self.strangers:
            user.sudo().group_ids |= export if not user.share else export.browse()
            Bid = bid.with_user(user).browse()
            tender = self.evaluated.with_user(user)
            attacks = {
                "order": lambda Bid=Bid: Bid.search([], order="amount_total"),
                "sum": lambda Bid=Bid: Bid.formatted_read_group(
                    [], ["tender_id"], ["amount_total:sum"]
                ),
                "web": lambda Bid=Bid: Bid.web_read_group(
                    [], ["tender_id"], ["amount_total:sum"]
                ),
                "having": lambda Bid=Bid: Bid._read_group(
                    [], ["tender_id"], having=[("amount_total:sum", ">", 1)]
                ),
                "name": lambda Bid=Bid: Bid.name_search("", [("amount_total", ">", 1)]),
                "export": lambda bid=bid, user=user: bid.with_user(user).export_data(
                    [".id", "amount_total", "message_ids/body"]
                ),
                "export over the tender": lambda tender=tender: tender.export_data(
                    [".id", "bid_ids/amount_total", "bid_ids/line_ids/price_unit"]
                ),
                "export of the price": lambda tender=tender: tender.export_data(
                    ["reference_price_id/source_ids/amount"]
                ),
            }
            for name, attack in attacks.items():
                with self.subTest(user=user.login, attack=name):
                    told = self._ask(attack)
                    for amount in amounts:
                        self.assertNotIn(amount, told)
                    if name in ("order", "having", "name"):
                        self.assertIn(told, ("", "[]"))

    def _ask(self, attack):
        """Return what an attack is told, as a text; nothing where it is refused."""
        try:
            result = attack()
        except UserError:
            self.env.invalidate_all()
            return ""
        return repr(result.ids if hasattr(result, "ids") else result)
