"""Opening and ranking a tender, and the lists of tenders; core's quotations beside it.

Core makes as many requests for quotation, with the same vendors and lines, as the
tender has bids: opening the prices makes the same ones, and all the rest on top.
"""

from contextlib import ExitStack

import screens

from odoo import Command, fields

from .stored import put
from .tickets import copy_rows, settle

BIDS, LINES, CRITERIA, MEMBERS = 200, 50, 10, 7
SEED = 100
"""Documents that the application makes; the others of a list are copies of them."""


class Quotations:
    """Odoo's purchase module alone."""

    def set_up(self, env, count, rows, singles, figures):
        self.rows = max(rows, SEED)
        self.product_id = (
            env["product.product"]
            .create(
                {"name": "Service", "type": "service", "purchase_method": "receive"}
            )
            .id
        )
        vendors = env["res.partner"].create(
            [
                {
                    "name": f"Vendor {index}",
                    "is_company": True,
                    "vat": f"TAX{index:06}",
                    "email": f"vendor{index}@bench.example.com",
                }
                for index in range(BIDS)
            ]
        )
        self.vendor_ids = vendors.ids
        users = env["res.users"].with_context(no_reset_password=True)
        self.buyer_id = users.create(
            {
                "name": "Bench Buyer",
                "login": "bench_buyer",
                "group_ids": [Command.link(self.get_group(env).id)],
            }
        ).id
        self.portal_id = users.create(
            {
                "name": "Bench Seller",
                "login": "bench_seller",
                "partner_id": env["res.partner"]
                .create({"name": "Bench Seller", "parent_id": vendors[0].id})
                .id,
                "group_ids": [Command.set(env.ref("base.group_portal").ids)],
            }
        ).id
        if "open and rank" in figures:
            self.set_up_opening(env)
        if {"default list", "portal list"} & set(figures):
            self.fill(env)

    def get_group(self, env):
        return env.ref("purchase.group_purchase_user")

    def set_up_opening(self, env):
        """Nothing: the quotations are what is measured."""

    def new_quotations(self, env, count, lines):
        return env["purchase.order"].create(
            [
                {
                    "partner_id": self.vendor_ids[index % BIDS],
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product_id,
                                "name": f"Service {line}",
                                "product_qty": 1,
                                "price_unit": 100 + index + line,
                            }
                        )
                        for line in range(lines)
                    ],
                }
                for index in range(count)
            ]
        )

    def fill(self, env):
        """Copy quotations until there are as many as bids on the other side."""
        self.new_quotations(env, SEED, 1)
        env.flush_all()
        self.multiply(env.cr, "purchase_order", self.rows // SEED - 1, {"name": "name"})

    def multiply(self, cr, table, times, numbers, links=()):
        cr.execute(f'SELECT max(id) FROM "{table}"')
        [step] = cr.fetchone()
        shifts = {"id": f"id + {step} * k", **dict(links)}
        shifts |= {
            column: f"{source} || '-' || k" for column, source in numbers.items()
        }
        copy_rows(cr, table, times, shifts)
        settle(cr, [table])
        return step

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def open_and_rank(self, env):
        self.made = self.new_quotations(
            env["purchase.order"].with_user(self.buyer_id).env, BIDS, LINES
        )
        return BIDS

    def default_list(self, env):
        """What the client asks for when the list is opened."""
        records = env["purchase.order"].with_user(self.buyer_id)
        self.shown = screens.open_list(records, [])
        return 1

    def portal_list(self, env):
        """What the page of one's own quotations asks for."""
        orders = env["purchase.order"].with_user(self.portal_id)
        domain = [("state", "=", "sent")]
        orders.search_count(domain)
        found = orders.search(domain, order="create_date desc, id desc", limit=20)
        found.mapped(lambda order: (order.name, order.date_order, order.amount_total))
        self.shown = screens.LIST_LIMIT
        return 1

    def check(self, env, figure, items):
        if figure == "default list":
            assert self.shown == screens.LIST_LIMIT, f"{self.shown} rows in the list"
        elif figure == "open and rank":
            self.check_opened()

    def check_opened(self):
        lines = len(self.made.order_line)
        assert lines == BIDS * LINES, f"{lines} lines"


class Tenders(Quotations):
    """outsourcing_mgmt: the opening of one tender up to its ranking."""

    def set_up(self, env, count, rows, singles, figures):
        from odoo.addons.outsourcing_mgmt.models.base import acting_person

        # Kept, since it would end with the last reference.
        self.switch = ExitStack()
        self.switch.enter_context(acting_person.acting_in_process())
        super().set_up(env, count, rows, singles, figures)

    def get_group(self, env):
        return env.ref("outsourcing_mgmt.group_outsourcing_procurement")

    def new_tender(self, env, **values):
        category = env["outsourcing.category"].search(
            [("code", "=", "BENCH")], limit=1
        ) or env["outsourcing.category"].create(
            {"name": "Bench", "code": "BENCH", "product_id": self.product_id}
        )
        rule = env.ref("outsourcing_mgmt.procedure_company_invited")
        return env["outsourcing.tender"].create(
            {
                "subject": "Bench",
                "category_id": category.id,
                "procedure_id": rule.id,
                "user_id": self.buyer_id,
                **values,
            }
        )

    def set_up_opening(self, env):
        """A closed tender with sealed bids, and a committee that is present."""
        now = fields.Datetime.now()
        rule = env.ref("outsourcing_mgmt.procedure_company_invited")
        rule.write({"envelopes": "one", "outlier_limit": 0})
        weights = [500] * (CRITERIA - 1)
        tender = self.new_tender(
            env,
            line_ids=[
                Command.create(
                    {"product_id": self.product_id, "name": f"Service {line}"}
                )
                for line in range(LINES)
            ],
            criterion_ids=[
                Command.create({"name": "Price", "kind": "price", "weight": 5500}),
                *(
                    Command.create(
                        {"name": f"Quality {index}", "kind": "scored", "weight": weight}
                    )
                    for index, weight in enumerate(weights)
                ),
            ],
        )
        users = env["res.users"].create(
            [
                {"name": f"Member {index}", "login": f"bench_member{index}"}
                for index in range(MEMBERS)
            ]
        )
        employees = env["hr.employee"].create(
            [{"name": user.name, "user_id": user.id} for user in users]
        )
        members = env["outsourcing.committee.member"].create(
            [
                {"tender_id": tender.id, "employee_id": employee.id}
                for employee in employees
            ]
        )
        put(
            members,
            state="appointed",
            is_voting=True,
            conflict_state="clear",
            declared_date=now,
            attended_at=now,
        )
        self.seal_bids(env, tender)
        put(tender, state="closed", bid_deadline=now, opening_date=now)
        self.tender_id = tender.id

    def seal_bids(self, env, tender):
        from odoo.addons.outsourcing_mgmt.models.base.grants import server_create
        from odoo.addons.outsourcing_mgmt.models.bid import outsourcing_bid_envelope

        bids = server_create(
            env["outsourcing.bid"],
            [
                {"tender_id": tender.id, "partner_id": vendor}
                for vendor in self.vendor_ids
            ],
        )
        for index, bid in enumerate(bids):
            prices = {
                str(line.id): {"price": f"{100 + index + place}.00", "note": ""}
                for place, line in enumerate(tender.line_ids)
            }
            technical = {"note": "", "declaration": "Yes"}
            contents = {"technical": technical, "price": {"lines": prices}}
            outsourcing_bid_envelope.write_draft(bid, contents)
            put(
                bid,
                sha256=outsourcing_bid_envelope.seal(bid),
                state="sealed",
                received_at=fields.Datetime.now(),
                receipt_code=f"BENCH-{index}",
            )

    def fill(self, env):
        """As many bids as there are quotations on the other side, five a tender."""
        from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

        tenders = env["outsourcing.tender"]
        for _index in range(SEED // 5):
            tenders |= self.new_tender(env)
        server_create(
            env["outsourcing.bid"],
            [
                {"tender_id": tender.id, "partner_id": vendor}
                for tender in tenders
                for vendor in self.vendor_ids[:5]
            ],
        )
        env.flush_all()
        bids = env["outsourcing.bid"].search([("tender_id", "in", tenders.ids)])
        put(bids, state="withdrawn")
        put(tenders, state="published", bid_deadline="2050-01-01 00:00:00")
        times = self.rows // SEED - 1
        cr = env.cr
        cr.execute("CREATE TEMP TABLE kept AS SELECT id FROM outsourcing_tender")
        step = self.multiply(cr, "outsourcing_tender", times, {"name": "name"})
        link = {"tender_id": f"tender_id + {step} * k"}
        self.multiply(cr, "outsourcing_bid", times, {}, link)

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def open_and_rank(self, env):
        tender = env["outsourcing.tender"].with_user(self.buyer_id)
        tender = tender.browse(self.tender_id)
        tender.action_open()
        tender.action_start_evaluation()
        # What the members hand in is their work, and not measured by itself.
        scores = tender.sudo().score_ids
        put(scores, state="submitted", value=80)
        tender.invalidate_recordset()
        tender._refresh_scoring()
        self.made = tender.sudo().bid_ids
        return BIDS

    def check_opened(self):
        ranks = set(self.made.mapped("rank"))
        assert ranks == set(range(1, BIDS + 1)), f"ranks are {sorted(ranks)[:5]}"
        lines = len(self.made.purchase_order_id.order_line)
        assert lines == BIDS * LINES, f"{lines} lines"

    def default_list(self, env):
        records = env["outsourcing.tender"].with_user(self.buyer_id)
        self.shown = screens.open_list(records, [])
        return 1

    def portal_list(self, env):
        """What the page of a vendor's tenders asks for."""
        Tender = env["outsourcing.tender"].with_user(self.portal_id)
        domain = Tender._get_vendor_domain()
        tenders = Tender.sudo()
        tenders.search_count(domain)
        tenders = tenders.search(domain, order="bid_deadline desc, id desc", limit=20)
        tenders.mapped(lambda item: (item.name, item.subject, item.bid_deadline))
        self.shown = len(tenders)
        return 1
