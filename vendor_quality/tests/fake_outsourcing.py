"""What people of outsourcing do with contracts, for the worlds of quality tests."""

from odoo import Command
from odoo.tests import freeze_time, new_test_user


def find_user(records, login, role):
    """Return a user of the company of ``records`` with a role in outsourcing."""
    company = records.company_id
    env = records.sudo().env
    user = env["res.users"].search([("login", "=", login)]) or new_test_user(
        env,
        login,
        f"outsourcing_mgmt.group_outsourcing_{role}",
        company_id=company.id,
    )
    user.company_ids |= company
    return user


def review_direct(contract):
    """Let manager and finance of outsourcing review a contract without tender."""
    users = [
        find_user(contract, f"direct_{role}", role) for role in ("manager", "finance")
    ]
    contract.request_validation()
    for user in users:
        contract.with_user(user).validate_tier()


def send_direct(contract):
    """Have a contract without tender reviewed, and send it to sign."""
    review_direct(contract)
    contract.action_send_to_sign()


def deliver(milestones, moment, price=None, reject=None):
    """Let an officer report the milestones at ``moment`` and another one decide.

    :param price: what each is worth, by a line of an order of its own
    :param reject: reason to send them back
    """
    env = milestones.sudo().env
    first, second = (
        find_user(milestones, login, "officer")
        for login in ("delivery_one", "delivery_two")
    )
    for milestone in milestones if price else ():
        product = env["product.product"].create(
            {"name": "Part", "type": "service", "purchase_method": "receive"}
        )
        line = {"product_id": product.id, "product_qty": 1, "price_unit": price}
        order = env["purchase.order"].create(
            {
                "partner_id": milestone.contract_id.partner_id.id,
                "currency_id": milestone.currency_id.id,
                "outsourcing_contract_id": milestone.contract_id.id,
                "order_line": [Command.create(line)],
            }
        )
        order.button_confirm()
        milestone.write({"purchase_line_id": order.order_line.id, "quantity": 1})
    with freeze_time(moment):
        milestones.with_user(first).action_submit()
        if reject:
            milestones.with_user(second).action_reject(reject)
        else:
            milestones.with_user(second).action_accept()
