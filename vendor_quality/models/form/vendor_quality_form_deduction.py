from odoo import models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ..base.vendor_quality_batch import insert_rows

MONEY_COLUMNS = (
    "basis_amount",
    "uncapped_amount",
    "cap_amount",
    "shared_cap_amount",
    "amount",
    "disputed_amount",
)


class VendorQualityForm(models.Model):
    """The items of a quality form: made anew with each result, then approved.

    A superseding form keeps the keys of the form before it, so that each item
    knows what was taken off the bills already.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # ITEMS
    # ------------------------------------------------------------

    def _sync_deductions(self, moneys):
        """Make the items of the forms what their split says.

        :param dict moneys: ``{form: credits.Money}``
        """
        # The form has the log; the first figures of an item are no news each.
        collector = self._as_collector().with_context(
            tracking_disable=True, mail_create_nolog=True
        )
        Deduction = collector.env["vendor.quality.deduction"]
        fresh, stale, lapsed = [], Deduction, Deduction
        for form, money in moneys.items():
            settled = form._get_settled()
            rows = {row.key: row for row in money.rows}
            known = {item.key: item for item in form.deduction_ids}
            for index, key in enumerate(dict.fromkeys([*rows, *settled])):
                values = form._prepare_deduction(index, key, rows.get(key), settled)
                item = known.pop(key, None)
                if not item:
                    fresh.append(values)
                    continue
                if item.state == "waived" and not form._keeps_waiver(item, values):
                    lapsed |= item
                if changed := item._get_changed(values):
                    item.with_env(Deduction.env).write(changed)
            stale = stale.union(*known.values())
        stale.with_env(Deduction.env).unlink()
        collector._insert_deductions(fresh)
        if lapsed:
            lapsed._lapse_waivers()

    def _insert_deductions(self, vals_list):
        """Create items with what they take over from their forms."""
        Deduction = self.env["vendor.quality.deduction"]
        copied = {
            name: field.related.partition(".")[2]
            for name, field in Deduction._fields.items()
            if field.store and field.related and field.related.startswith("form_id.")
        }
        rows = []
        for vals in vals_list:
            form = self.browse(vals["form_id"]).with_prefetch(self._prefetch_ids)
            kind = vals["kind"]
            rows.append(
                {
                    **vals,
                    **{
                        name: form._fields[source].convert_to_write(form[source], form)
                        for name, source in copied.items()
                    },
                    "date_release": Deduction._get_date_release(kind, form),
                    "difference_amount": Deduction._get_difference(
                        kind, vals["amount"], vals["settled_amount"]
                    ),
                }
            )
        insert_rows(Deduction, rows)

    def _prepare_deduction(self, index, key, row, settled):
        """Return the values of the item ``key``; without a row it costs nothing."""
        self.ensure_one()
        kind, _colon, subject = key.partition(":")
        values = {
            "form_id": self.id,
            "key": key,
            "kind": kind,
            "sequence": index + (100 if kind == "retention" else 0),
            "metric_id": False,
            "milestone_id": False,
            "rate": float(row.rate) if row else 0.0,
            "factor": float(row.factor) if row else 1.0,
            "days": row.days if row and kind == "fine" else 0,
            "cap": row and row.cap or False,
            "shared_cap": row and row.shared_cap or False,
            "settled_amount": settled.get(key, 0.0),
            **dict.fromkeys(MONEY_COLUMNS, 0.0),
        }
        if row:
            values.update(
                basis_amount=float(row.basis),
                uncapped_amount=float(row.uncapped),
                cap_amount=float(row.cap_amount),
                shared_cap_amount=float(row.shared_cap_amount),
                amount=float(row.amount),
                disputed_amount=float(row.disputed),
            )
        if kind == "credit":
            line = self.line_ids.filtered(lambda item: item.code == subject)
            values["metric_id"] = line.metric_id.id
        elif kind == "fine":
            values["milestone_id"] = int(subject)
        return values

    def _keeps_waiver(self, item, values):
        """A waiver is of one amount: another figure needs another decision."""
        return (
            self.currency_id.compare_amounts(
                item.uncapped_amount, values["uncapped_amount"]
            )
            == 0
        )

    def _get_settled(self):
        """Return ``{key: amount}`` that the superseded form had applied already."""
        self.ensure_one()
        before = self.supersedes_id
        settled = {
            item.key: item.amount if item.state == "applied" else item.settled_amount
            for item in before.deduction_ids
            if item.kind != "retention"
        }
        settled["retention"] = before.retention_released_amount
        return {key: amount for key, amount in settled.items() if amount}

    def _get_handlers(self):
        """Return who prepared the form."""
        self.ensure_one()
        form = self.sudo()
        return (
            form.create_uid
            | form.content_editor_id
            | form.collected_by_id
            | form.submitted_by_id
        )

    # ------------------------------------------------------------
    # APPROVAL
    # ------------------------------------------------------------

    def _approve_deductions(self):
        """Approve the items; what was released or applied before stays so."""
        self._refresh_settled()
        items = self.deduction_ids.filtered(lambda item: item.state == "computed")
        server_write(items, {"state": "approved"})
        self._update_released()
        self._update_applied()

    def _refresh_settled(self):
        """Count again what the superseded forms have applied by now."""
        for form in self:
            settled = form._get_settled()
            for item in form.deduction_ids:
                amount = settled.get(item.key, 0.0)
                if form.currency_id.compare_amounts(item.settled_amount, amount):
                    server_write(item, {"settled_amount": amount})

    def _update_released(self):
        """Count what of the retention may be paid now, and judge the bills again."""
        for form in self:
            retained = form.deduction_ids.filtered(
                lambda item: item.kind == "retention"
            )
            released = 0.0
            for item in retained:
                released = (
                    item.amount
                    if item.state == "applied"
                    else min(item.settled_amount, item.amount)
                )
            if form.currency_id.compare_amounts(
                form.retention_released_amount, released
            ):
                server_write(form, {"retention_released_amount": released})
        self._refresh_held_bills()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_apply_wizard(self):
        """Take the approved deductions off the bills of the forms."""
        return self._open_apply_wizard()

    def _open_apply_wizard(self):
        forms = self.sudo().filtered(lambda form: form.state == "approved")
        if not forms:
            raise UserError(
                self.env._(
                    "Only the deductions of approved forms are taken off the bills. "
                    "%s: approve the form first, or open the one that supersedes it.",
                    self._flow_names(),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply Deductions"),
            "res_model": "vendor.quality.deduction.apply",
            "view_mode": "form",
            "target": "new",
            "context": {"active_model": self._name, "active_ids": forms.ids},
        }
