"""HR's yearly plan, and requests that no tender follows yet, or never will."""

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


BUDGETS = (
    ("head", "IT", 240000.0),
    ("head", "CLEAN", 300000.0),
    ("head", "GUARD", 330000.0),
    ("head", "STAFF", 120000.0),
    ("finance", "STAFF", 60000.0),
)


def threads(story):
    """The plan, and requests in every state, for this year and the next."""
    yield yearly_plan(story)
    yield procure(story, story.ago(20, "10:40"), APPROVED)
    yield procure(story, story.ago(14, "09:20"), PRICED)
    yield refused(story)
    yield cancelled(story)
    yield waiting(story)
    yield draft(story)


def yearly_plan(story):
    """HR plans the year, a second person of HR and the manager approve the plan.

    The next year is being written.
    """
    yield story.ago(228, "09:00")
    plan = story.model("hr", "outsourcing.plan").create(
        {
            "year": story.day().year,
            "line_ids": [
                Command.create(
                    {
                        "department_id": story.employee(login).department_id.id,
                        "category_id": category_of(story, code).id,
                        "date_start": story.day(),
                        "budget": budget,
                    }
                )
                for login, code, budget in BUDGETS
            ],
        }
    )
    plan.request_validation()
    yield story.ago(227, "10:10")
    story.act("hr2", plan).action_approve()
    yield story.ago(226, "09:40")
    story.act("manager", plan).action_approve()
    yield story.ago(9, "10:20")
    story.act("hr", plan).copy()


def category_of(story, code):
    """Return the category of a code."""
    return story.env["outsourcing.category"].search([("code", "=", code)])


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
    category = category_of(story, category)
    year = story.day().year + 1
    return story.model(login, "outsourcing.request").create(
        {
            "subject": subject,
            "employee_id": story.employee(login).id,
            "category_id": category.id,
            "is_back_office": True,
            "who_directs": "vendor",
            "whose_tools": "vendor",
            "who_sets_hours": "vendor",
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
