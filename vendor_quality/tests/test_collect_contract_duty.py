from odoo.orm.model_classes import add_to_registry
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY

from ..models.form.form_result import read_rows_to_count
from .common import TODAY, QualityCommon


class CollectorCommon(QualityCommon):
    def _count(self, metric, form=None, **values):
        form = form or self._create_form(**values)
        figures = self.env["vendor.quality.collector"]._collect_metric(
            metric, [form._get_spans(read_rows_to_count(form))[0]]
        )
        figure = figures.get(form.id)
        return figure and (figure.numerator, figure.denominator, figure.evidence)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCollectorContractDuty(CollectorCommon):
    """Duties of the vendor in February 2026 that records of the contract prove."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric = cls._create_metric("duties", source="contract_duty")

    # ------------------------------------------------------------
    # GUARANTEES
    # ------------------------------------------------------------

    def _create_guarantee(self, state="held", contract=None, **values):
        guarantee = self.env["outsourcing.contract.guarantee"].create(
            {
                "contract_id": (contract or self.contract).id,
                "guarantee_type": "performance",
                "amount": 1000,
                "issuer": "Bank",
                "document": SIGNED_COPY,
                "document_name": "guarantee.pdf",
                "date_issue": "2026-01-05",
                **values,
            }
        )
        if state == "held":
            with freeze_time("2026-01-06 08:00:00"):
                guarantee.with_user(self.procurement_user).action_hold()
        return guarantee

    def test_valid_until_the_end_of_the_period(self):
        kept = self._create_guarantee(date_expiry="2026-02-28")
        short = self._create_guarantee(date_expiry="2026-02-27")
        numerator, denominator, evidence = self._count(self.metric)
        self.assertEqual((numerator, denominator), (1, 2))
        self.assertEqual(
            evidence,
            {
                "model": "outsourcing.contract.guarantee",
                "count": 2,
                "ids": (kept | short).ids,
                "failed_ids": short.ids,
            },
        )

    def test_not_handed_in_is_not_kept(self):
        self._create_guarantee("requested", date_expiry="2026-12-31")
        self._create_guarantee("requested", date_expiry=False)
        self.assertEqual(self._count(self.metric)[:2], (0, 2))

    def test_what_was_not_due_is_not_counted(self):
        self._create_guarantee("held", date_expiry="2026-12-31", guarantee_type="bid")
        self._create_guarantee(date_issue="2026-03-01", date_expiry="2026-12-31")
        released = self._create_guarantee(date_expiry="2026-01-31")
        with freeze_time("2026-01-31 08:00:00"):
            released.with_user(self.owner_user).action_release("Another one came")
        self.assertIsNone(self._count(self.metric))

    def test_end_of_the_contract_is_enough(self):
        contract = self._create_contract(date_end="2026-02-15")
        self._create_guarantee(contract=contract, date_expiry="2026-02-15")
        counted = self._count(
            self.metric,
            contract=contract,
            date_start="2026-02-01",
            date_end="2026-02-15",
        )
        self.assertEqual(counted[:2], (1, 1))

    # ------------------------------------------------------------
    # WORKERS
    # ------------------------------------------------------------

    def test_agreed_staff_on_site(self):
        metric = self._create_metric(
            "staff", source="contract_duty", duty_measure="worker"
        )
        workers = self.env["outsourcing.worker"]
        officer = self._new_user(
            "site_officer", "outsourcing_mgmt.group_outsourcing_officer"
        )
        for day, state in (
            ("2026-02-02", "on_site"),
            ("2026-02-28", "planned"),
            ("2026-02-10", "left"),
            ("2026-03-01", "planned"),
            ("2026-01-31", "planned"),
        ):
            person = self.env["res.partner"].create(
                {"name": day, "parent_id": self.vendor.id}
            )
            worker = workers.create(
                {
                    "contract_id": self.contract.id,
                    "partner_id": person.id,
                    "role": "Cleaner",
                    "date_start": day,
                }
            )
            with freeze_time(f"{day} 08:00:00"):
                if state != "planned":
                    worker.with_user(officer).action_onboard()
                if state == "left":
                    worker.with_user(officer).action_leave("Moved away")
            workers |= worker
        form = self._create_form()
        numerator, denominator, evidence = self._count(metric, form)
        self.assertEqual((numerator, denominator), (2, 3))
        self.assertEqual(evidence["failed_ids"], workers[1].ids)
        with freeze_time("2026-02-28 08:00:00"):
            workers[1].with_user(officer).action_leave("Never came")
        numerator, denominator, evidence = self._count(metric, form)
        self.assertEqual((numerator, denominator), (2, 3), "leaving is not coming")
        self.assertEqual(evidence["failed_ids"], workers[1].ids)
        # As the server does it when a contract follows on another.
        server_write(workers[0], {"continues_id": workers[2].id})
        self.assertEqual(
            self._count(metric, form)[:2], (1, 2), "counted before already"
        )
        with freeze_time("2026-02-15 08:00:00"):
            server_write(self.contract, {"termination_date": "2026-02-15"})
        self.assertEqual(self._count(metric, form)[:2], (1, 1), "not due after the end")

    # ------------------------------------------------------------
    # FORM
    # ------------------------------------------------------------

    def test_form_scores_it_and_opens_the_records(self):
        self._create_guarantee(date_expiry="2026-12-31")
        template = self._create_active_template([(self.metric, 10000)], code="duties")
        contract = self._create_contract(vendor_quality_template_id=template.id)
        kept = self._create_guarantee(contract=contract, date_expiry="2026-12-31")
        form = self._create_form(contract)
        form.action_collect()
        self.assertEqual((form.score, form.line_ids.counted), (100, "1 / 1"))
        action = form.line_ids.action_view_records()
        self.assertEqual(action["res_model"], "outsourcing.contract.guarantee")
        self.assertEqual(action["domain"], [("id", "in", kept.ids)])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCollectorNewSource(CollectorCommon):
    """One more source is one small class and one more value of the selection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from .fake_collector import VendorQualityCollectorFake

        cls.addClassCleanup(cls._forget_fake)
        add_to_registry(cls.registry, VendorQualityCollectorFake)
        cls.registry._setup_models__(cls.env.cr, [VendorQualityCollectorFake._name])
        source = cls.registry["vendor.quality.metric"]._fields["source"]
        selection = [*source.selection, ("fake", "Fake")]
        cls.classPatch(source, "selection", selection)
        cls.classPatch(source, "_selection", dict(selection))

    @classmethod
    def _forget_fake(cls):
        del cls.registry["vendor.quality.collector.fake"]
        cls.registry._setup_models__(cls.env.cr)

    def test_form_scores_the_new_source(self):
        metric = self._create_metric(
            "visits", anchors=((0, 0), (10, 100)), source="fake", unit="points"
        )
        contacts = self.env["res.partner"].create(
            [
                {"name": "Contact", "parent_id": self.vendor.id, "color": color}
                for color in (4, 8)
            ]
        )
        template = self._create_active_template([(metric, 10000)], code="visits")
        contract = self._create_contract(vendor_quality_template_id=template.id)
        form = self._create_form(contract)
        form.action_collect()
        self.assertEqual(form.score, 60)
        self.assertEqual(form.line_ids.evidence["failed_ids"], contacts[0].ids)
        action = metric.with_user(self.officer_user).action_try()
        trial = self.env[action["res_model"]].browse(action["res_id"])
        self.assertIn(60, trial.line_ids.mapped("points"))
