from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ..models.bid import vendor as portal
from .attack_matrix import MATRIX
from .attack_rights import RightsAttacks
from .common import GROUPS, PDF, SIGNED_COPY, IncentiveCommon, TenderCommon


@tagged("post_install", "-at_install")
class TestMatrix(RightsAttacks, IncentiveCommon, TenderCommon):
    """Who may do what with each model, in each state that this world meets.

    ``stranger`` is an employee without a role, ``plain`` one that is concerned,
    ``system`` a settings administrator, ``far`` holds every role in another company,
    ``vendor`` bids and ``rival`` does not.
    """

    matrix_prefixes = ("outsourcing.",)
    matrix_modules = ("outsourcing_mgmt",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        more = cls._new_users(
            {"stranger": "base.group_user", "system": "base.group_system"}
        )
        other = cls.env["res.company"].create({"name": "Far"})
        far = cls._new_user(
            "far",
            ",".join(GROUPS.values()),
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        cls.roles = {
            **more,
            **{role: getattr(cls, f"{role}_user") for role in ("plain", *GROUPS)},
            "head": cls.head_user,
            "member": cls.members[0].user_id,
            "vendor": cls.vendor_users[0],
            "rival": cls._new_vendors(["Rival"]),
            "far": far,
        }
        cls._drop_unique_indexes()

    def test_matrix(self):
        self._play_requests()
        for tender in self._walk_states():
            self._play_parts(tender)
            self._look(self.roles)
        self._play_contract()
        self._play_conduct()
        self._assert_matrix(MATRIX, self.roles)

    def _play_requests(self):
        plan = (
            self.env["outsourcing.plan"]
            .with_user(self.hr_user)
            .create(
                {
                    "year": 2050,
                    "line_ids": [
                        Command.create(
                            {
                                "department_id": self.department.id,
                                "category_id": self.category.id,
                            }
                        )
                    ],
                }
            )
        )
        self._look(self.roles)
        plan.request_validation()
        plan.with_user(self.other_hr_user).action_approve()
        plan.with_user(self.manager_user).action_approve()
        request = self._create_request()
        price = self._create_reference_price(self._create_approved_request())
        self._look(self.roles)
        request.action_submit()
        price.action_submit()
        self._look(self.roles)
        request.with_user(self.hr_user).action_refuse("No budget")
        price.action_cancel()
        self.category.criterion_ids = [
            Command.create({"name": "Price", "kind": "price", "weight": 10000})
        ]
        self._look(self.roles)

    def _play_parts(self, tender):
        """Add what belongs to a tender, in the states that allow it."""
        mine = {"tender_id": tender.id}
        env = self.env(user=self.procurement_user)
        if tender.state == "draft":
            env["outsourcing.tender.document"].create(
                {**mine, "name": "Specification", "file": SIGNED_COPY}
            )
        elif tender.state == "published":
            portal.ask_question(
                tender.with_user(self.vendor_users[0]).sudo(), "How many floors?"
            )
            env["outsourcing.tender.addendum"].create(
                {
                    **mine,
                    "subject": "Floors",
                    "price_statement": "The rates hold for each unit.",
                    "body": "<p>Three.</p>",
                    "change_ids": [
                        Command.create(
                            {"line_id": tender.line_ids[:1].id, "product_qty": 15}
                        )
                    ],
                }
            )
            env["outsourcing.tender.meeting"].create(
                {
                    **mine,
                    "kind": "site",
                    "start": self.start + timedelta(days=1),
                    "attendance_ids": [Command.create({"name": "Mrs Li"})],
                }
            )
            bid = portal.start_bid(tender.with_user(self.vendor_users[1]).sudo())
            portal.add_file(bid, "concept.pdf", PDF)
        elif tender.state == "standstill":
            bid = tender.sudo().bid_ids.filtered(lambda bid: bid.rank == 2)
            user = self.vendor_users.filtered(
                lambda user: user.partner_id.commercial_partner_id == bid.partner_id
            )
            portal.object_to_award(bid.with_user(user).sudo(), "Wrong points")
            self._look(self.roles)
            objection = (
                env["outsourcing.objection"].sudo().search([("bid_id", "=", bid.id)])
            )
            objection.with_user(self.other_officer_user).sudo(False).action_decide(
                False, "They are right"
            )

    def _play_contract(self):
        order = self._create_order()
        contract = self._create_contract(order=order)
        milestone = self.env["outsourcing.contract.milestone"].create(
            {
                "name": "January",
                "contract_id": contract.id,
                "date_due": self.today,
                "purchase_line_id": order.order_line.id,
                "quantity": 1.0,
            }
        )
        person = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.vendor.id}
        )
        self._look(self.roles)
        self._send_to_sign(contract)
        self._look(self.roles)
        contract.with_user(self.procurement_user).action_sign(self.today, SIGNED_COPY)
        self._look(self.roles)
        contract.with_user(self.procurement_user).action_activate()
        self.env["outsourcing.contract.amendment"].with_user(
            self.procurement_user
        ).create(
            {
                "name": "More floors",
                "contract_id": contract.id,
                "reason": "Two more floors",
                "line_ids": [
                    Command.create(
                        {"purchase_line_id": order.order_line.id, "quantity": 13}
                    )
                ],
            }
        )
        self.env["outsourcing.contract.guarantee"].with_user(
            self.procurement_user
        ).create(
            {
                "contract_id": contract.id,
                "name": "BG-77",
                "issuer": "First Bank",
                "amount": 1200,
                "date_expiry": self._days(20),
            }
        )
        worker = self.env["outsourcing.worker"].with_user(self.officer_user)
        worker = worker.create(
            {"partner_id": person.id, "contract_id": contract.id, "role": "Cleaner"}
        )
        self._look(self.roles)
        self._play_parts_of_contract(contract, worker)
        milestone.with_user(self.officer_user).action_submit()
        self._look(self.roles)
        milestone.with_user(self.other_officer_user).action_accept()
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        self._look(self.roles)
        leaving = contract.exit_ids.with_user(self.officer_user)
        people = leaving.line_ids.filtered("worker_id")
        people.write({"result": "missing", "note": "Goes on elsewhere"})
        (leaving.line_ids - people).result = "done"
        leaving.write({"handed_over_by": "Ann", "signed_copy": SIGNED_COPY})
        leaving.with_user(self.other_officer_user).action_sign()
        self._play_blacklist()

    def _play_parts_of_contract(self, contract, worker):
        """Documents, and the days of somebody on site."""
        worker.action_onboard()
        document = self.env["outsourcing.contract.document"]
        document = document.with_user(self.officer_user)
        values = {
            "contract_id": contract.id,
            "name": "Insurance",
            "document_type": "certificate",
            "file": SIGNED_COPY,
            "file_name": "insurance.pdf",
        }
        document.create({**values, "supersedes_id": document.create(values).id})
        day = self.env["outsourcing.roster.day"].with_user(self.officer_user)
        day = day.create({"worker_id": worker.id, "date": self.today})
        self._look(self.roles)
        day.action_confirm()
        self._look(self.roles)

    def _play_blacklist(self):
        entry = (
            self.env["outsourcing.blacklist"]
            .with_user(self.procurement_user)
            .create(
                {
                    "partner_id": self.other_vendor.id,
                    "ground": "abandoned",
                    "reason": "Nobody came",
                    "date_to": self._days(90),
                }
            )
        )
        self._look(self.roles)
        entry.request_validation()
        entry.with_user(self.manager_user).action_activate()
        self._look(self.roles)
        entry.with_user(self.officer_user).action_appeal("They were ill")
        self._look(self.roles)

    def _play_conduct(self):
        finding = self._create_finding()
        event = self._create_event()
        self._look(self.roles)
        finding.with_user(self.finance_user).action_reject("Known already")
        event.with_user(self.hr_user).action_confirm()
        self._look(self.roles)
        reward = self._create_reward()
        self._look(self.roles)
        self._submit(reward)
        self._look(self.roles)
        reward.with_user(self.plain_user).action_answer("Thank you")
        self._pass_reviews(reward, self.other_hr_user)
        reward.with_user(self.other_hr_user).action_approve()
        self._look(self.roles)
        reward.with_user(self.hr_user).action_apply()
        self._look(self.roles)
