from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..base.uninstall import guards_deletion
from .itsm_kpi import KINDS


class ItsmKpiFactMixin(models.AbstractModel):
    """A figure of one day, counted by the server from the entries of tickets.

    ``value`` of a group is made of the sums, never the mean of means.
    """

    _name = "itsm.kpi.fact.mixin"
    _description = "Fact of a Day"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    day = fields.Date(required=True, readonly=True)
    kpi_id = fields.Many2one(
        comodel_name="itsm.kpi",
        string="KPI",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(selection=KINDS, required=True, readonly=True)
    scale = fields.Float(readonly=True, aggregator=None)
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    numerator = fields.Float(readonly=True)
    denominator = fields.Float(readonly=True)
    squares = fields.Float(readonly=True, aggregator=None)
    sample = fields.Integer(
        readonly=True, help="How many tickets, clocks or ratings were counted."
    )
    value = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="Of a group: made of its sums, not the mean of its rows.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        raise AccessError(self._counted_message())

    def write(self, vals):
        raise AccessError(self._counted_message())

    @guards_deletion
    def _unlink_except_counted(self):
        raise AccessError(self._counted_message())

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec != "value:avg":
            return super()._read_group_select(aggregate_spec, query)
        return get_group_value(
            **{
                name: self._field_to_sql(self._table, name, query)
                for name in (
                    "kpi_id",
                    "kind",
                    "scale",
                    "numerator",
                    "denominator",
                    "day",
                )
            }
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _counted_message(self):
        return self.env._(
            "Figures are counted from the history of tickets, not written. A manager "
            "of the desk lets them be counted again under Configuration."
        )


def get_group_value(kpi_id, kind, scale, numerator, denominator, day):
    """Return the expression of the figure of a group of facts.

    A group of several figures has none.
    """
    return SQL(
        """
        CASE WHEN min(%(kpi_id)s) = max(%(kpi_id)s) THEN CASE max(%(kind)s)
            WHEN 'ratio' THEN max(%(scale)s) * sum(%(numerator)s)
                              / NULLIF(sum(%(denominator)s), 0)
            WHEN 'level' THEN sum(%(numerator)s) / count(DISTINCT %(day)s)
            WHEN 'max' THEN max(%(numerator)s)
            ELSE sum(%(numerator)s)
        END END
        """,
        kpi_id=kpi_id,
        kind=kind,
        scale=scale,
        numerator=numerator,
        denominator=denominator,
        day=day,
    )
