"""What the desk gives out, moves and lends; its duty rota and an absence."""

from datetime import timedelta

from .desk import CASES, Case, answer, begin, file, sign, solve

TONER = Case(
    "The printer says: toner empty", "printing", "Toner used up", "New one", 10
)
MOUSE = Case("The mouse does not click", "site", "Worn out", "New mouse", 5, "replaced")
MOVE = Case("Terminal to the new hall", "site", "The line moved", "Terminal moved", 50)
OUTAGE = CASES[5]


def threads(story):
    """Products in stock first, then what is done with them."""
    yield stock(story)
    yield rota(story)
    for days, requester, product, quantity, case in (
        (58, "member1", "toner", 1, TONER),
        (44, "requester", "mouse", 1, MOUSE),
        (27, "head", "toner", 2, TONER),
        (15, "member2", "mouse", 1, MOUSE),
        (6, "hr", "toner", 1, TONER),
    ):
        yield given_out(story, days, requester, product, quantity, case)
    yield short(story)
    yield moved(story)
    yield lent(story)
    yield sent_out(story)
    yield counted(story)
    yield doubled(story)
    yield absent(story)


def stock(story):
    """Toner and mice lie on the shelf of the desk."""
    yield story.at(story.month(-4), "08:30")
    env = story.env
    company = env.company
    warehouse = env["stock.warehouse"].search(
        [("company_id", "=", company.id)], limit=1
    )
    shelf = env["stock.location"].create(
        {
            "name": "Service Desk",
            "usage": "internal",
            "location_id": warehouse.lot_stock_id.id,
            "company_id": company.id,
        }
    )
    env.ref("itsm_desk.itsm_team_desk").location_id = shelf
    for key, name, tracking, price, quantity in (
        ("toner", "Toner, black", "lot", 310, 6),
        ("mouse", "Mouse, wired", "none", 45, 3),
    ):
        product = env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "tracking": tracking,
                "standard_price": price,
            }
        )
        lot = tracking == "lot" and env["stock.lot"].create(
            {"name": "TN-2604", "product_id": product.id}
        )
        env["stock.quant"]._update_available_quantity(
            product, shelf, quantity, lot_id=lot or None
        )
        story.made[key], story.made[f"{key}_lot"] = product, lot


def rota(story):
    """The supervisor plans duty week by week, in turns."""
    yield story.ago(36, "16:30")
    monday = story.today - timedelta(days=story.today.weekday())
    desk = story.env.ref("itsm_desk.itsm_team_desk")
    for week in range(-4, 4):
        day = monday + timedelta(weeks=week)
        story.model("supervisor", "itsm.rota").create(
            {
                "team_id": desk.id,
                "user_id": story.user(("technician", "technician2")[week % 2]).id,
                "date_from": story.at(day, "08:30"),
                "date_to": story.at(day + timedelta(days=4), "18:00"),
            }
        )


def ask_for(story, ticket, key, quantity):
    """Write a line of the ticket, with the lot where one is asked."""
    lot = story.made[f"{key}_lot"]
    return ticket.env["itsm.consumable.line"].create(
        {
            "ticket_id": ticket.id,
            "product_id": story.made[key].id,
            "quantity": quantity,
            "lot_id": lot.id if lot else False,
        }
    )


def given_out(story, days, requester, key, quantity, case):
    """A requester gets something out of stock."""
    yield story.ago(days, "10:35")
    ticket = file(story, requester, case, "technician")
    mine = begin(story, "technician", ticket)
    ask_for(story, mine, key, quantity)
    mine.action_hand_out()
    yield story.later(0, "11:10")
    solve(story, "technician", ticket, case)
    yield story.later(1, "09:40")
    sign(story, requester, ticket, 5)


def short(story):
    """More mice than there are: what lacks waits, and one is brought back."""
    yield story.ago(3, "13:30")
    ticket = file(story, "applicant", MOUSE, "technician")
    mine = begin(story, "technician", ticket)
    line = ask_for(story, mine, "mouse", 4)
    mine.action_hand_out()
    answer(story, "technician", ticket, "One is on your desk, three are ordered.")
    yield story.later(0, "15:00")
    toner = story.env["itsm.consumable.line"].search(
        [("product_id", "=", story.made["toner"].id), ("used_quantity", ">", 1)],
        limit=1,
    )
    story.act("technician", toner or line).action_return(1)


def moved(story):
    """A terminal moves; a laptop takes the place of another one."""
    yield story.ago(33, "09:20")
    equipment = story.made["equipment"]
    ticket = file(
        story, "member3", MOVE, "technician", ticket_type="request", imac_kind="move"
    )
    mine = begin(story, "technician", ticket)
    mine.env["itsm.equipment.change"].create(
        {
            "ticket_id": mine.id,
            "kind": "move",
            "equipment_id": equipment[1].id,
            "new_department_id": story.employee("member3").department_id.id,
            "new_place": "Hall 2, line 4",
        }
    )
    yield story.later(0, "14:30")
    solve(story, "technician", ticket, MOVE)
    yield story.later(1, "10:00")
    sign(story, "member3", ticket, 4)


def lent(story):
    """Laptops are handed over against a signature; one slip waits for it."""
    yield story.ago(38, "14:00")
    laptops = story.env["maintenance.equipment"].create(
        [
            {"name": "Laptop", "serial_no": "LT-2301"},
            {"name": "Laptop", "serial_no": "LT-2302"},
        ]
    )
    slips = story.model("technician", "itsm.equipment.handover")
    own = story.made["equipment"][2] | laptops[0]
    for one, login in zip(own, ("requester", "applicant"), strict=True):
        slip = slips.create(
            {
                "equipment_id": one.id,
                "employee_id": story.employee(login).id,
                "accessories": "Charger, bag",
                "condition": "As new",
            }
        )
        story.act(login, slip).action_sign(signed_name=story.user(login).name)
    yield story.ago(10, "16:00")
    slip.action_return("A scratch on the lid, charger complete.")
    yield story.ago(1, "16:10")
    slips.create(
        {
            "equipment_id": laptops[1].id,
            "employee_id": story.employee("member1").id,
            "accessories": "Charger",
        }
    )


def sent_out(story):
    """The vendor has one piece back in a week, another is still there."""
    yield story.ago(20, "11:30")
    vendor = story.user("it1").commercial_partner_id
    printer, terminal = story.made["equipment"][:2]
    repairs = story.model("technician", "itsm.equipment.repair")
    repair = repairs.create(
        {
            "equipment_id": printer.id,
            "partner_id": vendor.id,
            "fault": "The feeder takes two sheets at once.",
            "due_date": story.day() + timedelta(days=10),
            "is_warranty": True,
        }
    )
    yield story.ago(12, "15:20")
    repair.result = "Feeder replaced under warranty."
    repair.action_back()
    yield story.ago(5, "09:45")
    repairs.create(
        {
            "equipment_id": terminal.id,
            "partner_id": vendor.id,
            "fault": "The screen flickers when it is warm.",
            "due_date": story.day() + timedelta(days=12),
            "cost": 480,
        }
    )


def counted(story):
    """The screens of a hall are counted, one is missing; another hall is half done."""
    yield story.ago(7, "14:10")
    story.env["maintenance.equipment"].create(
        [
            {
                "name": name,
                "serial_no": serial,
                "itsm_barcode": label,
                "itsm_place": place,
            }
            for name, serial, label, place in (
                ("Screen 24 inch", "SC-2401", "IT-00071", "Hall 1, line 2"),
                ("Screen 24 inch", "SC-2402", "IT-00072", "Hall 1, line 2"),
                ("Label printer", "LP-0311", "IT-00073", "Hall 1, packing"),
                ("Handheld scanner", "HS-0117", "IT-00074", "Hall 2, line 1"),
                ("Handheld scanner", "HS-0118", "IT-00075", "Hall 2, line 1"),
                ("Screen 24 inch", "SC-2403", "IT-00076", "Hall 2, line 3"),
            )
        ]
    )
    counts = story.model("technician", "itsm.equipment.stocktake")
    first = counts.create({"name": "Hall 1", "place": "Hall 1"})
    first.action_start()
    for code in ("IT-00071", "IT-00073", "IT-00076", "A-4711"):
        first.action_scan(code=code)
    unknown = first.line_ids.filtered(lambda line: line.result == "unknown")
    unknown.note = "An old screen without a label of ours"
    yield story.later(0, "15:00")
    first.action_finish()
    yield story.ago(0, "08:40")
    second = counts.create({"name": "Hall 2", "place": "Hall 2"})
    second.action_start()
    second.action_scan(code="IT-00074")


def doubled(story):
    """Two people report the same outage; the second ticket is merged."""
    yield story.ago(9, "09:05")
    first = file(story, "head", OUTAGE)
    yield story.later(0, "09:12")
    second = file(story, "hr", OUTAGE)
    yield story.later(0, "09:20")
    mine = begin(story, "technician", first)
    answer(story, "technician", first, "I see it, it is the whole floor.")
    story.act("technician", second).action_merge(mine.id)
    yield story.later(0, "11:40")
    solve(story, "technician", first, OUTAGE)
    yield story.later(1, "10:30")
    sign(story, "head", first, 5)


def absent(story):
    """A technician is on leave for a morning; the lead hands a ticket on."""
    day = story.today - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    yield story.at(day - timedelta(days=1), "17:00")
    resource = story.employee("technician2").resource_id
    story.env["resource.calendar.leaves"].create(
        {
            "name": "Leave",
            "resource_id": resource.id,
            "calendar_id": resource.calendar_id.id,
            "company_id": resource.company_id.id,
            "date_from": story.at(day, "08:00"),
            "date_to": story.at(day, "12:00"),
        }
    )
    yield story.at(day, "09:35")
    story.env["itsm.absence"]._cron_find()
    found = story.env["itsm.absence"].search([], limit=1)
    # Only a paused one: other threads of the story go on with those that are begun.
    paused = found.ticket_ids.filtered(lambda ticket: ticket.state == "pending")
    for ticket in paused[:1]:
        story.act("supervisor", ticket).action_reassign(
            story.user("technician").id, "Chen is on leave this morning."
        )
