import psycopg2

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ..base.grants import server_unlink
from ..intent.itsm_mail_intent import follow_merge

OWN_MODELS = ("itsm.",)


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """What the desk noted of merged contacts goes on with the one that is left.

    The merge rewrites references by SQL. Contacts that were asked by the same campaign,
    or voted on the same version of an article, are one person after it. What two
    contacts did as different persons, like solving a ticket and signing it off, keeps
    them apart, and no record goes with a contact.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        # Once they are merged, all but one are gone.
        people = format_list(self.env, partners.mapped("display_name"))
        try:
            with self.env.cr.savepoint():
                self._itsm_drop_repeated(partners, dst_partner)
                rows = self._itsm_find_rows(partners)
                result = super()._merge(
                    partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
                )
                self.env.invalidate_all()
                for model, records in rows.items():
                    if records.exists() != records:
                        raise self._itsm_merge_error(people, model)
        except psycopg2.errors.UniqueViolation as error:
            if model := self._itsm_find_model(error.diag.table_name):
                raise self._itsm_merge_error(people, model) from error
            raise
        kept = partners.exists()
        if len(kept) == 1:
            follow_merge(self.env, "res.partner", (partners - kept).ids, kept.id)
        return result

    def _itsm_drop_repeated(self, partners, kept):
        """Leave one row where two contacts that become one have one each.

        The rows of the contact that is kept go before those of others.
        """
        for name, key in (
            ("itsm.survey.invitation", "campaign_id"),
            ("itsm.article.feedback", "version_id"),
        ):
            # sudo: nobody writes these rows.
            rows = self.env[name].sudo()
            rows = rows.search([("partner_id", "in", partners.ids)], order="id")
            rows = rows.sorted(lambda row: row.partner_id != kept)
            repeated = rows.browse()
            for same in rows.grouped(key).values():
                repeated |= same[1:]
            if repeated:
                server_unlink(repeated)

    def _itsm_find_rows(self, partners):
        """Return ``{model: records}`` of ours that name the contacts and may be lost.

        Core deletes the rows that a constraint of the table keeps from being moved.
        """
        rows = {}
        for name in self.env.registry:
            # sudo: whoever merges contacts need not read what names them.
            model = self.env[name].sudo().with_context(active_test=False)
            if not name.startswith(OWN_MODELS) or not model._auto:
                continue
            for field in model._fields.values():
                if (
                    field.store
                    and field.type == "many2one"
                    and field.comodel_name == "res.partner"
                    and self._has_check_or_unique_constraint(model._table, field.name)
                ):
                    found = model.search([(field.name, "in", partners.ids)])
                    rows[name] = rows.get(name, model.browse()) | found
        return rows

    def _itsm_merge_error(self, people, model):
        """Return the refusal to merge contacts that a record keeps apart."""
        return UserError(
            self.env._(
                '%(people)s are different persons in "%(document)s" and cannot be '
                "merged. Archive the contact that is no longer needed.",
                people=people,
                document=self.env[model]._description,
            )
        )

    def _itsm_find_model(self, table):
        """Return the name of the model of ours that a table belongs to, or None."""
        for name in self.env.registry:
            if name.startswith(OWN_MODELS) and self.env[name]._table == table:
                return name
        return None
