from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .fake_automation import ACTS, SEEN, Automating
from .test_evidence_attacks import KEPT, EvidenceAttacks
from .test_knowledge_article import KnowledgeCommon
from .test_quality_complaint import WEDNESDAY, ComplaintCommon
from .test_report_kpi import KpiCommon

MODULE = "itsm_desk"
INNOCENT = {
    "field": (SEEN, "on_create_or_write"),
    "message": (ACTS["message"], "on_create_or_write"),
    "comment": (ACTS["comment"], "on_state_set"),
    "activity": (f"{ACTS['activity']}\n{ACTS['follower']}", "on_state_set"),
}
"""``{name: (code, trigger)}`` of rules that want nothing of the procedure."""


@tagged("post_install", "-at_install")
@freeze_time(WEDNESDAY)
class TestComplaintAutomation(Automating, ComplaintCommon):
    """Rules on complaints run in the middle of each step, which goes on."""

    def _go_through(self):
        complaint = self._complain()
        self.assertRegex(complaint.name, r"^CMP\d{6}$")
        self.assertEqual(complaint.sudo().technician_id, self.technician)
        self._answer(complaint).invalidate_recordset()
        told = complaint.sudo().message_ids.filtered("partner_ids")
        self.assertIn(complaint.partner_id, told.partner_ids)
        complaint.with_user(self.requester).action_refuse_answer("Still silence")
        self._answer(complaint, self.quality2)
        complaint.with_user(self.requester).action_close()
        self.env.flush_all()
        self.assertEqual(complaint.sudo().state, "closed")
        return complaint

    def test_innocent_rules(self):
        for name, (code, trigger) in INNOCENT.items():
            with self.subTest(rule=name):
                rules = self._automate_documents(MODULE, code, trigger)
                complaint = self._go_through()
                if name == "field":
                    self.assertTrue(complaint.sudo()["x_seen"])
                rules.active = False

    def test_webhook(self):
        self._send_webhooks("itsm.complaint")
        self._go_through()

    def test_after_some_time(self):
        complaint = self._complain().sudo()
        before = complaint.activity_ids
        self._automate_in_time(complaint._name, "filed_at", ACTS["activity"])
        self.assertEqual(len(complaint.activity_ids - before), 1)


@tagged("post_install", "-at_install")
class TestArticleAutomation(Automating, KnowledgeCommon):
    """As above, for articles."""

    def _go_through(self):
        article = self._write_article()
        self._publish(article)
        self.assertEqual(article.version_id.number, 1)
        article.with_user(self.requester).action_vote(True)
        article.action_revise()
        article.body = "<p>Remove the stored password, then restart.</p>"
        self._publish(article)
        article.invalidate_recordset()
        self.assertEqual(article.version_id.number, 2)
        self.assertIn("then restart", article.version_id.body)
        article.with_user(self.manager).action_retire()
        self.env.flush_all()
        self.assertEqual(article.sudo().state, "retired")

    def test_innocent_rules(self):
        for name, (code, trigger) in INNOCENT.items():
            with self.subTest(rule=name):
                rules = self._automate_documents(MODULE, code, trigger)
                self._go_through()
                rules.active = False

    def test_webhook(self):
        self._send_webhooks("itsm.article")
        self._go_through()

    def test_after_some_time(self):
        self._publish(self.article)
        self._automate_in_time("itsm.article", "create_date", ACTS["message"])
        self.assertIn("Seen", "".join(self.article.sudo().message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestTicketTagAutomation(Automating, KnowledgeCommon):
    """A rule for tags, which an administrator adds to tickets."""

    def test_a_tag_is_added(self):
        self.env["ir.model.fields"].sudo().create(
            {
                "name": "x_studio_tag_ids",
                "ttype": "many2many",
                "relation": "res.partner.category",
                "model_id": self.env["ir.model"]._get_id("itsm.ticket"),
            }
        )
        tag = self.env["res.partner.category"].create({"name": "Printer"})
        field = self.env["ir.model.fields"]._get("itsm.ticket", "x_studio_tag_ids")
        code = "record.write({'urgency': '3'})"
        rule = self._automate("itsm.ticket", code, "on_tag_set")
        rule.write({"trg_field_ref": tag.id, "trigger_field_ids": field.ids})
        self.env.flush_all()
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.write({"x_studio_tag_ids": [Command.link(tag.id)]})
        self.env.flush_all()
        self.assertEqual(ticket.sudo().urgency, "3")
        self._solve(ticket).action_sign_off(4)
        self.assertEqual(ticket.sudo().state, "closed")


@tagged("post_install", "-at_install")
class TestRowAutomation(Automating, EvidenceAttacks):
    """Rules on rows of the server that set a field of their own."""

    def test_a_field(self):
        models = [
            *("itsm.sla.clock", "itsm.level.stay", "itsm.ticket.event"),
            *("itsm.handling", "itsm.form.answer", "itsm.vendor.job"),
        ]
        self._add_field(models)
        for name in models:
            self._automate(name, SEEN)
        ticket = self._solve(self._file()).sudo()
        ticket.with_user(self.requester).action_sign_off(4)
        self.env.flush_all()
        self.assertEqual(ticket.state, "closed")
        for rows in (ticket.clock_ids, ticket.event_ids, ticket.handling_ids):
            self.assertTrue(all(rows.mapped("x_seen")), rows)


@tagged("post_install", "-at_install")
class TestEvidenceRules(Automating, EvidenceAttacks):
    """What an administrator's rule writes as the server is refused as well."""

    def _assert_refused(self, codes):
        before = self._snapshot()
        self._assert_refused_to_rules(self.closed, *codes)
        self.assertEqual(self._snapshot(), before)

    def test_rows_of_a_ticket(self):
        """Each column that is evidence, each row, and a row of somebody's own."""
        rows = {
            "clock_ids": ("itsm.sla.clock", "itsm_sla_clock"),
            "event_ids": ("itsm.ticket.event", "itsm_ticket_event"),
            "handling_ids": ("itsm.handling", "itsm_handling"),
        }
        codes = []
        for path, (model, table) in rows.items():
            for name in KEPT[table]:
                field = self.env[model]._fields[name]
                value = "bent"
                if field.type == "selection":
                    now = self.closed[path][:1][name]
                    value = next(
                        key for key in field.get_values(self.env) if key != now
                    )
                elif field.type == "datetime":
                    value = "2020-01-01 00:00:00"
                elif field.type not in ("char", "text", "html"):
                    value = self.open.id if name == "ticket_id" else 1
                codes.append(f"record.{path}.write({{{name!r}: {value!r}}})")
            codes.append(f"record.{path}.unlink()")
            codes.append(f"record.{path}[:1].copy()")
            codes.append(
                f"env[{model!r}].create({{'ticket_id': record.id, 'kind': 'answer'}})"
            )
        self._assert_refused(codes)

    def test_columns_of_a_ticket(self):
        self._assert_refused(
            [
                "record.write({'solved_at': '2020-01-01 00:00:00'})",
                "record.write({'first_response_at': '2020-01-01 00:00:00'})",
                f"record.write({{'user_id': {self.colleague.id}}})",
                "record.write({'rating_value': '5'})",
                "record.write({'clock_ids': [(5,)]})",
                "record.write({'event_ids': [(5,)]})",
                "clock = record.clock_ids[0]\n"
                "clock._write_state(clock._get_state(), datetime.datetime(2030, 1, 1))",
                "record.clock_ids._advance(datetime.datetime(2030, 1, 1))",
                "record.clock_ids.timeline_id.write({'slots': []})",
                "record.clock_ids.timeline_id.write({'superseded_at': False})",
                "env['itsm.work.timeline']._supersede([])",
                "record.rating_ids.write({'rating': 5})",
                "record.rating_ids.unlink()",
            ]
        )

    def test_by_an_automation(self):
        """In the middle of a step, whose own rights it does not have."""
        mine = self.open.with_user(self.technician)
        for code in (
            "record.clock_ids.write({'breached_at': '2020-01-01 00:00:00'})",
            "record.clock_ids.write({'deadline_at': '2030-01-01 00:00:00'})",
            "record.event_ids[-1:].write({'at': '2020-01-01 00:00:00'})",
        ):
            rule = self._automate("itsm.ticket", code, "on_write")
            with (
                self.subTest(code=code),
                mute_logger("odoo.addons.base.models.ir_actions"),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                mine.action_solve()
                self.env.flush_all()
            self.env.invalidate_all()
            rule.active = False
        mine.action_solve()
        self.assertEqual(self.open.state, "solved")


@tagged("post_install", "-at_install")
class TestFigureRules(Automating, KpiCommon):
    """Figures that were counted are no administrator's to write."""

    ACTS = 40

    def test_figures(self):
        with freeze_time("2025-07-01 03:00:00"):
            self.env["itsm.kpi.day"]._cron_count()
        report = self.env["itsm.service.report"].create(
            {"month": fields.Date.to_date("2025-06-01"), "company_id": self.company.id}
        )
        for model, code in (
            ("itsm.kpi.day", "records.write({'numerator': 100})"),
            ("itsm.kpi.day", "records.write({'value': 100})"),
            ("itsm.kpi.day", "records.unlink()"),
            ("itsm.kpi.day", "records[:1].copy()"),
            ("itsm.kpi.team.day", "records.write({'numerator': 100})"),
            ("itsm.kpi.team.day", "records.unlink()"),
            ("itsm.service.report", "records.write({'figures': {}})"),
            ("itsm.service.report", "records.write({'state': 'issued'})"),
            ("itsm.service.report", "records.write({'evidence_hash': 'x'})"),
            ("itsm.kpi", "records.write({'kind': 'sum', 'code': 'filed'})"),
        ):
            own = ("company_id", "=", self.company.id)
            domain = [("code", "=", "resolution") if model == "itsm.kpi" else own]
            records = self.env[model].search(domain)
            self.assertTrue(records, model)
            self._assert_refused_to_rules(records, code)
        self.assertEqual(report.state, "draft")
