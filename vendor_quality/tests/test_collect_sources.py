from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.itsm_desk.models.base.grants import server_create as desk_create
from odoo.addons.itsm_desk.models.base.grants import server_write as desk_write
from odoo.addons.itsm_desk.models.event.ticket_proof import find_differences

from ..models.form.form_result import read_rows_to_count
from .common import TODAY, QualityCommon
from .fake_outsourcing import deliver


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCollectors(QualityCommon):
    """Each source is counted for February 2026, days of the company's zone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_contract = cls._create_contract()

    def _collect(self, metric, contract=None, **form_values):
        form = self._create_form(contract, **form_values)
        span = form._get_spans(read_rows_to_count(form))[0]
        figures = self.env["vendor.quality.collector"]._collect_metric(metric, [span])
        return figures.get(form.id)

    def assertFigure(self, figure, numerator, denominator, sample):
        self.assertEqual(
            (figure.numerator, figure.denominator, figure.sample),
            (numerator, denominator, sample),
        )

    # ------------------------------------------------------------
    # INSPECTIONS
    # ------------------------------------------------------------

    def test_inspection_items(self):
        inside = self._create_round("2026-02-28", ["pass", "pass", "fail", "na"])
        self._create_round("2026-03-01", ["fail"])
        self._create_round("2026-01-31", ["fail"])
        self._create_round("2026-02-10", ["fail"], contract=self.other_contract)
        figure = self._collect(self.metric_rounds)
        self.assertFigure(figure, 2, 3, 3)
        self.assertEqual(
            figure.evidence,
            {
                "model": "vendor.quality.inspection",
                "count": 1,
                "ids": inside.ids,
                "failed_ids": inside.ids,
            },
        )

    def test_inspection_rounds_done(self):
        metric = self._create_metric(
            "done", source="inspection", inspection_measure="done_rate"
        )
        done = self._create_round("2026-02-10", ["pass"])
        missed, waived = (
            self._create_round(f"2026-02-1{day}", [False], done=False) for day in (1, 2)
        )
        waived.with_user(self.officer_user).action_waive("The building was closed")
        with self._keep_transaction():
            self.env["vendor.quality.inspection"]._cron_follow_clock()
        planned = self._create_round("2026-02-13", [False], done=False)
        self.assertEqual(
            (missed + waived + planned).mapped("state"), ["missed", "waived", "planned"]
        )
        figure = self._collect(metric)
        self.assertFigure(figure, 1, 2, 2)
        self.assertEqual(figure.evidence["ids"], [done.id, missed.id])

    def test_no_data_is_no_figure(self):
        self.assertIsNone(self._collect(self.metric_rounds))

    # ------------------------------------------------------------
    # MILESTONES
    # ------------------------------------------------------------

    def _create_milestone(self, due, submitted=None, reject=None):
        milestone = self.env["outsourcing.contract.milestone"].create(
            {"name": due, "contract_id": self.contract.id, "date_due": due}
        )
        if submitted:
            deliver(milestone, submitted, reject=reject)
        return milestone

    def test_milestone_on_the_last_hour_after_a_change_of_the_clock(self):
        """The 28 October of Brussels ends an hour later than that of September."""
        self.company.outsourcing_tz = "Europe/Brussels"
        metric = self._create_metric("clock", source="milestone")
        self._create_milestone("2026-10-28", "2026-10-28 22:30:00")
        late = self._create_milestone("2026-10-29", "2026-10-29 23:30:00")
        october = {"date_start": "2026-10-01", "date_end": "2026-10-31"}
        figure = self._collect(metric, **october)
        self.assertEqual((figure.numerator, figure.denominator), (1, 2))
        self.assertIn(f'"failed_ids": [{late.id}]', figure.evidence_text)

    def test_milestones(self):
        metric = self._create_metric("stones", source="milestone")
        self._create_milestone("2026-02-05", "2026-02-05 23:59:59")
        late = self._create_milestone("2026-02-06", "2026-02-07 00:00:00")
        rejected = self._create_milestone("2026-02-07", "2026-02-07", "Torn")
        self._create_milestone("2026-03-05")
        figure = self._collect(metric)
        self.assertFigure(figure, 1, 3, 3)
        self.assertEqual(figure.evidence["failed_ids"], [late.id, rejected.id])

    # ------------------------------------------------------------
    # FINDINGS
    # ------------------------------------------------------------

    def _create_finding(self, day, verified=True, **values):
        employee = self.env["hr.employee"].create({"name": "Reporter"})
        finding = self.env["outsourcing.finding"].create(
            {
                "subject": "Wet floor",
                "contract_id": self.contract.id,
                "reporter_id": employee.id,
                "date": day,
                **values,
            }
        )
        if verified:
            auditor = self._new_user(
                f"verifier_{day}", "outsourcing_mgmt.group_outsourcing_finance"
            )
            with freeze_time(day):
                finding.with_user(auditor).action_verify(0)
        return finding

    def test_findings(self):
        metric = self._create_metric(
            "findings", anchors=((0, 100), (5, 0)), source="finding", unit="count"
        )
        first = self._create_finding("2026-02-01")
        self._create_finding("2026-02-02", verified=False)
        self._create_finding("2026-02-03", finding_type="saving")
        self._create_finding("2026-03-01")
        figure = self._collect(metric)
        self.assertFigure(figure, 1, 1, 1)
        self.assertEqual(figure.evidence["ids"], first.ids)

    def test_no_finding_is_a_value(self):
        metric = self._create_metric(
            "findings", anchors=((0, 100), (5, 0)), source="finding", min_sample=2
        )
        self.assertFigure(self._collect(metric), 0, 1, 2)

    # ------------------------------------------------------------
    # TICKETS
    # ------------------------------------------------------------

    def _create_ticket(self, contract=None, **values):
        service = self.env["itsm.service"].create(
            {
                "name": "Network",
                "category_id": self.env.ref("itsm_desk.itsm_category_imac").id,
            }
        )
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "No network",
                "partner_id": self.plain_user.partner_id.id,
                "service_id": service.id,
            }
        )
        values = {"outsourcing_contract_id": (contract or self.contract).id, **values}
        self.env.flush_all()
        for name, value in values.items():
            # Only the engine and the sign-off write these columns.
            self.env.cr.execute(
                f"UPDATE itsm_ticket SET {name} = %s WHERE id = %s",  # noqa: S608
                [value, ticket.id],
            )
        ticket.invalidate_recordset()
        return ticket

    def _set_clock(self, ticket, kind, state, moment, cancelled=False):
        clock = ticket.sudo().clock_ids.filtered(lambda item: item.kind == kind)
        self.assertTrue(clock, "the shipped policy starts a clock")
        column = "breached_at" if state == "breached" else "stopped_at"
        self.env.cr.execute(
            f"UPDATE itsm_sla_clock SET state = %s, {column} = %s,"  # noqa: S608
            " is_cancelled = %s WHERE id = %s",
            [state, moment, cancelled, clock.id],
        )
        return clock

    def test_ticket_deadlines(self):
        self.env["itsm.sla.policy"].create(
            {
                "name": "Test",
                "company_id": self.company.id,
                "line_ids": [
                    Command.create({"kind": "response", "target_hours": 1}),
                    Command.create({"kind": "resolution", "target_hours": 4}),
                ],
            }
        )
        metric = self._create_metric(
            "solved", source="ticket_sla", sla_measure="resolution"
        )
        moments = [
            ("met", "2026-02-01 00:00:00", False),
            ("breached", "2026-02-28 23:59:59", False),
            ("met", "2026-03-01 00:00:00", False),
            ("breached", "2026-01-31 23:59:59", False),
            ("breached", "2026-02-10 10:00:00", True),
            ("running", None, False),
        ]
        clocks = [
            self._set_clock(self._create_ticket(), "resolution", state, day, cancelled)
            for state, day, cancelled in moments
        ]
        self._set_clock(
            self._create_ticket(self.other_contract),
            "resolution",
            "breached",
            "2026-02-10",
        )
        figure = self._collect(metric)
        self.assertFigure(figure, 1, 2, 2)
        self.assertEqual(figure.evidence["ids"], [clocks[0].id, clocks[1].id])
        self.assertEqual(figure.evidence["failed_ids"], [clocks[1].id])

    def test_days_are_those_of_the_company(self):
        """1 March 00:30 in Shanghai is still February in UTC."""
        self.company.outsourcing_tz = "Asia/Shanghai"
        metric = self._create_metric("stars", source="ticket_rating", unit="rating")
        self._create_ticket(
            rating_value=5,
            is_satisfaction_counted=True,
            signed_off_at=datetime(2026, 2, 28, 16, 30),
        )
        self.assertIsNone(self._collect(metric))

    def test_ticket_ratings(self):
        metric = self._create_metric("stars", source="ticket_rating", unit="rating")
        for value, counted in ((5, True), (2, True), (1, False), (0, True)):
            self._create_ticket(
                rating_value=value,
                is_satisfaction_counted=counted,
                signed_off_at=datetime(2026, 2, 10, 10),
            )
        self.assertFigure(self._collect(metric), 7, 2, 2)

    def test_complaints(self):
        """Upheld ones by the day they were closed; none is a value; names are kept."""
        metric = self._create_metric(
            "complaints", anchors=((0, 100), (5, 0)), source="complaint", unit="count"
        )
        self.assertFigure(self._collect(metric, self.other_contract), 0, 1, 1)
        ticket = self._create_ticket()
        complaints = desk_create(
            self.env["itsm.complaint"],
            [
                {
                    "subject": outcome,
                    "description": "Slow",
                    "partner_id": self.plain_user.partner_id.id,
                    "ticket_id": ticket.id,
                    "outcome": outcome,
                    "closed_at": closed_at,
                }
                for outcome, closed_at in (
                    ("upheld", "2026-02-10 10:00:00"),
                    ("partly", "2026-02-28 10:00:00"),
                    ("rejected", "2026-02-10 10:00:00"),
                    ("withdrawn", "2026-02-10 10:00:00"),
                    ("upheld", "2026-03-02 10:00:00"),
                    ("upheld", False),
                )
            ],
        )
        self.assertEqual(complaints.outsourcing_contract_id, self.contract)
        figure = self._collect(metric)
        self.assertFigure(figure, 2, 1, 2)
        self.assertEqual(figure.evidence["failed_ids"], complaints[:2].ids)
        rows = self.env[figure.evidence["model"]].with_user(self.officer_user)
        rows = rows.browse(figure.evidence["ids"])
        self.assertEqual(rows.mapped("outcome"), ["upheld", "partly"])
        self.assertFalse(complaints.with_user(self.officer_user).has_access("read"))
        Recompute = self.env["vendor.quality.recompute"]
        self.env.flush_all()
        Recompute.search([]).unlink()
        desk_write(complaints[5], {"closed_at": "2026-02-12 10:00:00"})
        self.assertEqual(
            [str(row.date_from) for row in Recompute.search([])], ["2026-02-11"]
        )

    def test_second_repairs(self):
        """Against the contract of the repair that did not last; requests are none."""
        metric = self._create_metric(
            "repairs",
            anchors=((0, 100), (5, 0)),
            source="second_repair",
            unit="count",
        )
        self.company.itsm_second_repair_days = 30
        printer = self.env["maintenance.equipment"].create({"name": "Printer"})

        def repair(begun, solved=False, contract=None, **values):
            ticket = self._create_ticket(contract, **values)
            ticket.sudo().equipment_ids = printer
            attempt = desk_create(
                self.env["itsm.handling"],
                [
                    {
                        "ticket_id": ticket.id,
                        "company_id": ticket.company_id.id,
                        "number": 1,
                        "begun_at": f"{begun} 10:00:00",
                    }
                ],
            )
            if solved:
                desk_write(
                    attempt, {"state": "solved", "solved_at": f"{solved} 10:00:00"}
                )
            return ticket

        first = repair("2026-01-20", "2026-01-21")
        repair("2026-02-03", "2026-02-04", ticket_type="request")
        repairs = self.env["itsm.second.repair"]
        mine = [("equipment_id", "=", printer.id)]
        self.assertFalse(repairs.search(mine))
        self.assertFigure(self._collect(metric, self.other_contract), 0, 1, 1)
        self.env.flush_all()
        Recompute = self.env["vendor.quality.recompute"]
        Recompute.search([]).unlink()
        again = repair("2026-02-10", contract=self.other_contract)
        self.env.flush_all()
        self.assertEqual(
            Recompute.search([]).mapped(
                lambda row: (row.contract_id, str(row.date_from))
            ),
            [(self.contract, "2026-02-09")],
        )
        figure = self._collect(metric)
        self.assertFigure(figure, 1, 1, 1)
        self.assertEqual(figure.evidence["failed_ids"], first.ids)
        desk_write(again, {"ticket_type": "request"})
        self.assertFalse(repairs.search(mine))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTicketContract(QualityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.supervisor = new_test_user(
            cls.env, "quality_supervisor", "itsm_desk.group_itsm_supervisor"
        )
        cls.technician = new_test_user(
            cls.env, "quality_technician", "itsm_desk.group_itsm_technician"
        )
        cls.service = cls.env["itsm.service"].create(
            {
                "name": "Printers",
                "category_id": cls.env["itsm.category"].search([], limit=1).id
                or cls.env["itsm.category"].create({"name": "Office"}).id,
                "outsourcing_contract_id": cls.contract.id,
            }
        )

    def _file(self, user, **values):
        return (
            self.env["itsm.ticket"]
            .with_user(user)
            .create(
                {
                    "subject": "Paper jam",
                    "service_id": self.service.id,
                    "partner_id": user.partner_id.id,
                    **values,
                }
            )
        )

    def test_ticket_counts_for_the_contract_of_its_service(self):
        ticket = self._file(self.plain_user)
        self.assertEqual(ticket.sudo().outsourcing_contract_id, self.contract)

    def test_contract_of_that_day(self):
        """After the end nobody delivers; a renewal takes over."""
        contract = self._create_contract(date_end="2026-03-01")
        self.service.outsourcing_contract_id = contract
        ticket = self._file(self.plain_user)
        self.assertFalse(ticket.sudo().outsourcing_contract_id)
        successor = self._create_contract(date_start="2026-03-02")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET predecessor_id = %s WHERE id = %s",
            [contract.id, successor.id],
        )
        self.env.invalidate_all()
        ticket = self._file(self.plain_user)
        self.assertEqual(ticket.sudo().outsourcing_contract_id, successor)

    def test_signed_off_ticket_takes_its_days_to_another_contract(self):
        """The contract is computed: no write names it."""
        other = self._create_contract()
        service = self.service.copy({"outsourcing_contract_id": other.id})
        ticket = self._file(self.plain_user).sudo()
        desk_write(ticket, {"signed_off_at": "2026-02-10 10:00:00"})
        Recompute = self.env["vendor.quality.recompute"]
        self.env.flush_all()
        Recompute.search([]).unlink()
        desk_write(ticket, {"service_id": service.id})
        self.env.flush_all()
        self.assertEqual(ticket.outsourcing_contract_id, other)
        self.assertEqual(
            {
                (row.contract_id, str(row.date_from), str(row.date_to))
                for row in Recompute.search([])
            },
            {
                (contract, "2026-02-09", "2026-02-11")
                for contract in self.contract | other
            },
        )

    def test_technician_does_not_choose_whose_score(self):
        with self.assertRaises(AccessError):
            self._file(self.technician, outsourcing_contract_id=self.contract.id)
        ticket = self._file(self.technician, service_id=False)
        with self.assertRaises(AccessError):
            ticket.outsourcing_contract_id = self.contract
        with self.assertRaises(AccessError):
            ticket.sudo().outsourcing_contract_id = self.contract
        with self.assertRaises(AccessError):
            self.env["itsm.ticket"].with_user(self.technician).with_context(
                default_outsourcing_contract_id=self.contract.id
            ).create({"subject": "x", "partner_id": self.technician.partner_id.id})
        ticket.with_user(self.supervisor).sudo().outsourcing_contract_id = self.contract
        entry = ticket.sudo().event_ids.filtered(lambda item: item.kind == "vendor")
        self.assertRecordValues(
            entry,
            [{"new_value": str(self.contract.id), "user_id": self.supervisor.id}],
        )
        self.assertEqual(entry.new_label, self.contract.display_name)
        self.assertEqual(find_differences(ticket), {})


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractTemplate(QualityCommon):
    def test_default_of_the_category(self):
        product = self.env["product.product"].create(
            {"name": "Month", "type": "service", "purchase_method": "receive"}
        )
        self.env["outsourcing.category"].create(
            {
                "name": "Cleaning",
                "product_id": product.id,
                "vendor_quality_template_id": self.template.id,
            }
        )
        contract = self._create_contract(
            activate=False, vendor_quality_template_id=False
        )
        self.assertFalse(contract.vendor_quality_template_id)
        self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "outsourcing_contract_id": contract.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        self.assertEqual(contract.vendor_quality_template_id, self.template)

    def test_renewal_keeps_the_template(self):
        self.contract.with_user(self.procurement_user).action_renew()
        successor = self.contract.successor_ids
        self.assertEqual(successor.vendor_quality_template_id, self.template)

    def test_signed_contract_keeps_its_template(self):
        other = self.env.ref("vendor_quality.template_cleaning")
        for user in (self.procurement_user, self.owner_user, self.manager_user):
            for value in (False, other.id):
                with self.assertRaises(UserError):
                    self.contract.with_user(user).sudo().write(
                        {"vendor_quality_template_id": value}
                    )

    def test_template_can_still_be_given(self):
        contract = self._create_contract(vendor_quality_template_id=False)
        with self.assertRaises(AccessError):
            contract.with_user(self.procurement_user).write(
                {"vendor_quality_template_id": self.template.id}
            )
        contract.with_user(self.manager_user).write(
            {"vendor_quality_template_id": self.template.id}
        )
        with self.assertRaises(UserError):
            contract.with_user(self.manager_user).write({"amount_total": 1})

    def test_renewal_without_its_template_takes_a_quality_manager(self):
        """Procurement alone took a renewal, or a whole kind, out of bill control."""
        self.contract.with_user(self.procurement_user).action_renew()
        renewal = self.contract.successor_ids
        mine = renewal.with_user(self.procurement_user)
        other = self.env.ref("vendor_quality.template_cleaning")
        for template in (other, other.browse()):
            mine.write({"vendor_quality_template_id": template.id})
            with self.assertRaisesRegex(UserError, "held by the quality template"):
                mine.action_send_to_sign()
        theirs = renewal.with_user(self.manager_user)
        theirs.write({"vendor_quality_template_id": other.id})
        theirs.write({"vendor_quality_template_id": False})
        mine.action_send_to_sign()
        for template in (other, self.template):
            with self.assertRaisesRegex(UserError, "waits for its signature"):
                mine.sudo().write({"vendor_quality_template_id": template.id})
        mine.action_reset()
        # What was allowed is not allowed for another change.
        mine.write({"vendor_quality_template_id": other.id})
        self.assertFalse(renewal.vendor_quality_template_by_id)
        with self.assertRaisesRegex(UserError, "held by the quality template"):
            mine.action_send_to_sign()
        mine.write({"vendor_quality_template_id": self.template.id})
        mine.action_send_to_sign()

    def test_what_went_out_for_signature_is_signed_as_it_is(self):
        """Sent by a rule of before, or a new version came since."""
        self.contract.with_user(self.procurement_user).action_renew()
        renewal = self.contract.successor_ids
        mine = renewal.with_user(self.procurement_user)
        mine.action_send_to_sign()
        update = "UPDATE outsourcing_contract SET vendor_quality_template_%s = %%s"
        self.env.flush_all()
        self.env.cr.execute(update % "id" + " WHERE id = %s", (None, renewal.id))
        self.env.invalidate_all()
        self.assertFalse(mine._get_cannot_sign_reason())
        # Whoever took it out of bill control does not sign it.
        self.env.cr.execute(
            update % "by_id" + " WHERE id = %s", (self.procurement_user.id, renewal.id)
        )
        self.env.invalidate_all()
        self.assertIn(
            "held by the quality template",
            mine._get_cannot_sign_reason()[renewal.id],
        )
        category = self.env["outsourcing.category"].create(
            {"name": "Kept", "vendor_quality_template_id": self.template.id}
        )
        self.env.flush_all()
        self.env.cr.execute(update % "id", (None,))
        self.env.cr.execute(
            update % "id" + ", category_id = %s WHERE id = %s",
            (self.template.id, category.id, renewal.id),
        )
        self.env.cr.execute(
            "UPDATE vendor_quality_template SET state = 'retired' WHERE id = %s",
            (self.template.id,),
        )
        self.env.invalidate_all()
        self.assertFalse(mine._get_cannot_sign_reason())

    def test_template_of_the_category_is_not_left_out_alone(self):
        category = self.env["outsourcing.category"].create(
            {"name": "Kept", "vendor_quality_template_id": self.template.id}
        )
        contract = self._create_contract(
            activate=False, category_id=category.id, vendor_quality_template_id=False
        )
        with self.assertRaisesRegex(UserError, "held by the quality template"):
            contract.with_user(self.procurement_user).action_send_to_sign()
        with self.assertRaisesRegex(AccessError, "set by the procedure"):
            contract.with_user(self.procurement_user).write(
                {"vendor_quality_template_by_id": self.manager_user.id}
            )

    def test_counts(self):
        self._create_round("2026-02-10", ["pass"])
        form = self._create_approved_form()
        contract = self.contract.with_user(self.officer_user)
        self.assertRecordValues(
            contract,
            [
                {
                    "vendor_quality_inspection_count": 1,
                    "vendor_quality_form_count": 1,
                    "vendor_quality_grade": form.grade,
                }
            ],
        )
        action = contract.action_view_vendor_quality_forms()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), form)
        plain = self.contract.with_user(self.procurement_user)
        self.assertEqual(plain.vendor_quality_form_count, 0)
