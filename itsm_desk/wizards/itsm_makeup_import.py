from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.date_utils import to_timezone

from ..models.sla.itsm_makeup_day import WEEKDAYS
from ..tools.makeup_days import get_announced
from ..tools.one_record import check_one


class ItsmMakeupImport(models.TransientModel):
    """Enters the holidays and make-up days that China announced for a year.

    For who edits the working hours: every date of the preview can be left out.
    """

    _name = "itsm.makeup.import"
    _description = "Import Make-up Days"

    year = fields.Integer(
        required=True,
        default=lambda self: fields.Date.today().year,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    calendar_ids = fields.Many2many(
        comodel_name="resource.calendar",
        relation="itsm_makeup_import_calendar_rel",
        column1="import_id",
        column2="calendar_id",
        string="Working Hours",
        required=True,
        compute="_compute_calendar_ids",
        store=True,
        readonly=False,
        domain="[('flexible_hours', '=', False),"
        " ('company_id', 'in', [company_id, False])]",
        help="The working hours that get the make-up days.",
    )
    with_days_off = fields.Boolean(
        string="Days Off Too",
        default=True,
        help="Enter the holidays as days off of the whole company.",
    )
    line_ids = fields.One2many(
        comodel_name="itsm.makeup.import.line",
        inverse_name="import_id",
        string="Days of the Notice",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("company_id")
    def _compute_calendar_ids(self):
        for wizard in self:
            wizard.calendar_ids = wizard.company_id.resource_calendar_id.filtered(
                lambda calendar: not calendar.flexible_hours
            )

    @api.depends("year", "company_id", "calendar_ids", "with_days_off")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                fields.Command.clear(),
                *map(fields.Command.create, wizard._prepare_lines()),
            ]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_import(self):
        """Enter the chosen days."""
        check_one(self)
        self.calendar_ids.check_access("write")
        chosen = self.line_ids.filtered("is_chosen")
        worked = chosen.filtered(lambda line: line.kind == "worked")
        if undecided := worked.filtered(lambda line: not line.weekday):
            raise UserError(
                self.env._(
                    "Choose the weekday whose hours are worked on %s.",
                    ", ".join(map(str, undecided.mapped("date_from"))),
                )
            )
        self.env["itsm.makeup.day"].create(
            [
                {
                    "calendar_id": calendar._origin.id,
                    "date": line.date_from,
                    "weekday": line.weekday,
                    "name": line.name,
                }
                for line in worked
                for calendar in self.calendar_ids
                if line.date_from not in calendar._itsm_get_makeup_days()
            ]
        )
        # sudo: whoever keeps the hours of the company; core lets only those who give
        # access rights enter its days off
        self.env["resource.calendar.leaves"].sudo().with_company(
            self.company_id
        ).create(
            [
                {
                    "name": line.name,
                    "company_id": self.company_id.id,
                    "calendar_id": False,
                    "date_from": self._get_moment(line.date_from, time.min),
                    "date_to": self._get_moment(line.date_to, time(23, 59, 59)),
                }
                for line in chosen - worked
            ]
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_makeup_day_action"
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _prepare_lines(self):
        """Return the values of the preview, by date.

        :raise UserError: for a year that is not announced, or not known here
        """
        self.ensure_one()
        is_chinese = (self.env.lang or "").startswith("zh")
        try:
            rows, worked = get_announced(self.year, is_chinese)
        except LookupError as error:
            first, last = error.args
            raise UserError(
                self.env._(
                    "The days of %(year)s are not known here, only those from "
                    "%(first)s to %(last)s. The State Council announces a year in "
                    "November of the year before: update the Python package "
                    "chinesecalendar, or enter the days by hand.",
                    year=self.year,
                    first=first,
                    last=last,
                )
            ) from error
        lines = [self._prepare_worked_line(day) for day in worked]
        if self.with_days_off:
            lines += [self._prepare_free_line(row) for row in rows]
        return sorted(lines, key=lambda line: line["date_from"])

    def _prepare_worked_line(self, day):
        is_there = self.calendar_ids and all(
            day.date in calendar._origin._itsm_get_makeup_days()
            for calendar in self.calendar_ids
        )
        return {
            "kind": "worked",
            "date_from": day.date,
            "date_to": day.date,
            "weekday": False if day.weekday is None else str(day.weekday),
            "name": day.name,
            "is_there": is_there,
            "is_chosen": not is_there,
        }

    def _prepare_free_line(self, row):
        is_there = bool(
            self.env["resource.calendar.leaves"].search_count(
                [
                    ("resource_id", "=", False),
                    ("company_id", "in", [self.company_id.id, False]),
                    ("date_from", "<=", self._get_moment(row.last, time.max)),
                    ("date_to", ">=", self._get_moment(row.first, time.min)),
                ],
                limit=1,
            )
        )
        return {
            "kind": "free",
            "date_from": row.first,
            "date_to": row.last,
            "name": row.name,
            "is_there": is_there,
            "is_chosen": not is_there,
        }

    def _get_moment(self, day, clock):
        """Return an hour of a day of the company as UTC."""
        zone = self.company_id._itsm_zone()
        return to_timezone(None)(zone.localize(datetime.combine(day, clock)))


class ItsmMakeupImportLine(models.TransientModel):
    """A row of days of the preview."""

    _name = "itsm.makeup.import.line"
    _description = "Day to Import"
    _order = "date_from"

    import_id = fields.Many2one(
        comodel_name="itsm.makeup.import",
        required=True,
        ondelete="cascade",
    )
    is_chosen = fields.Boolean(string="Enter")
    kind = fields.Selection(
        selection=[("free", "Day off"), ("worked", "Working day")],
        required=True,
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    weekday = fields.Selection(selection=WEEKDAYS, string="Works Like")
    name = fields.Char(string="Holiday")
    is_there = fields.Boolean(
        string="There Already",
        help="A day off on one of these dates, or the make-up day, is entered already.",
    )
