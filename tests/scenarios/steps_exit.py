"""The last steps: an amendment, the end of the contract, the last payment."""

import base64

from cast import check, pass_reviews, refused, today
from steps_quality import LAST_PAYMENT, first_line, pay

CONTRACT = "outsourcing.contract"
AMENDMENT = "outsourcing.contract.amendment"
EXIT = "outsourcing.contract.exit"
SIGNED_LIST = base64.b64encode(b"%PDF-1.4 handover with both signatures").decode()


def amend(cast):
    """An amendment changes the order lines; the approval writes them."""
    contract = cast.made["contract"]
    before = cast.procurement.read(CONTRACT, contract, "amount_total", "version")
    amendment = cast.procurement.create(
        AMENDMENT,
        contract_id=contract,
        name="One more month",
        reason="The move to the new office takes a month longer.",
        new_date_end=today(324),
    )
    cast.procurement.call(AMENDMENT, "action_add_order_lines", [amendment])
    line = cast.procurement.search(
        f"{AMENDMENT}.line",
        [["amendment_id", "=", amendment]],
        "purchase_line_id",
        "quantity",
    )[0]
    cast.procurement.write(
        f"{AMENDMENT}.line", [line["id"]], quantity=line["quantity"] + 1
    )
    cast.procurement.call(AMENDMENT, "request_validation", [amendment])
    refused(cast.procurement.call, AMENDMENT, "action_approve", [amendment])
    pass_reviews([cast.officer], AMENDMENT, amendment)
    cast.procurement.call(AMENDMENT, "action_approve", [amendment])
    after = cast.procurement.read(CONTRACT, contract, "amount_total", "version")
    check(after["version"] == before["version"] + 1, after)
    check(after["amount_total"] > before["amount_total"], after)
    ordered = cast.procurement.read(
        "purchase.order.line", line["purchase_line_id"][0], "product_qty"
    )["product_qty"]
    check(ordered == line["quantity"] + 1, ordered)
    return (
        f"version {after['version']}: {before['amount_total']:.2f} became "
        f"{after['amount_total']:.2f}, the order line {line['quantity']:.0f} became "
        f"{ordered:.0f}"
    )


def leave_and_pay(cast):
    """The contract ends; the last payment waits for the signed handover."""
    contract = cast.made["contract"]
    cast.procurement.call(
        CONTRACT, "action_terminate", [contract], reason="The office was given up."
    )
    leaving = cast.officer.search_id(EXIT, ["contract_id", "=", contract])
    told = refused(pay, cast, cast.made["bill"], LAST_PAYMENT)
    refused(cast.officer2.call, EXIT, "action_sign", [leaving])
    lines = cast.officer2.search(f"{EXIT}.line", [["exit_id", "=", leaving]])
    cast.officer2.write(f"{EXIT}.line", [line["id"] for line in lines], result="done")
    cast.officer2.write(EXIT, [leaving], handed_over_by="Li Lei, Lanqiao")
    refused(cast.officer2.call, EXIT, "action_sign", [leaving])
    cast.officer2.write(
        EXIT, [leaving], signed_copy=SIGNED_LIST, signed_copy_name="handover.pdf"
    )
    cast.officer2.call(EXIT, "action_sign", [leaving])
    pay(cast, cast.made["bill"], LAST_PAYMENT)
    seen = cast.officer.read(CONTRACT, contract, "state", "name")
    check(seen["state"] == "terminated", seen)
    return (
        f"{seen['name']} ended; before the handover: “{first_line(told)}”; "
        f"{len(lines)} points settled and signed, the last {LAST_PAYMENT:.2f} paid"
    )


STEPS = [amend, leave_and_pay]
