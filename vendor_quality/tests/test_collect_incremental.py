import random

from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..models.form.vendor_quality_form_collect import collect
from .common import TODAY
from .test_collect_recompute_job import RecomputeCommon

SEEDS = range(8)
STEPS = 40


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestIncrementalEqualsRebuild(RecomputeCommon):
    """Random lives of a small world: recounting what changed recounts everything.

    Rounds, findings, milestones, tickets, entered values and the contract itself
    change in any order, are moved and deleted; now and then the job runs. In the
    end its forms equal those of a full rebuild in every figure, in evidence and
    hash.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        metrics = [
            cls._create_metric("items", source="inspection", missing_policy="zero"),
            cls._create_metric(
                "rounds_done", source="inspection", inspection_measure="done_rate"
            ),
            cls._create_metric("stones", source="milestone", missing_policy="neutral"),
            cls._create_metric(
                "findings", anchors=((0, 100), (3, 0)), source="finding", unit="count"
            ),
            cls._create_metric(
                "stars",
                anchors=((1, 0), (5, 100)),
                source="ticket_rating",
                unit="rating",
            ),
            cls._create_metric("entered"),
            cls._create_metric(
                "both", source="formula", formula="(items + entered) / 2"
            ),
        ]
        weights = [2000, 1500, 1500, 1500, 1000, 1500, 1000]
        template = cls._create_active_template(
            list(zip(metrics, weights, strict=True)), code="small_world"
        )
        cls.employee = cls.env["hr.employee"].create({"name": "Reporter"})
        cls.service = cls.env["itsm.service"].create(
            {
                "name": "Network",
                "category_id": cls.env.ref("itsm_desk.itsm_category_imac").id,
            }
        )
        cls.contracts = cls.env["outsourcing.contract"]
        for _index in range(2):
            cls.contracts |= cls._create_contract(
                vendor_quality_template_id=template.id
            )
        for contract in cls.contracts:
            for month in (1, 2):
                cls._create_form(
                    contract,
                    date_start=f"2026-0{month}-01",
                    date_end="2026-01-31" if month == 1 else "2026-02-28",
                ).action_collect()
        cls.forms = cls.Form.search([("contract_id", "in", cls.contracts.ids)])

    def test_random_lives(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), self.env.cr.savepoint():
                self._live(random.Random(seed))

    def _live(self, chance):
        steps = [
            self._add_round,
            self._answer_round,
            self._add_finding,
            self._add_milestone,
            self._change_milestone,
            self._rate_ticket,
            self._enter_value,
            self._change_contract,
        ]
        for _step in range(STEPS):
            chance.choice(steps)(chance)
            if chance.random() < 0.25:
                self.Recompute._cron_recompute()
        self.env.flush_all()
        self.Recompute._cron_recompute()
        self.assertFalse(self.Recompute.search([]))
        incremental = self._get_state(self.forms)
        collect(self.forms)
        self.assertEqual(self._get_state(self.forms), incremental)

    # ------------------------------------------------------------
    # WHAT HAPPENS
    # ------------------------------------------------------------

    def _day(self, chance):
        return f"2026-0{chance.choice((1, 2))}-{chance.randint(1, 28):02d}"

    def _set(self, records, **values):
        """Write with the server's right, as the procedures do."""
        server_write(records, values)

    def _store(self, record, **values):
        """Store what a verb or a computation sets that this small world lacks."""
        record._list_quality_days()
        for name, value in values.items():
            record._fields[name].write(record, value)
        record._list_quality_days()

    def _add_round(self, chance):
        inspection = self.env["vendor.quality.inspection"].create(
            {
                "contract_id": chance.choice(self.contracts).id,
                "inspector_id": self.inspector_user.id,
                "date_due": self._day(chance),
                "line_ids": [
                    (0, 0, {"name": str(index), "result": chance.choice(RESULTS)})
                    for index in range(3)
                ],
            }
        )
        state = chance.choice(["done", "missed", "planned"])
        if state == "done":
            with freeze_time(f"{inspection.date_due} 10:00:00"):
                inspection.with_user(self.inspector_user).action_done()
        elif state == "missed":
            self._set(inspection, state="missed")

    def _answer_round(self, chance):
        lines = self.env["vendor.quality.inspection.line"].search(
            [("inspection_id.contract_id", "in", self.contracts.ids)]
        )
        if lines:
            line = chance.choice(lines)
            self._set(line, result=chance.choice(RESULTS))
            inspection = line.inspection_id
            if chance.random() < 0.3:
                self._set(inspection, date_due=self._day(chance))

    def _add_finding(self, chance):
        finding = self.env["outsourcing.finding"].create(
            {
                "subject": "Wet floor",
                "contract_id": chance.choice(self.contracts).id,
                "reporter_id": self.employee.id,
                "date": self._day(chance),
            }
        )
        if chance.random() < 0.7:
            self._set(finding, verified_on=finding.date)

    def _add_milestone(self, chance):
        self.env["outsourcing.contract.milestone"].create(
            {
                "name": "M",
                "contract_id": chance.choice(self.contracts).id,
                "date_due": self._day(chance),
            }
        )

    def _change_milestone(self, chance):
        milestones = self.env["outsourcing.contract.milestone"].search(
            [("contract_id", "in", self.contracts.ids)]
        )
        if not milestones:
            return
        milestone = chance.choice(milestones)
        act = chance.choice(["move", "accept", "delete"])
        if act == "move":
            self._set(milestone, date_due=self._day(chance))
        elif act == "accept":
            self._store(
                milestone,
                state="accepted",
                submitted_on=f"{self._day(chance)} 10:00:00",
                amount=chance.randint(1, 10**6) / 100,
            )
        elif milestone.state == "planned":
            milestone.unlink()

    def _rate_ticket(self, chance):
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "No network",
                "partner_id": self.plain_user.partner_id.id,
                "service_id": self.service.id,
            }
        )
        officer = ticket.with_user(self.officer_user).sudo()
        officer.outsourcing_contract_id = chance.choice(self.contracts)
        self._store(
            ticket,
            rating_value=chance.randint(1, 5),
            is_satisfaction_counted=True,
            signed_off_at=f"{self._day(chance)} 10:00:00",
        )

    def _enter_value(self, chance):
        form = chance.choice(self.forms).with_user(self.officer_user)
        self._enter(form, "entered", chance.randint(7000, 10000) / 100)

    def _change_contract(self, chance):
        contract = chance.choice(self.contracts)
        self._set(contract, amount_total=chance.randint(1, 10**7) / 100)


RESULTS = ("pass", "fail", "na")
