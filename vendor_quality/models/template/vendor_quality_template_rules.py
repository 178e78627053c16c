from odoo import fields, models

from ...tools import replay


class VendorQualityTemplate(models.Model):
    """The content of a template version as plain data: to freeze, to compare."""

    _inherit = "vendor.quality.template"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_rules(self):
        """Return the rules of the score, as a document freezes them."""
        self.ensure_one()
        return {
            "code": self.code,
            "version": self.version,
            "min_coverage": self.min_coverage,
            "critical_cap": self.critical_cap,
            "threshold": self.threshold,
            "not_rated_policy": self.not_rated_policy,
            "bands": [[band.lower_bound, band.grade] for band in self.band_ids],
            "deductions": [[row.lower_bound, row.rate] for row in self.deduction_ids],
        }

    def _has_money_rules(self):
        """Whether more than the deduction table takes from the fee."""
        self.ensure_one()
        return bool(
            self.at_risk_rate != 100
            or self.annual_cap_rate
            or self.late_fine_rate
            or self.retention_rate
            or self.credit_ids
        )

    def _get_money_document(self):
        """Return the money rules as plain JSON data, as forms freeze them."""
        self.ensure_one()
        return {
            "at_risk_rate": self.at_risk_rate,
            "annual_cap_rate": self.annual_cap_rate,
            "late_fine_rate": self.late_fine_rate,
            "late_fine_cap": self.late_fine_cap,
            "retention_rate": self.retention_rate,
            "retention_release": self.retention_release or "days",
            "retention_days": self.retention_days,
            "credits": [
                credit._get_document()
                for credit in self.credit_ids.sorted(lambda item: item.metric_id.code)
            ],
        }

    def _get_content(self):
        """Return everything that is fixed once the version is in force.

        That is its own content and what its metrics measure: the two together
        decide a score. Labels in other languages are no content.
        """
        self.ensure_one()
        template = self.with_context(lang=None)
        content = template._get_plain(sorted(self._flow_content_fields))
        metrics = template.line_ids.metric_id.sorted("code")
        content["metrics"] = [metric._get_content() for metric in metrics]
        return content

    def _get_content_hash(self):
        """Return the SHA-256 of the content: any later edit gives another one."""
        self.ensure_one()
        return replay.get_hash(self._get_content())

    def _get_plain(self, names):
        return {name: self._get_plain_value(self, name) for name in names}

    def _get_plain_value(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "one2many":
            return [
                {
                    item: self._get_plain_value(row, item)
                    for item, column in sorted(row._fields.items())
                    if column.store
                    and not column.compute
                    and item not in (*models.MAGIC_COLUMNS, field.inverse_name)
                }
                for row in value.sorted("id")
            ]
        if field.relational:
            return value.ids
        if field.type == "date":
            return fields.Date.to_string(value)
        return value
