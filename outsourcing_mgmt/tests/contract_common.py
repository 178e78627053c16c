from contextlib import contextmanager
from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError

from .common import OutsourcingCommon


class ContractCommon(OutsourcingCommon):
    """A vendor with an ordered service, and contracts in any state.

    Contracts of these tests are made by the manager without a tender; the
    road from the award has its own tests.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.today = cls.company._outsourcing_today()
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Bright Cleaning", "is_company": True, "supplier_rank": 1}
        )
        cls.other_vendor = cls.env["res.partner"].create(
            {"name": "Spotless Ltd", "is_company": True, "supplier_rank": 1}
        )
        for name in ("plain", "hr", "other_hr", "procurement", "officer", "finance"):
            user = getattr(cls, f"{name}_user")
            setattr(cls, f"{name}_employee", cls._new_employee(user, cls.department))

    @contextmanager
    def assertRefused(self, pattern, exception=UserError):
        """Expect a refusal that says ``pattern`` and leaves nothing behind."""
        with self.assertRaises(exception) as refusal:
            yield
        self.assertRegex(str(refusal.exception), pattern)

    def _run_cron(self, name):
        """Run a scheduled action of the module as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"outsourcing_mgmt.{name}").method_direct_trigger()
        self.env.invalidate_all()

    @classmethod
    def _days(cls, days):
        return cls.today + timedelta(days=days)

    @classmethod
    def _create_order(cls, confirm=True, quantity=12, price=1000.0, partner=None):
        order = cls.env["purchase.order"].create(
            {
                "partner_id": (partner or cls.vendor).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        if confirm:
            order.button_confirm()
        return order

    @classmethod
    def _create_contract(cls, user=None, order=None, **values):
        vals = {
            "subject": "Cleaning of the head office",
            "partner_id": cls.vendor.id,
            "date_start": cls.today,
            "date_end": cls._days(364),
            "amount_total": 12000.0,
            "notice_days": 30,
            "owner_id": cls.officer_user.id,
            "direct_reason": "Running contract taken over",
            **values,
        }
        if order:
            vals["purchase_order_ids"] = [Command.link(order.id)]
        return (
            cls.env["outsourcing.contract"]
            .with_user(user or cls.procurement_user)
            .create(vals)
        )

    @classmethod
    def _create_signed(cls, signed_date=None, **values):
        contract = cls._create_contract(**values)
        contract.with_user(cls.manager_user).action_send_to_sign()
        contract.with_user(cls.procurement_user).action_sign(signed_date or cls.today)
        return contract

    @classmethod
    def _create_active(cls, **values):
        contract = cls._create_signed(**values)
        contract.with_user(cls.procurement_user).action_activate()
        return contract

    @classmethod
    def _create_finding(cls, user=None, **values):
        vals = {
            "subject": "Invoice counts a month twice",
            "reporter_id": cls.plain_employee.id,
            "estimated_amount": 8000.0,
            **values,
        }
        if "contract_id" not in vals:
            vals["contract_id"] = cls._create_active().id
        return (
            cls.env["outsourcing.finding"]
            .with_user(user or cls.plain_user)
            .create(vals)
        )

    @classmethod
    def _create_verified(cls, saving=5000.0, **values):
        finding = cls._create_finding(**values)
        finding.with_user(cls.finance_user).action_verify(saving)
        return finding

    @classmethod
    def _create_reward(cls, finding=None, user=None, amount=300.0, **values):
        return (
            cls.env["outsourcing.incentive"]
            .with_user(user or cls.hr_user)
            .create(
                {
                    "incentive_type": "reward",
                    "kind": "money",
                    "amount": amount,
                    "employee_id": cls.plain_employee.id,
                    "finding_id": (finding or cls._create_verified()).id,
                    "reason": "Found a double charge before it was paid",
                    **values,
                }
            )
        )

    @classmethod
    def _create_event(cls, code="filed_late", record=None, employee=None, **values):
        return cls.env["outsourcing.compliance.event"]._raise(
            code,
            record or cls._create_active(),
            employee=employee or cls.procurement_employee,
            note="Raised by a test",
            **values,
        )
