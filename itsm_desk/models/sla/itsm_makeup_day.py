from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_list

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class ItsmMakeupDay(models.Model):
    """A day on which a calendar works the hours of another weekday.

    Where the state moves a working day onto a weekend, to make up for a longer
    holiday. ``resource.calendar`` reads it wherever it is asked for working time: in
    deadlines, day counts, inspection rounds and leaves.

    ===============  =====================================  ======================
    Right            Who                                    Restriction
    ===============  =====================================  ======================
    read             employees                              own companies
    write            who edits calendars: HR officers,      fixed hours only
                     Settings administrators
    ===============  =====================================  ======================
    """

    _name = "itsm.makeup.day"
    _description = "Make-up Working Day"
    _order = "date desc, calendar_id"
    _rec_name = "date"
    _check_company_auto = True

    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('flexible_hours', '=', False)]",
        default=lambda self: self.env.company.resource_calendar_id,
    )
    company_id = fields.Many2one(
        related="calendar_id.company_id",
        store=True,
        index=True,
    )
    date = fields.Date(required=True, index=True)
    weekday = fields.Selection(
        selection=WEEKDAYS,
        string="Works Like",
        required=True,
        help="The weekday whose hours are worked on this day. In a calendar of two "
        "weeks they are those of the week in which the day lies.",
    )
    name = fields.Char(string="Holiday", help="The holiday that the day makes up for.")

    _day_uniq = models.UniqueIndex(
        "(calendar_id, date)",
        "These working hours have a make-up day on that date already.",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("calendar_id")
    def _check_calendar_id(self):
        flexible = self.calendar_id.filtered("flexible_hours")
        if flexible:
            raise ValidationError(
                self.env._(
                    "%(names)s: flexible hours are the same on every day, so there is "
                    "no weekday to borrow. Choose working hours that are fixed.",
                    names=format_list(self.env, flexible.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        days = super().create(vals_list)
        days._changed(days.calendar_id)
        return days

    def write(self, vals):
        calendars = self.calendar_id
        result = super().write(vals)
        self._changed(calendars | self.calendar_id)
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        self._changed(calendars)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _changed(self, calendars):
        """Forget the days that were read, and end the timelines without them."""
        self.env.registry.clear_cache()
        self.env["itsm.work.timeline"]._supersede(
            Domain("calendar_id", "in", calendars.ids)
        )
