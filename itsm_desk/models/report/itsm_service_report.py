import json
import logging
from base64 import b64decode, b64encode
from io import BytesIO

import xlsxwriter
from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list

from ...tools.one_record import check_one
from ..base.grants import is_server_act, server_create, server_write
from ..base.working_days import get_day
from ..intent.itsm_mail_intent import makes, note, read_values
from .report_content import make_content
from .report_workbook import OPTIONS, write_workbook

_logger = logging.getLogger(__name__)

MAIN = ("filed", "response", "resolution", "satisfaction", "reopened", "silence")
"""Figures that the first page shows as pictures."""
STYLES = {"met": "text-success", "missed": "text-danger", "none": ""}
KIND = "service report"
ISSUERS = ("itsm_desk.group_itsm_manager", "itsm_desk.group_itsm_quality")


class ItsmServiceReport(models.Model):
    """What the desk did in a month: of the company, a team or a service.

    States: draft -> issued. A draft is counted anew whenever it is looked at again; an
    issued one is frozen with the facts of its days and their SHA-256, so that anybody
    can count it again without Odoo (``tools/recompute_report.py``).

    ==============  ==========================  ==========================
    Right           Who                         Restriction
    ==============  ==========================  ==========================
    read            managers, quality           of the company
    read            supervisors                 issued ones
    create, issue   managers, quality           a month that is over
    delete          managers                    drafts
    ==============  ==========================  ==========================

    A schedule (``itsm.service.report.schedule``) creates, issues and mails it.
    """

    _name = "itsm.service.report"
    _description = "Service Report"
    _inherit = ["itsm.flow.mixin", "mail.thread"]
    _order = "month desc, id desc"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {"draft": {"issued"}, "issued": set()}
    _flow_verbs = {"issued": "issue"}
    _flow_groups = {"issue": ISSUERS}
    _flow_system_fields = frozenset(
        {
            "figures",
            "evidence",
            "evidence_name",
            "workbook",
            "workbook_name",
            "evidence_hash",
            "counted_at",
            "issued_at",
            "issued_by_id",
            "mailed_at",
        }
    )
    _flow_content_fields = frozenset(
        {"month", "team_id", "service_id", "company_id", "remark"}
    )
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What it is about
    month = fields.Date(
        required=True,
        default=lambda self: self._default_month(),
        help="The first day of the month.",
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team", check_company=True, index="btree_not_null"
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service", check_company=True, index="btree_not_null"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    remark = fields.Text(
        help="What a reader has to know beside the figures; printed on the first page."
    )
    recipient_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="itsm_service_report_recipient_rel",
        string="Recipients",
        help="They get it by mail when it is issued.",
    )

    # Where it stands
    state = fields.Selection(
        selection=[("draft", "Draft"), ("issued", "Issued")],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    figures = fields.Json(readonly=True, copy=False)
    preview = fields.Html(string="Preview", compute="_compute_preview", sanitize=False)
    counted_at = fields.Datetime(string="Counted on", readonly=True, copy=False)
    issued_at = fields.Datetime(string="Issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one(
        comodel_name="res.users", string="Issued by", readonly=True, copy=False
    )
    mailed_at = fields.Datetime(string="Mailed on", readonly=True, copy=False)

    # What it rests on
    evidence_hash = fields.Char(
        string="SHA-256 of the Facts", readonly=True, copy=False
    )
    evidence = fields.Binary(
        string="Facts",
        readonly=True,
        copy=False,
        attachment=True,
        help="The facts of the days and the figures, for tools/recompute_report.py.",
    )
    evidence_name = fields.Char(readonly=True, copy=False)
    workbook = fields.Binary(readonly=True, copy=False, attachment=True)
    workbook_name = fields.Char(readonly=True, copy=False)

    # What the acting user may do now
    can_issue = fields.Boolean(compute="_compute_flow_can")

    _one_scope = models.Constraint(
        "CHECK (team_id IS NULL OR service_id IS NULL)",
        "A report is about a team, a service, or the whole company.",
    )
    _first_day = models.Constraint(
        "CHECK (extract(day FROM month) = 1)",
        "The month is named by its first day.",
    )
    _issued_uniq = models.UniqueIndex(
        "(company_id, month, COALESCE(team_id, 0), COALESCE(service_id, 0))"
        " WHERE state = 'issued'",
        "A report of this month and scope is issued already.",
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_month(self):
        today = get_day(self.env.company, fields.Datetime.now())
        return today.replace(day=1) - relativedelta(months=1)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "month")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_preview(self):
        for report in self:
            report.preview = self.env["ir.qweb"]._render(
                "itsm_desk.service_report_figures", {"report": report}
            )

    @api.depends("month", "team_id", "service_id", "company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for report in self:
            # sudo: the name of what the report is about
            trusted = report.sudo()
            scope = trusted.team_id or trusted.service_id or trusted.company_id
            month = report.month and format_date(
                self.env, report.month, date_format=self.env._("MMMM y")
            )
            report.display_name = self.env._(
                "Service report %(month)s, %(scope)s",
                month=month or "",
                scope=scope.name or "",
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        reports = super().create(vals_list)
        # sudo: figures are written by the procedure
        reports.sudo()._fill()
        return reports

    def write(self, vals):
        result = super().write(vals)
        if self._flow_content_fields.intersection(vals) - {"remark"}:
            # sudo: as above
            self.sudo().filtered(lambda report: report.state == "draft")._fill()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_issue(self):
        """Freeze it with its facts, and mail it to its recipients."""
        return self._take_step("issued")

    def action_count(self):
        """Count a draft again."""
        check_one(self)
        self.check_access("write")
        if self.state != "draft":
            raise UserError(
                self.env._("%s is issued and stays as it is.", self._flow_names())
            )
        # sudo: figures are written by the procedure
        self.sudo()._fill()
        return True

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _flow_get_reasons(self, verb):
        if is_server_act(self):
            return {}
        return super()._flow_get_reasons(verb)

    def _get_cannot_issue_reason(self):
        return {
            report.id: self.env._(
                "its month is not over, or its last day is not counted yet. It can be "
                "issued from the second day of the next month on."
            )
            for report in self
            if not report._is_over()
        }

    def _flow_get_hook_records(self):
        # sudo: files and mails follow from the step
        return self.sudo()

    def _on_enter_issued(self, origins):
        for report in self:
            evidence = report._count_anew()
            document = json.dumps(
                {"report": report.display_name, **evidence}, indent=1, sort_keys=True
            )
            name = report.display_name.replace("/", "-")
            server_write(
                report,
                {
                    "issued_at": fields.Datetime.now(),
                    "issued_by_id": self.env.uid,
                    "evidence": b64encode(document.encode()),
                    "evidence_name": f"{name}.json",
                    "workbook": b64encode(report._make_workbook(evidence["rows"])),
                    "workbook_name": f"{name}.xlsx",
                },
            )
            note_report(report)

    def _is_over(self):
        """Whether all days of the month are counted."""
        self.ensure_one()
        # sudo: how far the figures are counted is no secret
        counted = self.sudo().company_id.itsm_kpi_day
        last = self.month + relativedelta(months=1, days=-1)
        return bool(counted) and counted >= last

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_issue(self):
        """Create and issue what the schedules ask for, each in its own transaction."""
        schedules = self.env["itsm.service.report.schedule"].search(
            [("active", "=", True)]
        )
        due = schedules.filtered(lambda schedule: schedule._get_due_month())
        for left, schedule in zip(range(len(due) - 1, -1, -1), due, strict=True):
            try:
                with self.env.cr.savepoint():
                    self._issue_for(schedule)
            except Exception:
                _logger.exception("The report of schedule %s was left", schedule.id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _issue_for(self, schedule):
        report = server_create(
            self,
            {
                "month": schedule._get_due_month(),
                "team_id": schedule.team_id.id,
                "service_id": schedule.service_id.id,
                "company_id": schedule.company_id.id,
                "recipient_ids": [Command.set(schedule.recipient_ids.ids)],
            },
        )
        if report._is_over():
            server_write(report, {"state": "issued"})
        else:
            # Tomorrow again: the facts of the last days are not counted yet.
            raise UserError(self.env._("The month is not counted to its end yet."))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _fill(self):
        """Count the figures anew."""
        for report in self:
            report._count_anew()

    def _count_anew(self):
        """Count the figures of one report anew; return their evidence."""
        self.ensure_one()
        figures, evidence = make_content(self)
        server_write(
            self,
            {
                "figures": figures,
                "evidence_hash": figures["sha256"],
                "counted_at": fields.Datetime.now(),
            },
        )
        return evidence

    def _get_facts(self):
        """Return the facts behind the figures: of an issued report the frozen ones."""
        self.ensure_one()
        if self.evidence:
            return json.loads(b64decode(self.with_context(bin_size=False).evidence))[
                "rows"
            ]
        # sudo: facts of days name no person; whoever reads the report may know them
        return make_content(self.sudo())[1]["rows"]

    def _make_workbook(self, rows=None):
        """Return the workbook (bytes): figures, causes and the facts of the days.

        :param list rows: the facts, where they were read already
        """
        self.ensure_one()
        file = BytesIO()
        workbook = xlsxwriter.Workbook(file, OPTIONS)
        write_workbook(workbook, self, self._get_facts() if rows is None else rows)
        workbook.close()
        return file.getvalue()

    def _get_kpi_rows(self):
        """Return what the page shows of each figure: ``[{name, value, ...}]``."""
        self.ensure_one()
        rows = []
        names = {kpi.id: kpi for kpi in self.env["itsm.kpi"].search([])}
        for kpi in (self.figures or {}).get("kpis", []):
            figure = kpi["months"][self.figures["month"]]
            months = list(kpi["months"].items())
            before = months[-2][1] if len(months) > 1 else {"value": None}
            best = max((item["value"] or 0 for _month, item in months), default=0)
            value, target = figure["value"], kpi["target"]
            status = "none"
            if value is not None and target is not None:
                is_met = (
                    value >= target
                    if kpi["direction"] == "higher"
                    else (value <= target)
                )
                status = "met" if is_met else "missed"
            known = names.get(kpi["id"])
            rows.append(
                {
                    **figure,
                    "css": STYLES[status],
                    "code": kpi["code"],
                    "name": known.name if known else kpi["code"],
                    "exclusions": known.exclusions if known else "",
                    "unit": kpi["unit"],
                    "unit_name": dict(
                        self.env["itsm.kpi"]
                        ._fields["unit"]
                        ._description_selection(self.env)
                    ).get(kpi["unit"], ""),
                    "target": target,
                    "status": status,
                    "before": before["value"],
                    "trend": [
                        {
                            "month": month,
                            "value": item["value"],
                            "height": round(40 * (item["value"] or 0) / best) or 1
                            if best
                            else 1,
                        }
                        for month, item in months
                    ],
                }
            )
        return rows

    @api.model
    def _get_main_rows(self, rows):
        """Return the rows that are shown as pictures."""
        return [row for row in rows if row["code"] in MAIN]

    @api.model
    def _format_low(self, value, unit):
        """Return the lower bound of a mean: nothing that is counted is negative."""
        low = None if value is None else max(0, value)
        return self.env["itsm.kpi"]._format_figure(low, unit)


class ItsmServiceReportSchedule(models.Model):
    """Lets a report be issued and mailed each month, from a day of it on.

    Managers and quality write them.
    """

    _name = "itsm.service.report.schedule"
    _description = "Schedule of Service Reports"
    _order = "id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team", check_company=True, index="btree_not_null"
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service", check_company=True, index="btree_not_null"
    )
    day = fields.Integer(
        string="From Day of the Month",
        required=True,
        default=3,
        aggregator=None,
        help="Ratings of the last days of a month still come in on the first days of "
        "the next one.",
    )
    recipient_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="itsm_service_report_schedule_recipient_rel",
        string="Recipients",
        required=True,
    )

    _one_scope = models.Constraint(
        "CHECK (team_id IS NULL OR service_id IS NULL)",
        "A report is about a team, a service, or the whole company.",
    )
    _day_range = models.Constraint(
        "CHECK (day BETWEEN 2 AND 28)",
        "A report is issued from the 2nd to the 28th of the month on.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_due_month(self):
        """Return the first day of the month to report on, or None."""
        self.ensure_one()
        today = get_day(self.company_id, fields.Datetime.now())
        month = today.replace(day=1) - relativedelta(months=1)
        if today.day < self.day:
            return None
        issued = self.env["itsm.service.report"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("team_id", "=", self.team_id.id),
                ("service_id", "=", self.service_id.id),
                ("month", "=", month),
                ("state", "=", "issued"),
            ],
            limit=1,
        )
        return None if issued else month


# ------------------------------------------------------------
# MAIL
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would send figures to
# others.


def note_report(report):
    """Note that a report is mailed to its recipients, once for each language."""
    for people in report.recipient_ids.grouped("lang").values():
        note(
            KIND,
            "itsm_desk.mail_template_service_report",
            [(report, people[:1])],
            values={"people": people},
        )


def tell_not_mailed(report, row):
    """Say on the report who did not get it."""
    people = read_values(report, row).get("people") or row.partner_id
    report._message_log(
        body=report.env._(
            "%s was not told of this: the mail could not be made.",
            format_list(report.env, people.mapped("name")),
        ),
        author_id=report.env.ref("base.partner_root").id,
    )


@makes(KIND, tell=tell_not_mailed)
def mail_report(report, row):
    """Mail a report with its workbook to the recipients of one language."""
    people = read_values(report, row)["people"]
    lang = people[:1].lang or report.env.lang
    report = report.with_context(lang=lang, template_preview_lang=lang)
    file = report.env["ir.attachment"].create(
        {
            "name": report.workbook_name,
            "datas": report.with_context(bin_size=False).workbook,
            "res_model": "mail.compose.message",
        }
    )
    report.env.ref(row.template).send_mail(
        report.id,
        email_values={
            "recipient_ids": [Command.set(people.ids)],
            "attachment_ids": [Command.link(file.id)],
        },
    )
    server_write(report, {"mailed_at": fields.Datetime.now()})
