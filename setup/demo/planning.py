"""Requests of the yearly plan that no tender follows yet, or never will."""

from odoo import Command

from .tenders import Plan, apply_for, procure

WAITING = Plan(
    *("night", "GUARD", "Night guards of plant 2", 12, 14000.0, 0),
    bids={},
    until="request",
    description="Two guards from 22 to 6; plant 2 works in three shifts from spring.",
)
APPROVED = Plan(
    *("payroll", "STAFF", "Payroll clerk for the peak season", 6, 9500.0, 0),
    bids={},
    until="request",
    clerk="finance",
)
PRICED = Plan(
    *("windows", "CLEAN", "Window cleaning, twice a year", 2, 15000.0, 31000.0),
    bids={},
    until="price",
)


def threads(story):
    """Requests in every state, for this year and the next."""
    yield procure(story, story.ago(20, "10:40"), APPROVED)
    yield procure(story, story.ago(14, "09:20"), PRICED)
    yield refused(story)
    yield cancelled(story)
    yield waiting(story)
    yield draft(story)


def waiting(story):
    """Submitted, in HR's tray."""
    yield story.ago(2, "15:30")
    # only the first step of the way
    next(apply_for(story, WAITING))


def refused(story):
    """HR sends it back: the work is the company's own."""
    yield story.ago(60, "11:15")
    request = file(story, "head", "Test engineers of the new line", "STAFF", 160000)
    request.action_submit()
    yield story.later(2, "09:50")
    story.act("hr", request).action_refuse(
        "Testing the line is core business; hire for it instead."
    )


def cancelled(story):
    """Given up by its applicant."""
    yield story.ago(75, "14:10")
    request = file(story, "head", "Shuttle bus to the metro", "STAFF", 60000)
    request.action_submit()
    yield story.later(4, "16:20")
    request.action_cancel()


def draft(story):
    """Begun by the clerk of Operations."""
    yield story.ago(1, "17:05")
    file(story, "applicant", "Care of the plants in the offices", "CLEAN", 12000)


def file(story, login, subject, category, amount):
    """Write a request of one line for the next year."""
    category = story.env["outsourcing.category"].search([("code", "=", category)])
    year = story.day().year + 1
    return story.model(login, "outsourcing.request").create(
        {
            "subject": subject,
            "employee_id": story.employee(login).id,
            "category_id": category.id,
            "is_back_office": True,
            "plan_year": year,
            "date_start": f"{year}-01-01",
            "date_end": f"{year}-12-31",
            "line_ids": [
                Command.create(
                    {
                        "product_id": category.product_id.id,
                        "product_qty": 12,
                        "price_unit": amount / 12,
                    }
                )
            ],
        }
    )
