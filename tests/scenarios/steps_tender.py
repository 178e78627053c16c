"""Steps 1 to 6: from the application to the filed contract."""

from cast import add, check, pass_reviews, refused, set_to, today


def file_application(cast):
    """A department head files an application, HR approves it by tier review."""
    category = cast.head.search_id("outsourcing.category", ["code", "=", "CLEAN"])
    product = cast.head.read("outsourcing.category", category, "product_id")
    request = cast.head.create(
        "outsourcing.request",
        subject="Cleaning of the head office",
        employee_id=cast.employee_id("head"),
        category_id=category,
        description="<p>Three floors, every working day.</p>",
        is_non_core=True,
        is_long_term=True,
        headcount=6,
        date_start=today(-60),
        date_end=today(304),
        current_cost=260000,
        line_ids=[
            add(product_id=product["product_id"][0], product_qty=12, price_unit=20000)
        ],
    )
    cast.made.update(request=request, category=category)
    cast.head.call("outsourcing.request", "action_submit", [request])
    refused(cast.head.call, "outsourcing.request", "action_approve", [request])
    refused(
        cast.hr.write, "outsourcing.request", [request], state="approved"
    )
    pass_reviews([cast.hr], "outsourcing.request", request)
    cast.hr.call("outsourcing.request", "action_approve", [request])
    name = cast.head.read("outsourcing.request", request, "name", "state")
    check(name["state"] == "approved", name)
    return f"application {name['name']} filed by the department head, approved by HR"


def set_reference_price(cast):
    """Outsourcing records price and conditions, finance approves."""
    model = "outsourcing.reference.price"
    price = cast.officer.create(
        model,
        request_ids=[set_to([cast.made["request"]])],
        amount=240000,
        payment_conditions="<p>Monthly, on the approved quality form.</p>",
        quality_conditions="<p>Daily inspection; 95 % of the points passed.</p>",
        qualification_conditions="<p>Licence and three references.</p>",
        source_ids=[add(method="market", name="Three quotes", amount=245000)],
    )
    cast.made["price"] = price
    cast.officer.call(model, "action_submit", [price])
    refused(cast.officer.call, model, "validate_tier", [price])
    pass_reviews([cast.finance], model, price)
    cast.finance.call(model, "action_approve", [price])
    seen = cast.procurement.read(model, price, "name", "amount", "commitment")
    check(not seen["amount"], "procurement must not read the reference price")
    return (
        f"reference price {seen['name']} approved by finance; procurement sees only "
        f"its SHA-256 {seen['commitment'][:12]}…"
    )


STEPS = [file_application, set_reference_price]
