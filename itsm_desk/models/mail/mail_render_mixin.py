from odoo import fields, models

FAMILY = "itsm."


class MailRenderMixin(models.AbstractModel):
    """Moments in mails of our documents name their zone, as on pages and in refusals.

    Also in texts that a customer wrote before. A reader whose zone nobody knows gets
    the one by which the company judges.
    """

    _inherit = "mail.render.mixin"

    def _render_eval_context(self):
        context = super()._render_eval_context()
        plain = context["format_datetime"]

        def format_datetime(dt, tz=False, dt_format=False, lang_code=False):
            record = context.get("object")
            if not dt or not getattr(record, "_name", "").startswith(FAMILY):
                return plain(dt, tz, dt_format, lang_code)
            has_company = "company_id" in record._fields
            company = has_company and record.company_id or self.env.company
            zone = company._itsm_zone().zone if tz in (False, None, "UTC") else tz
            return company.with_context(
                lang=lang_code or self.env.lang
            )._itsm_format_moment(fields.Datetime.to_datetime(dt), zone)

        context["format_datetime"] = format_datetime
        return context
