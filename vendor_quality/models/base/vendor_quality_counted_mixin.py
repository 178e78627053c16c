from odoo import api, models


class VendorQualityCountedMixin(models.AbstractModel):
    """Evidence of quality: its changes put periods on the list to recount.

    A change lists the days that the records had before and those that they have
    after it. So records that move to another contract or period and deleted ones
    are known; a comparison of write dates would miss both.

    ``_quality_columns``
        Stored fields from which the figures follow, written or computed.
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
        records._list_quality_days()
        return records

    def write(self, vals):
        if self._quality_columns.isdisjoint(vals):
            return super().write(vals)
        before = self._get_listed_days()
        result = super().write(vals)
        self._add_to_recompute(before | self._get_listed_days())
        return result

    def unlink(self):
        self._list_quality_days()
        return super().unlink()

    def _compute_field_value(self, field):
        names = {item.name for item in self.pool.field_computed[field] if item.store}
        if self._quality_columns.isdisjoint(names):
            return super()._compute_field_value(field)
        # Records that are not saved yet are listed by their creation.
        saved = self.filtered("id")
        # While a field is computed, reading it gives the value of before.
        before = saved._get_listed_days()
        result = super()._compute_field_value(field)
        self._add_to_recompute(before | saved._get_listed_days())
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _list_quality_days(self):
        """Put contracts and days of the records, as they are now, on the list."""
        self._add_to_recompute(self._get_listed_days())

    def _get_listed_days(self):
        # sudo: who works on evidence may not read contracts; the days are not shown.
        return set(self.sudo()._get_quality_days())

    def _get_quality_days(self):
        """Return the contracts and days in whose figures the records count now.

        :return: iterable of ``(contract, first day, last day)``; a day that is False
            means from the start, or to the end, of the contract
        """
        raise NotImplementedError

    @api.model
    def _add_to_recompute(self, days):
        if days:
            self.env["vendor.quality.recompute"]._add(days)
