from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

GROUPS = {
    "user": "outsourcing_mgmt.group_outsourcing_user",
    "officer": "outsourcing_mgmt.group_outsourcing_officer",
    "procurement": "outsourcing_mgmt.group_outsourcing_procurement",
    "hr": "outsourcing_mgmt.group_outsourcing_hr",
    "finance": "outsourcing_mgmt.group_outsourcing_finance",
    "manager": "outsourcing_mgmt.group_outsourcing_manager",
    "auditor": "outsourcing_mgmt.group_outsourcing_auditor",
}


class OutsourcingCommon(BaseCommon):
    """One company with a department and one user of each role.

    ``cls.<role>_user`` for every role, a second officer, HR and finance user
    for four-eyes tests, and ``cls.plain_user``, an employee without a role.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        for role, group in GROUPS.items():
            setattr(cls, f"{role}_user", cls._new_user(role, group))
        for role in ("officer", "hr", "finance", "procurement"):
            setattr(cls, f"other_{role}_user", cls._new_user(f"{role}2", GROUPS[role]))
        cls.plain_user = cls._new_user("plain", "base.group_user")
        cls.head_user = cls._new_user("head", GROUPS["user"])
        cls.department = cls.env["hr.department"].create({"name": "Operations"})
        cls.head = cls._new_employee(cls.head_user, cls.department)
        cls.department.manager_id = cls.head
        cls.applicant = cls._new_employee(cls.user_user, cls.department)
        cls.product = cls.env["product.product"].create(
            {
                "name": "Cleaning, month",
                "type": "service",
                "purchase_method": "receive",
                "purchase_ok": True,
            }
        )
        cls.category = cls.env["outsourcing.category"].create(
            {
                "name": "Cleaning",
                "code": "CLEAN-T",
                "product_id": cls.product.id,
                "procedure_id": cls.env.ref(
                    "outsourcing_mgmt.procedure_company_invited"
                ).id,
            }
        )

    @classmethod
    def _new_user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=f"outsourcing_{login}",
            groups=groups,
            name=f"Test {login}",
            email=f"{login}@outsourcing.test",
            company_id=cls.env.company.id,
            **values,
        )

    @classmethod
    def _new_employee(cls, user, department=None, **values):
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "department_id": department.id if department else False,
                "company_id": cls.env.company.id,
                **values,
            }
        )

    @classmethod
    def _prepare_request(cls, **values):
        return {
            "subject": "Cleaning of the head office",
            "employee_id": cls.applicant.id,
            "category_id": cls.category.id,
            "is_non_core": True,
            "date_start": fields.Date.to_date("2026-01-01"),
            "date_end": fields.Date.to_date("2026-12-31"),
            "plan_year": 2026,
            "line_ids": [
                Command.create(
                    {
                        "product_id": cls.product.id,
                        "product_qty": 12,
                        "price_unit": 10000,
                    }
                )
            ],
            **values,
        }

    @classmethod
    def _create_request(cls, user=None, **values):
        """Create a draft request as ``user``, by default the applicant."""
        return (
            cls.env["outsourcing.request"]
            .with_user(user or cls.user_user)
            .create(cls._prepare_request(**values))
        )

    @classmethod
    def _create_approved_request(cls, **values):
        request = cls._create_request(**values)
        request.action_submit()
        cls._pass_reviews(request, cls.hr_user, cls.manager_user)
        request.with_user(cls.hr_user).action_approve()
        return request

    @classmethod
    def _pass_reviews(cls, record, *users):
        """Let each user settle the reviews that are open to him."""
        for user in users:
            mine = record.with_user(user)
            mine.invalidate_recordset()
            if mine._tier_get_open_reviews_of_user():
                mine.validate_tier()

    @classmethod
    def _create_reference_price(cls, requests, amount=100000.0, **values):
        return (
            cls.env["outsourcing.reference.price"]
            .with_user(cls.officer_user)
            .create(
                {
                    "request_ids": [Command.set(requests.ids)],
                    "amount": amount,
                    "source_ids": [
                        Command.create({"method": "market", "name": "Three quotes"})
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _create_approved_reference_price(cls, requests, amount=100000.0, **values):
        price = cls._create_reference_price(requests, amount, **values)
        price.action_submit()
        cls._pass_reviews(price, cls.finance_user)
        price.with_user(cls.finance_user).action_approve()
        return price
