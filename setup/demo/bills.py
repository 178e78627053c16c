"""Vendor bills: before the gate, paid, waiting, held, let through once."""

from datetime import timedelta

from odoo import Command

BILL = "account.move"
EXCEPTION = "vendor.quality.exception"
VENDORS = {"it": "it1", "cleaning": "clean1", "guards": "clean3"}
FEES = {"it": 18000.0, "cleaning": 11800.0, "guards": 12000.0}


def threads(story):
    """The gate starts with the service; each contract is billed each month."""
    yield before_the_gate(story)
    yield start_the_gate(story)
    for key in FEES:
        yield paid(story, key)
        yield waiting(story, key)
        yield held(story, key)
    yield take_off(story)
    yield let_through(story)
    yield exception_waits(story)
    yield put_off(story)


def before_the_gate(story):
    """The guards' first month was billed and paid as ever."""
    yield story.at(story.month(-4), "11:00") + timedelta(days=12)
    bill = enter(story, "guards", -4, governed=False)
    bill.action_post()
    yield story.later(7, "10:30")
    pay(story, bill, bill.amount_total)


def start_the_gate(story):
    """Quality finance starts the gate for the company."""
    yield story.at(story.month(-3), "08:40")
    wizard = story.model("qualityfinance", "vendor.quality.go.live").create(
        {"gate_from": story.month(-3)}
    )
    wizard.action_start()


def paid(story, key):
    """The first month: posted on the approved form, paid as far as it allows."""
    bill = yield from post_on_form(story, key, -3)
    yield story.later(6, "10:00")
    form = story.made[key, -3, "form"].sudo()
    if form.payable_amount and not form.gate_band_id.blocks_payment:
        pay(story, bill, min(form.payable_amount, bill.amount_residual))


def waiting(story, key):
    """The second month: posted, waits for the run of payments."""
    bill = yield from post_on_form(story, key, -2)
    if key == "cleaning":
        yield story.later(8, "10:00")
        pay(story, bill, story.made[key, -2, "form"].sudo().payable_amount)


def held(story, key):
    """The last month: entered before its form is approved, so the gate holds it."""
    yield story.at(story.month_end(-1), "15:00") + timedelta(days=5)
    story.made[key, "held"] = enter(story, key, -1)


def take_off(story):
    """Cleaning, first month: deductions credited, the retention released and paid."""
    yield story.at(story.month_end(-3), "11:00") + timedelta(days=24)
    bill = story.made["cleaning", -3, "bill"]
    story.model("accountant", "vendor.quality.deduction.apply").with_context(
        active_model=BILL, active_ids=bill.ids
    ).create({"is_posted": True}).action_apply()
    form = story.made["cleaning", -3, "form"].sudo()
    retained = form.deduction_ids.filtered(lambda item: item.kind == "retention")
    yield story.at(retained.date_release, "09:10") + timedelta(days=3)
    story.act("qualityfinance2", retained).action_release()
    yield story.later(1, "10:00")
    pay(story, bill, bill.amount_residual)


def let_through(story):
    """The guards' bad month: half of the bill is paid once, by an exception."""
    yield story.at(story.month_end(-2), "10:00") + timedelta(days=16)
    bill = story.made["guards", -2, "bill"]
    request = story.model("accountant", EXCEPTION).create(
        {
            "move_id": bill.id,
            "stage": "payment",
            "amount_limit": bill.amount_total / 2,
            "reason": "Half of the fee pays the guards' wages; they did their part.",
        }
    )
    request.action_submit()
    yield story.later(1, "14:30")
    story.review(request, "qualityfinance")
    story.act("qualityfinance", request).action_approve()
    yield story.later(1, "10:30")
    pay(story, bill, bill.amount_total / 2)


def exception_waits(story):
    """The accountant asks to let the guards' bill through once."""
    yield story.at(story.month_end(-1), "15:40") + timedelta(days=6)
    bill = story.made["guards", "held"]
    request = story.model("accountant", EXCEPTION).create(
        {
            "move_id": bill.id,
            "reason": "The wages of the guards are due; the form follows.",
        }
    )
    request.action_submit()


def put_off(story):
    """The quality manager wants a later start; quality finance says no."""
    yield story.at(story.month(-2), "09:30") + timedelta(days=2)
    change = story.model("qualitymanager", "vendor.quality.gate.change").create(
        {
            "gate_from": story.month(-1),
            "reason": "The first forms take longer than planned.",
        }
    )
    change.action_submit()
    yield story.later(1, "14:00")
    story.act("qualityfinance", change).action_refuse(
        "The forms of the first month are nearly done."
    )


def post_on_form(story, key, month):
    """Enter the bill of a month; post it once its form is approved."""
    yield story.at(story.month_end(month), "15:00") + timedelta(days=5)
    bill = enter(story, key, month)
    while story.made[key, month, "form"].sudo().state != "approved":
        yield story.later(1, "15:00")
    bill.action_post()
    story.made[key, month, "bill"] = bill
    return bill


def enter(story, key, month, governed=True):
    """Enter the bill of a service month."""
    values = {
        "move_type": "in_invoice",
        "partner_id": story.user(VENDORS[key]).partner_id.parent_id.id,
        "invoice_date": story.day(),
        "ref": f"{key.upper()}-{story.month(month):%Y-%m}",
        "service_date_start": story.month(month),
        "service_date_end": story.month_end(month),
        "invoice_line_ids": [
            Command.create(
                {
                    "name": f"Service in {story.month(month):%B %Y}",
                    "quantity": 1,
                    "price_unit": FEES[key],
                    "tax_ids": [Command.clear()],
                }
            )
        ],
    }
    if governed:
        values["outsourcing_contract_id"] = story.made[key].id
    return story.model("accountant", BILL).create(values)


def pay(story, bill, amount):
    """Register a payment in the wizard."""
    wizard = (
        story.model("accountant", "account.payment.register")
        .with_context(active_model=BILL, active_ids=bill.ids)
        .create({"amount": amount})
    )
    wizard.action_create_payments()
