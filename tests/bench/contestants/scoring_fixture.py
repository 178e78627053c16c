"""What the case of quality forms counts: real source rows of 2025.

Each contract has a vendor of its own. Each month has one inspection of five items,
two tickets with two deadlines and a rating, one milestone and now and then a finding.
Fourteen metrics count them (one query each), four are entered by hand, two are
formulas. The rows are multiplied in SQL from one of each that the application made.
"""

from odoo import Command

from .stored import put

MONTHS = 12
ITEMS = 5
TICKETS = 2
START = "2025-01-01"
SUBJECT = "Bench Service"
COUNTED = [
    ("pass", {"source": "inspection", "inspection_measure": "pass_rate"}),
    ("done", {"source": "inspection", "inspection_measure": "done_rate"}),
    ("response", {"source": "ticket_sla", "sla_measure": "response"}),
    ("resolution", {"source": "ticket_sla", "sla_measure": "resolution"}),
    ("rating", {"source": "ticket_rating", "unit": "rating"}),
    ("milestone", {"source": "milestone"}),
    ("finding", {"source": "finding", "unit": "count"}),
]
ANCHORS = {
    "percent": ((50, 0), (90, 60), (100, 100)),
    "rating": ((1, 0), (5, 100)),
    "count": ((0, 100), (5, 0)),
}
MANUAL = 4
FORMULAS = ("(pass_1 + done_1) / 2", "min(response_1, resolution_1)")


class Fixture:
    """Contracts with what was measured in 2025."""

    def __init__(self, env, contracts):
        self.env, self.contracts = env, contracts
        self.cr = env.cr

    def build(self):
        template = self.make_template()
        seed = self.make_contract(template)
        self.make_sources(seed)
        self.env.flush_all()
        self.multiply_contracts(seed)
        self.multiply_sources(seed)
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # ONE OF EACH, BY THE APPLICATION
    # ------------------------------------------------------------

    def make_metric(self, code, **values):
        anchors = ANCHORS[values.setdefault("unit", "percent")]
        return self.env["vendor.quality.metric"].create(
            {
                "name": code,
                "code": code,
                "missing_policy": "exclude",
                "anchor_ids": [
                    Command.create({"value": value, "points": points})
                    for value, points in anchors
                ],
                **values,
            }
        )

    def make_template(self):
        metrics = [
            self.make_metric(f"{code}_{number}", **values)
            for number in (1, 2)
            for code, values in COUNTED
        ]
        metrics += [self.make_metric(f"entered_{index}") for index in range(MANUAL)]
        metrics += [
            self.make_metric(f"formula_{index}", source="formula", formula=text)
            for index, text in enumerate(FORMULAS)
        ]
        template = self.env["vendor.quality.template"].create(
            {
                "name": "Bench",
                "code": "bench_scoring",
                "line_ids": [
                    Command.create({"metric_id": metric.id, "weight_bp": 500})
                    for metric in metrics
                ],
                "band_ids": [
                    Command.create({"grade": grade, "lower_bound": bound})
                    for grade, bound in (("A", 90), ("B", 75), ("C", 60), ("D", 0))
                ],
                "deduction_ids": [
                    Command.create({"lower_bound": bound, "rate": rate})
                    for bound, rate in ((90, 0), (75, 5), (60, 10), (0, 20))
                ],
            }
        )
        put(template, state="active")
        return template

    def make_contract(self, template):
        vendor = self.env["res.partner"].create(
            {"name": "Bench Vendor", "is_company": True}
        )
        contract = self.env["outsourcing.contract"].create(
            {
                "subject": SUBJECT,
                "partner_id": vendor.id,
                "owner_id": self.env.ref("base.user_admin").id,
                "date_start": START,
                "date_end": "2025-12-31",
                "amount_total": 120000,
                "direct_reason": "Bench",
                "vendor_quality_template_id": template.id,
            }
        )
        put(contract, state="active", signed_date=START)
        return contract

    def make_sources(self, contract):
        env = self.env
        self.inspection = env["vendor.quality.inspection"].create(
            {
                "contract_id": contract.id,
                "inspector_id": env.ref("base.user_admin").id,
                "date_due": START,
                "line_ids": [
                    Command.create({"name": f"Item {index}"}) for index in range(ITEMS)
                ],
            }
        )
        env["itsm.sla.policy"].search([]).active = False
        env["itsm.sla.policy"].create(
            {
                "name": "Bench",
                "line_ids": [
                    Command.create({"kind": "response", "target_hours": 8}),
                    Command.create({"kind": "resolution", "target_hours": 40}),
                ],
            }
        )
        self.ticket = env["itsm.ticket"].create(
            {
                "subject": "Printer does not print",
                "partner_id": env.ref("base.partner_admin").id,
            }
        )
        self.milestone = env["outsourcing.contract.milestone"].create(
            {"name": "Month", "contract_id": contract.id, "date_due": START}
        )
        employee = env["hr.employee"].search([], limit=1)
        self.finding = env["outsourcing.finding"].create(
            {
                "subject": "Wet floor",
                "contract_id": contract.id,
                "reporter_id": (employee or employee.create({"name": "Reporter"})).id,
                "date": START,
            }
        )

    # ------------------------------------------------------------
    # MANY OF THEM, IN SQL
    # ------------------------------------------------------------

    def multiply_contracts(self, contract):
        vendor = contract.partner_id
        step = f"generate_series(1, {self.contracts - 1}) AS g(n)"
        spread(
            self.cr,
            vendor,
            step,
            id=f"{vendor.id} + n",
            commercial_partner_id=f"{vendor.id} + n",
            name="seed.name || ' ' || n",
            complete_name="seed.complete_name || ' ' || n",
        )
        spread(
            self.cr,
            contract,
            step,
            id=f"{contract.id} + n",
            name="seed.name || '-' || n",
            partner_id=f"{vendor.id} + n",
            commercial_partner_id=f"{vendor.id} + n",
            access_token="NULL",
        )

    def multiply_sources(self, contract):
        """The parents get the ids from the seed's on, so that children find them."""
        months = self.contracts * MONTHS
        first = contract.id
        month = f"(DATE '{START}' + ((n %% {MONTHS}) || ' months')::interval)"
        owner = f"{first} + n / {MONTHS}"
        each = f"generate_series(0, {months - 1}) AS g(n)"
        inspection = self.inspection
        spread(
            self.cr,
            inspection,
            each,
            id=f"{inspection.id + 1} + n",
            name="'B' || n",
            contract_id=owner,
            date_due=f"{month}::date + 9",
            state="CASE WHEN n %% 17 = 0 THEN 'missed' ELSE 'done' END",
        )
        for index, line in enumerate(inspection.line_ids):
            spread(
                self.cr,
                line,
                each,
                inspection_id=f"{inspection.id + 1} + n",
                result=f"CASE WHEN (n * 7 + {index * 13}) %% 11 = 0 THEN 'fail'"
                " ELSE 'pass' END",
            )
        spread(
            self.cr,
            self.milestone,
            each,
            contract_id=owner,
            date_due=f"{month}::date + 19",
            state="'accepted'",
            amount="10000",
            submitted_on=f"{month} + (18 + n %% 5 / 4 * 3) * INTERVAL '1 day'",
        )
        spread(
            self.cr,
            self.finding,
            f"generate_series(0, {months - 1}, 5) AS g(n)",
            contract_id=owner,
            date=f"{month}::date + 4",
            state="'verified'",
            verified_on=f"{month}::date + 5",
        )
        self.multiply_tickets(first)

    def multiply_tickets(self, first):
        tickets = self.contracts * MONTHS * TICKETS
        each = f"generate_series(0, {tickets - 1}) AS g(n)"
        month = (
            f"(TIMESTAMP '{START} 10:00'"
            f" + ((n / {TICKETS} %% {MONTHS}) || ' months')::interval)"
        )
        ticket = self.ticket
        spread(
            self.cr,
            ticket,
            each,
            id=f"{ticket.id + 1} + n",
            name="'B' || n",
            outsourcing_contract_id=f"{first} + n / {MONTHS * TICKETS}",
            rating_value="1 + n * 7 %% 5",
            is_satisfaction_counted="TRUE",
            signed_off_at=f"{month} + (n %% 20) * INTERVAL '1 day'",
            access_token="NULL",
        )
        late = "n * 13 %% 19 = 0"
        moment = f"{month} + (n %% 20) * INTERVAL '1 day'"
        for clock in ticket.clock_ids:
            spread(
                self.cr,
                clock,
                each,
                ticket_id=f"{ticket.id + 1} + n",
                state=f"CASE WHEN {late} THEN 'breached' ELSE 'met' END",
                breached_at=f"CASE WHEN {late} THEN {moment} END",
                stopped_at=moment,
            )


def spread(cr, seed, source, **shifts):
    """Insert the row of ``seed`` once for each row of ``source``, changed by shifts."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
        [seed._table],
    )
    shifts.setdefault("id", f"nextval('{seed._table}_id_seq')")
    columns = [name for [name] in cr.fetchall()]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(shifts.get(name, f'seed."{name}"') for name in columns)
    cr.execute(
        f'INSERT INTO "{seed._table}" ({names}) SELECT {values}'
        f' FROM "{seed._table}" AS seed, {source} WHERE seed.id = %s',
        [seed.id],
    )
    table = seed._table
    cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM \"{table}\"))")
    # References were checked against a table of one row; plans are made anew.
    cr.execute(f'ANALYZE "{table}"')
