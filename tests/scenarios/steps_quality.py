"""Steps 8 to 10: inspections, quality form, the gate on the bill, conduct."""

from cast import add, check, pass_reviews, refused, set_to, today

PLAN = "vendor.quality.inspection.plan"
ROUND = "vendor.quality.inspection"
FORM = "vendor.quality.form"
BILL = "account.move"
EXCEPTION = "vendor.quality.exception"
FEE = 18000.0


def inspect(cast):
    """Inspections by plan; a missed one is found by the nightly job."""
    plan = cast.qualityofficer.create(
        PLAN,
        name="Service desk, every day",
        contract_id=cast.made["contract"],
        inspector_id=cast.user_id("inspector"),
        frequency="daily",
        date_start=today(-2),
        grace_days=1,
        line_ids=[
            add(name="Desk staffed from 8 to 18"),
            add(name="Handling forms complete"),
            add(name="Stock of spare parts counted"),
        ],
    )
    cast.qualityofficer.call(PLAN, "action_generate", [plan])
    rounds = cast.qualityofficer.search(
        ROUND, [["plan_id", "=", plan]], "date_due", order="date_due"
    )
    done = [item["id"] for item in rounds if today(-1) <= item["date_due"] <= today()]
    for item in done:
        lines = cast.inspector.search(
            f"{ROUND}.line", [["inspection_id", "=", item]], order="id"
        )
        passed, failed = lines[:-1], lines[-1:]
        if item == done[0]:
            passed, failed = lines, []
        _judge(cast, passed, "pass")
        _judge(cast, failed, "fail")
        cast.inspector.call(ROUND, "action_done", [item])
        refused(cast.inspector.call, ROUND, "action_verify", [item])
        cast.qualityofficer.call(ROUND, "action_verify", [item])
    _run_job(cast, "Vendor Quality: missed inspections and late feedback")
    missed = cast.qualityofficer.search(
        ROUND, [["plan_id", "=", plan], ["state", "=", "missed"]], "date_due"
    )
    check(missed and missed[0]["date_due"] == today(-2), missed)
    cast.made["missed"] = missed[0]["id"]
    return (
        f"{len(done)} rounds done and verified by a second person, "
        f"{len(missed)} found missed"
    )


def score_the_month(cast):
    """The quality form collects inspections and tickets into a score."""
    form = cast.made["form"] = cast.qualityofficer.create(
        FORM,
        contract_id=cast.made["contract"],
        date_start=today(-9),
        date_end=today(),
        fee_amount=FEE,
    )
    cast.qualityofficer.call(FORM, "action_collect", [form])
    for line in cast.qualityofficer.search(
        f"{FORM}.line", [["form_id", "=", form]], "metric_id", "points", "sample"
    ):
        check(line["metric_id"], line)
    cast.qualityofficer.call(FORM, "action_submit", [form])
    refused(cast.qualityofficer.call, FORM, "action_approve", [form])
    return _tell_form(cast, form, "submitted by the handler")


def hold_the_bill(cast):
    """The vendor's bill: refused, posted, paid as far as it may, one exception."""
    cast.admin.write("res.company", [1], vendor_quality_gate_from=today(-365))
    bill = cast.made["bill"] = cast.accountant.create(
        BILL,
        move_type="in_invoice",
        partner_id=cast.made["vendor"],
        invoice_date=today(),
        outsourcing_contract_id=cast.made["contract"],
        service_date_start=today(-9),
        service_date_end=today(),
        invoice_line_ids=[
            add(
                name="IT support",
                quantity=1,
                price_unit=FEE,
                tax_ids=[set_to([])],
            )
        ],
    )
    told = refused(cast.accountant.call, BILL, "action_post", [bill])
    refused(cast.accountant.write, BILL, [bill], state="posted")
    form = cast.made["form"]
    pass_reviews([cast.qualitymanager, cast.qualityfinance], FORM, form)
    cast.qualityfinance.call(FORM, "action_approve", [form])
    cast.accountant.call(BILL, "action_post", [bill])
    payable = cast.qualityofficer.read(FORM, form, "payable_amount")["payable_amount"]
    above = refused(_pay, cast, bill, FEE)
    if payable:
        _pay(cast, bill, payable)
    exception = cast.accountant.create(
        EXCEPTION,
        move_id=bill,
        stage="payment",
        amount_limit=FEE,
        expiry_date=today(7),
        reason="Contested deduction, settled by the director.",
    )
    cast.accountant.call(EXCEPTION, "action_submit", [exception])
    refused(cast.accountant.call, EXCEPTION, "action_approve", [exception])
    pass_reviews([cast.qualityfinance], EXCEPTION, exception)
    cast.qualityfinance.call(EXCEPTION, "action_approve", [exception])
    _pay(cast, bill, FEE - payable)
    seen = cast.accountant.read(BILL, bill, "name", "amount_residual")
    check(seen["amount_residual"] == 0, seen)
    return (
        f"bill {seen['name']}: refused without a form (“{told.splitlines()[0][:60]}…”), "
        f"posted after; {payable:.2f} of {FEE:.2f} payable, more refused "
        f"(“{above.splitlines()[0][:60]}…”), the rest by one exception"
    )


def reward_and_fine(cast):
    """A verified saving gives capped rewards, a missed inspection a fine of 100."""
    finding = cast.requester.create(
        "outsourcing.finding",
        name="Spare parts billed twice",
        contract_id=cast.made["contract"],
        description="<p>Two bills named the same parts.</p>",
        saving_claimed=9000,
    )
    refused(
        cast.requester.call,
        "outsourcing.finding",
        "action_verify",
        [finding],
        saving_amount=9000,
    )
    cast.finance.call(
        "outsourcing.finding", "action_verify", [finding], saving_amount=8000
    )
    return f"finding {finding} verified"


def _judge(cast, lines, result):
    for line in lines:
        cast.inspector.write(f"{ROUND}.line", [line["id"]], result=result)


def _run_job(cast, name):
    """Run a scheduled job now, as its administrator does."""
    job = cast.admin.search_id("ir.cron", ["cron_name", "=", name])
    cast.admin.call("ir.cron", "method_direct_trigger", [job])


def _pay(cast, bill, amount):
    wizard = cast.accountant.call(
        "account.payment.register",
        "create",
        vals_list=[{"amount": amount}],
        context={"active_model": BILL, "active_ids": [bill]},
    )
    return cast.accountant.call(
        "account.payment.register",
        "action_create_payments",
        wizard,
        context={"active_model": BILL, "active_ids": [bill]},
    )


def _tell_form(cast, form, told):
    seen = cast.qualityofficer.read(
        FORM,
        form,
        "name",
        "score",
        "grade",
        "coverage",
        "fee_amount",
        "deduction_amount",
        "payable_amount",
    )
    return (
        f"form {seen['name']}: score {seen['score']:.2f}, grade {seen['grade']}, fee "
        f"{seen['fee_amount']:.2f} - deduction {seen['deduction_amount']:.2f} = payable "
        f"{seen['payable_amount']:.2f}, {told}"
    )


STEPS = [inspect, score_the_month, hold_the_bill, reward_and_fine]
