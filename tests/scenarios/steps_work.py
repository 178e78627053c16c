"""Step 8, work: a vendor's technician, consumables, equipment that moves, a count."""

import uuid

from cast import check, refused

TICKET = "itsm.ticket"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def work_with_the_vendor(cast):
    """A worker of the vendor gets a ticket, works in the portal, hands it back."""
    user = cast.admin.search("res.users", [["login", "=", "it2"]], "partner_id")[0]
    partner = user["partner_id"][0]
    vendor = cast.admin.read("res.partner", partner, "commercial_partner_id")
    vendor = vendor["commercial_partner_id"][0]
    group = cast.admin.search(
        "ir.model.data",
        [["module", "=", "itsm_desk"], ["name", "=", "group_itsm_vendor"]],
        "res_id",
    )[0]["res_id"]
    cast.admin.write("res.users", [user["id"]], group_ids=[[4, group]])
    ticket = _begin(cast, "The lamp in the corridor flickers")
    told = refused(
        cast.technician.call,
        TICKET,
        "action_send_to_vendor",
        [ticket],
        partner_id=vendor,
        reason="Look at it",
    )
    check("on site" in told, told)
    worker = cast.officer.create(
        "outsourcing.worker",
        partner_id=partner,
        contract_id=cast.made["contract"],
        role="Technician",
    )
    cast.officer.call("outsourcing.worker", "action_onboard", [worker])
    cast.technician.call(
        TICKET,
        "action_send_to_vendor",
        [ticket],
        partner_id=vendor,
        reason="Look at it",
    )
    job = cast.technician.search("itsm.vendor.job", [["ticket_id", "=", ticket]])[0]
    url = f"/my/vendor-jobs/{job['id']}"
    visitor = cast.visitor("it2")
    page = visitor.get(url).text
    check("Look at it" in page and "requester@" not in page, "the page of the job")
    refused(cast.visitor("requester").get, url)
    visitor.post(f"{url}/work", {"minutes": "30", "place": "on_site"}, page=url)
    visitor.post(
        f"{url}/form",
        {"cause": "Loose contact", "action_taken": "Contact cleaned"},
        files={"photos": ("lamp.png", PIXEL, "image/png")},
        page=url,
    )
    visitor.post(f"{url}/return", {"outcome": "done", "report": "Works"}, page=url)
    seen = cast.technician.read(
        "itsm.vendor.job", job["id"], "outcome", "returned_at", "worked_hours"
    )
    check(seen["outcome"] == "done", seen)
    _solve(cast, ticket)
    cast.officer.call("outsourcing.worker", "action_leave", [worker], reason="Moved")
    refused(visitor.get, url)
    return "a worker on site solved a ticket with a photo; after leaving he sees none"


def give_out(cast):
    """A product leaves the stock with a ticket, and a part of it comes back."""
    place = cast.admin.search(
        "stock.warehouse", [["company_id", "=", 1]], "lot_stock_id", limit=1
    )[0]["lot_stock_id"][0]
    team = cast.itmanager.search("itsm.team", [], "location_id", limit=1)[0]
    place = team["location_id"][0] if team["location_id"] else place
    product = cast.admin.create(
        "product.product",
        name=f"Mouse {uuid.uuid4().hex[:4]}",
        type="consu",
        is_storable=True,
    )
    quant = cast.admin.create(
        "stock.quant", product_id=product, location_id=place, inventory_quantity=5
    )
    cast.admin.call("stock.quant", "action_apply_inventory", [quant])
    ticket = _begin(cast, "The mouse does not click")
    line = cast.technician.create(
        "itsm.consumable.line", ticket_id=ticket, product_id=product, quantity=3
    )
    cast.technician.call("itsm.consumable.line", "action_hand_out", [line])
    refused(cast.technician.call, "itsm.consumable.line", "action_hand_out", [line])
    cast.technician.call("itsm.consumable.line", "action_return", [line], quantity=1)
    seen = cast.technician.read(
        "itsm.consumable.line", line, "state", "done_quantity", "used_quantity"
    )
    check((seen["done_quantity"], seen["used_quantity"]) == (3, 2), seen)
    left = cast.admin.read("stock.quant", quant, "quantity")["quantity"]
    check(left == 3, left)
    _solve(cast, ticket)
    return "3 of 5 given out by a picking, 1 came back, 3 are left in stock"


def move_and_count(cast):
    """A device moves when the ticket is solved; a count proposes what is wrong."""
    hall = f"Hall {uuid.uuid4().hex[:4]}"
    code = uuid.uuid4().hex[:8]
    moved, gone = (
        cast.admin.create(
            "maintenance.equipment", name=name, itsm_barcode=label, itsm_place=place
        )
        for name, label, place in (
            ("Terminal", f"IT-{code}-1", "Old hall"),
            ("Screen", f"IT-{code}-2", hall),
        )
    )
    ticket = _begin(cast, "Terminal to the new hall", imac_kind="move")
    cast.technician.create(
        "itsm.equipment.change",
        ticket_id=ticket,
        kind="move",
        equipment_id=moved,
        new_place=hall,
    )
    check(_place(cast, moved) == "Old hall", "moved before it was solved")
    _solve(cast, ticket)
    check(_place(cast, moved) == hall, "not moved")
    history = cast.technician.search(
        "itsm.equipment.history", [["equipment_id", "=", moved]], "ticket_id"
    )
    check(history[0]["ticket_id"][0] == ticket, history)
    count = cast.technician.create("itsm.equipment.stocktake", name=hall, place=hall)
    cast.technician.call("itsm.equipment.stocktake", "action_start", [count])
    shown = cast.technician.call(
        "itsm.equipment.stocktake", "action_scan", [count], code=f"it-{code}-1"
    )
    check(shown["result"] == "found" and shown["left"] == 1, shown)
    cast.technician.call("itsm.equipment.stocktake", "action_finish", [count])
    refused(cast.technician.call, "itsm.equipment.stocktake", "action_finish", [count])
    proposal = cast.technician.read("itsm.equipment.stocktake", count, "ticket_id")
    proposal = proposal["ticket_id"][0]
    refused(cast.technician.call, TICKET, "action_take", [proposal])
    cast.technician2.call(TICKET, "action_take", [proposal])
    _solve(cast, proposal, cast.technician2)
    state = cast.admin.read("maintenance.equipment", gone, "itsm_state")["itsm_state"]
    check(state == "missing", state)
    return f"{hall}: a terminal moved in, one of two found, the other is missing now"


def _begin(cast, subject, **values):
    """Return a ticket of the requester that the technician works on."""
    requester = cast.technician.search_id(
        "res.partner", ["user_ids.login", "=", "requester"]
    )
    ticket = cast.technician.create(
        TICKET,
        subject=subject,
        channel="phone",
        partner_id=requester,
        service_id=cast.made["service"],
        **values,
    )
    cast.technician.call(TICKET, "action_log_call", [ticket], note="Understood.")
    cast.technician.call(TICKET, "action_start", [ticket])
    return ticket


def _solve(cast, ticket, person=None):
    person = person or cast.technician
    seen = person.read(TICKET, ticket, "state", "cause", "minutes_spent")
    if seen["state"] == "assigned":
        person.call(TICKET, "action_start", [ticket])
    code = person.search("itsm.resolution.code", [], limit=1)[0]["id"]
    person.write(
        TICKET,
        [ticket],
        cause=seen["cause"] or "Worn part",
        action_taken="Done and tested",
        minutes_spent=seen["minutes_spent"] or 20,
        resolution_code_id=code,
    )
    person.call(TICKET, "action_solve", [ticket])


def _place(cast, equipment):
    found = cast.admin.read("maintenance.equipment", equipment, "itsm_place")
    return found["itsm_place"]


STEPS = [work_with_the_vendor, give_out, move_and_count]
