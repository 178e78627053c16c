from odoo import api, models
from odoo.tools import SQL


class VendorQualityCountedMixin(models.AbstractModel):
    """A source of quality figures: its changes put periods on the list to recount.

    The list is written where the ORM writes the table, with the days that the
    rows had before and those that they have after. So it knows computed columns,
    rows that move to another contract or period, and deleted rows; a comparison
    of write dates would miss the last two, and what a long transaction commits
    late.

    ``_quality_columns``
        Columns from which the figures follow.
    """

    _name = "vendor.quality.counted.mixin"
    _description = "Source of Quality Figures"

    _quality_columns = frozenset()

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._filter_quality_counted()._list_quality_days()
        return records

    def _write_multi(self, vals_list):
        if not any(self._quality_columns.intersection(vals) for vals in vals_list):
            return super()._write_multi(vals_list)
        self._list_quality_days()
        result = super()._write_multi(vals_list)
        self._list_quality_days()
        return result

    def unlink(self):
        self._list_quality_days()
        return super().unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _filter_quality_counted(self):
        """Return those of the new records ``self`` that may count already."""
        return self

    def _list_quality_days(self):
        """Put contracts and days of the records, as stored now, on the list."""
        if self.ids:
            self.env["vendor.quality.recompute"]._add(
                self._get_quality_days(SQL("%s", self.ids))
            )

    @api.model
    def _get_quality_days(self, ids):
        """Return a query of contract, first and last day; no day means every day.

        :param SQL ids: array of the ids of the records
        """
        raise NotImplementedError
