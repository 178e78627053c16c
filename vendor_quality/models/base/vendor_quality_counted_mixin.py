from functools import wraps

from odoo import api, models


def lists_days(compute):
    """Decorate the compute method of a stored field among ``_quality_columns``.

    The days that saved records have before and after it are put on the list; those
    that are not saved yet are listed by their creation.
    """

    @wraps(compute)
    def compute_and_list(self):
        saved = self.filtered("id")
        if not saved:
            return compute(self)
        # While a field is computed, reading it gives the value of before.
        before = saved._get_listed_days()
        result = compute(self)
        self._add_to_recompute(before | saved._get_listed_days())
        return result

    compute_and_list._lists_quality_days = True
    return compute_and_list


class VendorQualityCountedMixin(models.AbstractModel):
    """Evidence of quality: its changes put periods on the list to recount.

    A change lists the days that the records had before and those that they have
    after it. So records that move to another contract or period and deleted ones
    are known; a comparison of write dates would miss both.

    ``_quality_columns``
        Stored fields from which the figures follow. The compute methods of those
        that are computed are decorated with :func:`lists_days`.
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
