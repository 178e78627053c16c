"""Steps 8 to 10: inspections, quality form, the gate on the bill, conduct."""

from cast import add, check, last_month, pass_reviews, refused, set_to, today

PLAN = "vendor.quality.inspection.plan"
ROUND = "vendor.quality.inspection"
FORM = "vendor.quality.form"
BILL = "account.move"
EXCEPTION = "vendor.quality.exception"
FEE = 18000.0
LAST_PAYMENT = 1000.0
"""What is paid after the handover, see steps_exit."""


def inspect(cast):
    """Inspections by plan; a missed one is found by the nightly job."""
    plan = cast.qualityofficer.create(
        PLAN,
        name="Service desk, every day",
        contract_id=cast.made["contract"],
        inspector_id=cast.user_id("inspector"),
        frequency="daily",
        date_start=today(),
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
    done = [item["id"] for item in rounds if item["date_due"] == today()]
    for item in done:
        lines = cast.inspector.search(
            f"{ROUND}.line", [["inspection_id", "=", item]], order="id"
        )
        _judge(cast, lines[:-1], "pass")
        _judge(cast, lines[-1:], "fail")
        cast.inspector.call(ROUND, "action_done", [item])
        refused(cast.inspector.call, ROUND, "action_verify", [item])
        cast.qualityofficer.call(ROUND, "action_verify", [item])
    _run_job(cast, "Vendor Quality: missed inspections and late feedback")
    # The server's clock decides: a round of the past comes with the demo data.
    missed = cast.qualityofficer.search(
        ROUND, [["state", "=", "missed"]], "name", "date_due", limit=1
    )
    check(missed, "the demo data has no missed round")
    cast.made["missed"] = missed[0]["id"]
    return (
        f"{len(done)} rounds done and verified by a second person, "
        f"the nightly job found {missed[0]['name']} of {missed[0]['date_due']} missed"
    )


def score_the_period(cast):
    """The quality form collects inspections and tickets into a score."""
    form = cast.made["form"] = _prepare_form(cast, today(), today())
    refused(cast.qualityofficer.call, FORM, "action_approve", [form])
    quiet = cast.made["quiet"] = _prepare_form(cast, *last_month())
    return (
        f"{_tell_form(cast, form)}; a period without tickets: {_tell_form(cast, quiet)}"
    )


def hold_the_bill(cast):
    """The bill: refused, posted, paid as far as it may; one exception passes once."""
    cast.admin.write("res.company", [1], vendor_quality_gate_from=today(-365))
    form, quiet = cast.made["form"], cast.made["quiet"]
    bill = cast.made["bill"] = enter_bill(cast, today(), today())
    told = refused(cast.accountant.call, BILL, "action_post", [bill])
    refused(cast.accountant.write, BILL, [bill], state="posted")
    for item in (form, quiet):
        pass_reviews([cast.qualitymanager, cast.qualityfinance], FORM, item)
        cast.qualityfinance.call(FORM, "action_approve", [item])
    cast.accountant.call(BILL, "action_post", [bill])
    payable = cast.qualityofficer.read(FORM, form, "payable_amount")["payable_amount"]
    check(0 < payable < FEE, f"payable is {payable}")
    above = refused(pay, cast, bill, FEE)
    pay(cast, bill, payable - LAST_PAYMENT)
    other = enter_bill(cast, *last_month())
    cast.accountant.call(BILL, "action_post", [other])
    under = refused(pay, cast, other, FEE)
    exception = _approve_exception(cast, other)
    pay(cast, other, FEE)
    seen = cast.accountant.read(EXCEPTION, exception, "state")
    check(seen["state"] == "used", seen)
    left = cast.accountant.read(BILL, bill, "amount_residual")["amount_residual"]
    return (
        f"without a form: “{first_line(told)}”; {payable:.2f} of {FEE:.2f} payable, "
        "more: "
        f"“{first_line(above)}”; {left:.2f} stays due; other bill: "
        f"“{first_line(under)}”, paid once by an exception"
    )


def reward_and_fine(cast):
    """A verified saving gives capped rewards, a missed inspection a fine of 100."""
    finding = cast.requester.create(
        "outsourcing.finding",
        subject="Spare parts billed twice",
        contract_card_id=cast.made["contract"],
        description="<p>Two bills named the same parts.</p>",
        estimated_amount=9000,
    )
    verify = ("outsourcing.finding", "action_verify", [finding])
    refused(cast.requester.call, *verify, saving_amount=9000)
    cast.finance.call(*verify, saving_amount=8000)
    reward = _propose(
        cast,
        finding_id=finding,
        incentive_type="reward",
        employee_id=cast.employee_id("requester"),
        amount=500,
        reason="Found a double billing.",
    )
    told = refused(
        _propose,
        cast,
        finding_id=finding,
        incentive_type="reward",
        employee_id=cast.employee_id("technician"),
        amount=400,
        reason="Helped to find it.",
    )
    _decide(cast, reward, cast.requester)
    event = cast.hr.search(
        "outsourcing.compliance.event",
        [["rule_id.code", "=", "inspection_missed"], ["state", "=", "new"]],
        "employee_id",
        "fine_amount",
        limit=1,
    )[0]
    check(event["fine_amount"] == 100, event)
    cast.hr.call("outsourcing.compliance.event", "action_confirm", [event["id"]])
    fine = _propose(
        cast,
        event_id=event["id"],
        incentive_type="penalty",
        employee_id=event["employee_id"][0],
        amount=event["fine_amount"],
        reason="The round was missed.",
    )
    _decide(cast, fine, cast.inspector)
    return (
        "saving of 8000.00 verified by finance: reward of 500.00 applied, one more of "
        f"400.00 refused (“{first_line(told)}”); missed inspection: fine of 100.00 "
        "applied after a hearing"
    )


def _propose(cast, **values):
    incentive = cast.hr.create("outsourcing.incentive", kind="money", **values)
    cast.hr.call("outsourcing.incentive", "action_submit", [incentive])
    return incentive


def _decide(cast, incentive, person):
    """The person answers, another member of HR reviews, then it is applied."""
    model = "outsourcing.incentive"
    refused(cast.hr.call, model, "validate_tier", [incentive])
    person.call(model, "action_answer", [incentive], statement="I agree.")
    pass_reviews([cast.hr2], model, incentive)
    cast.hr2.call(model, "action_approve", [incentive])
    cast.hr2.call(model, "action_apply", [incentive])


def _judge(cast, lines, result):
    for line in lines:
        cast.inspector.write(f"{ROUND}.line", [line["id"]], result=result)


def _prepare_form(cast, start, end):
    form = cast.qualityofficer.create(
        FORM,
        contract_id=cast.made["contract"],
        date_start=start,
        date_end=end,
        fee_amount=FEE,
    )
    cast.qualityofficer.call(FORM, "action_collect", [form])
    cast.qualityofficer.call(FORM, "action_submit", [form])
    return form


def enter_bill(cast, start, end):
    return cast.accountant.create(
        BILL,
        move_type="in_invoice",
        partner_id=cast.made["vendor"],
        invoice_date=today(),
        ref=f"{start} {end}",
        outsourcing_contract_id=cast.made["contract"],
        service_date_start=start,
        service_date_end=end,
        invoice_line_ids=[
            add(name="IT support", quantity=1, price_unit=FEE, tax_ids=[set_to([])])
        ],
    )


def _approve_exception(cast, bill):
    exception = cast.accountant.create(
        EXCEPTION,
        move_id=bill,
        stage="payment",
        amount_limit=FEE,
        expiry_date=today(7),
        reason="The service began in this period; accepted by the department.",
    )
    cast.accountant.call(EXCEPTION, "action_submit", [exception])
    refused(cast.accountant.call, EXCEPTION, "action_approve", [exception])
    pass_reviews([cast.qualityfinance], EXCEPTION, exception)
    cast.qualityfinance.call(EXCEPTION, "action_approve", [exception])
    return exception


def first_line(text):
    line = text.splitlines()[0]
    return line if len(line) < 90 else f"{line[:88]}…"


def _run_job(cast, name):
    """Run a scheduled job now, as its administrator does."""
    job = cast.admin.search_id("ir.cron", ["cron_name", "=", name])
    cast.admin.call("ir.cron", "method_direct_trigger", [job])


def pay(cast, bill, amount):
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


def _tell_form(cast, form):
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
        f"form {seen['name']}: score {seen['score']:.2f}, grade {seen['grade']}, "
        f"fee {seen['fee_amount']:.2f} - deduction {seen['deduction_amount']:.2f} = "
        f"payable {seen['payable_amount']:.2f}"
    )


STEPS = [inspect, score_the_period, hold_the_bill, reward_and_fine]
