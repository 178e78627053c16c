from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round, formatLang

from ..base.uninstall import guards_deletion
from .kpi_counting import COUNTERS

KINDS = [
    ("ratio", "Share or mean: events over events"),
    ("sum", "Number in the period"),
    ("level", "State at the end of a day, mean of the days"),
    ("max", "Longest at the end of a day"),
]
UNITS = [
    ("percent", "%"),
    ("hours", "Hours"),
    ("minutes", "Minutes"),
    ("count", "Items"),
    ("rating", "Rating 1 to 5"),
]


def get_digits(value, unit):
    """Return how many decimals of a figure are shown: none of what is counted."""
    if unit == "count" and float(value).is_integer():
        return 0
    return 2 if unit == "rating" else 1


class ItsmKpi(models.Model):
    """A figure of the desk: what it says, from what it is counted, what is left out.

    How it is counted is code (``kpi_counting``), named by ``code``; the words beside it
    say the same for people. Everybody of the desk reads them, managers edit the words,
    the order and whether it is counted.
    """

    _name = "itsm.kpi"
    _description = "KPI"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        help="Names the function that counts it.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="What is not active is not counted from the next night on."
    )
    kind = fields.Selection(
        selection=KINDS,
        required=True,
        readonly=True,
        default="ratio",
        help="How days and teams are put together.",
    )
    unit = fields.Selection(selection=UNITS, required=True, readonly=True)
    direction = fields.Selection(
        selection=[("higher", "Higher is better"), ("lower", "Lower is better")],
        required=True,
        readonly=True,
        default="higher",
    )
    formula = fields.Text(required=True, translate=True)
    source = fields.Text(required=True, translate=True)
    exclusions = fields.Text(
        string="Left Out", translate=True, help="What is not counted, and why."
    )
    target_ids = fields.One2many(
        comodel_name="itsm.kpi.target", inverse_name="kpi_id", string="Targets"
    )

    _code_uniq = models.UniqueIndex("(code)", "There is a KPI with this code already.")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        kpis = super().create(vals_list)
        kpis._check_code()
        return kpis

    def write(self, vals):
        fixed = {"code", "kind", "unit", "direction"}.intersection(vals)
        changed = self.filtered(
            lambda kpi: any(kpi[name] != vals[name] for name in fixed)
        )
        # sudo: facts of all companies keep the meaning of a figure
        facts = self.env["itsm.kpi.day"].sudo()
        if changed and facts.search_count([("kpi_id", "in", changed.ids)], limit=1):
            raise UserError(
                self.env._(
                    "%s is counted already, so its code, kind, unit and direction "
                    "stay. Archive it instead.",
                    ", ".join(changed.mapped("name")),
                )
            )
        result = super().write(vals)
        if "code" in vals:
            self._check_code()
        return result

    @guards_deletion
    def _unlink_except_shipped(self):
        raise UserError(
            self.env._(
                "%s: facts and reports name it. Archive it instead.",
                ", ".join(self.mapped("name")),
            )
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _format_figure(self, value, unit):
        """Return a figure for a reader; a dash where there is none.

        The same digits as lists show (``static/src/report/figure.js``).
        """
        if value is None:
            return "-"
        digits = get_digits(value, unit)
        # Halves go up, as browsers round them.
        return formatLang(self.env, float_round(value, digits), digits=digits)

    def _check_code(self):
        for kpi in self:
            if kpi.code not in COUNTERS:
                raise UserError(
                    self.env._(
                        '"%(code)s" is no code that is counted. Known are: %(codes)s.',
                        code=kpi.code,
                        codes=", ".join(sorted(COUNTERS)),
                    )
                )
