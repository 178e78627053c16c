import json
from datetime import timedelta

from odoo import fields, models

FIGURES = ("numerator", "denominator", "sample")


class VendorQualityForm(models.Model):
    """What a form that was sent on does not know: evidence that arrived later.

    Its figures stay. An officer sends it back, or supersedes it once approved.
    """

    _inherit = "vendor.quality.form"

    has_late_data = fields.Boolean(
        string="Late Evidence",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Evidence of the period changed after it was counted. Send the form back "
        "and collect again; supersede it when it is approved.",
    )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"has_late_data"}

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target in ("approved", "superseded"):
            self._list_carried()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_stamp(self):
        return {**super()._get_stamp(), "has_late_data": None}

    def _note_late_data(self):
        """Compare the frozen figures with those of now, and ask for a decision."""
        forms = self._as_collector()
        now = forms._read_rows_to_count()
        forms._count(now)
        frozen = {row["id"]: row for row in forms._read_frozen_rows()}
        late = {
            row["form_id"]
            for row in now
            if _is_other_figure(row, frozen.get(row["id"]))
        }
        changed = forms.filtered(
            lambda form: bool(form.has_late_data) != (form.id in late)
        )
        for form in changed:
            form.has_late_data = form.id in late or None
            person = form.collected_by_id or form.contract_id.owner_id
            if form.has_late_data and person.active and not person.share:
                form._schedule(
                    person, self.env._("Evidence arrived after the form: supersede it?")
                )

    def _list_carried(self):
        """Recount the forms that follow, where points are carried over to them."""
        carrying = self.filtered(
            lambda form: (
                "carry" in form.template_id.line_ids.metric_id.mapped("missing_policy")
            )
        )
        if carrying:
            self.env["vendor.quality.recompute"]._add(
                (form.contract_id, form.date_end + timedelta(days=1), False)
                for form in carrying
            )


def _is_other_figure(row, frozen):
    """Whether the count of now differs from ``frozen``, in numbers or evidence."""
    if frozen is None:
        return True
    if any(row[name] != frozen[name] for name in FIGURES):
        return True
    before, after = frozen["evidence"] or "{}", row["evidence"]
    return before != after and json.loads(before) != json.loads(after)
