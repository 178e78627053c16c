from odoo import api, models


class IrSequence(models.Model):
    """Draws many numbers of a sequence at once."""

    _inherit = "ir.sequence"

    @api.model
    def _draw_by_code(self, code, day, count):
        """Return ``count`` numbers, as so many calls of ``next_by_code`` would.

        :param day: any day of the range of dates that all of them belong to
        """
        sequence = self.search(
            [("code", "=", code), ("company_id", "in", [self.env.company.id, False])],
            order="company_id",
            limit=1,
        )
        plain = sequence.implementation == "standard" and sequence.use_date_range
        if not plain or count < 2:
            return [self.next_by_code(code, day) for _number in range(count)]
        numbers = [self.next_by_code(code, day)]
        date_range = sequence.date_range_ids.filtered(
            lambda item: item.date_from <= day <= item.date_to
        )[:1]
        self.env.cr.execute(
            "SELECT nextval(%s) FROM generate_series(2, %s)",
            [f"ir_sequence_{sequence.id:03d}_{date_range.id:03d}", count],
        )
        dated = sequence.with_context(ir_sequence_date_range=date_range.date_from)
        prefix, suffix = dated._get_prefix_suffix()
        return numbers + [
            f"{prefix}{number:0{sequence.padding}d}{suffix}"
            for (number,) in self.env.cr.fetchall()
        ]
