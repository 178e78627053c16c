from odoo import api, models
from odoo.exceptions import UserError

from ...tools.upload import clean_path
from .grants import is_file_granted, is_granted

OWN_MODELS = ("itsm.",)
PLACE = frozenset({"res_model", "res_id", "res_field"})
EVIDENCE = PLACE | {
    "name",
    "type",
    "url",
    "public",
    "raw",
    "datas",
    "db_datas",
    "store_fname",
    "mimetype",
    "company_id",
}
"""What a file is and where it belongs."""


class IrAttachment(models.Model):
    """Files of records with a procedure are reached through their record.

    The file of a field (a published specification, a signature) is stored by the ORM
    alone, while the record is written and its rules have been asked. Files in the
    chatter are evidence: they may be added, also by the composer, which moves them to
    the record, and are never changed, moved or deleted afterwards. They go when their
    record is deleted.
    """

    _inherit = "ir.attachment"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        # Read from the files: the context may hold defaults for their place.
        files._itsm_check_files_of_fields()
        files._itsm_clean_names()
        files._itsm_close()
        return files

    def write(self, vals):
        if EVIDENCE.intersection(vals):
            self.check_access("write")
            self._itsm_check_kept(vals)
        if vals.get("access_token"):
            self._itsm_check_link()
        result = super().write(vals)
        if PLACE.intersection(vals):
            self._itsm_check_files_of_fields()
            self._itsm_clean_names()
            self._itsm_close()
        return result

    def unlink(self):
        # Not an ondelete method: callers can switch those off with a context key.
        self.check_access("unlink")
        self._itsm_check_kept()
        return super().unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_kept(self, vals=None):
        """Refuse a change of files that a record keeps.

        :param dict vals: the values written; None for a deletion. Values that are
            there already, as moving all files to another storage writes, pass
        """
        if vals is not None and is_granted(self):
            return
        names = EVIDENCE.intersection(vals or ())
        for file, record in self._itsm_get_records():
            if vals is not None and all(file[name] == vals[name] for name in names):
                continue
            if file.res_field:
                file._itsm_check_file_of_field(record)
                continue
            raise UserError(
                self.env._(
                    '"%(file)s" is kept with %(record)s: a file that was added is '
                    "not changed, moved or deleted. Add the right one in a new "
                    "message.",
                    file=file.name,
                    record=record.display_name,
                )
            )

    def _itsm_check_files_of_fields(self):
        """Refuse files of fields that the ORM does not store for the record now."""
        for file, record in self._itsm_get_records():
            if file.res_field:
                file._itsm_check_file_of_field(record)

    def _itsm_check_file_of_field(self, record):
        # Only records with a flow write their files with a right.
        is_guarded = hasattr(record, "_flow_is_system")
        if is_guarded and not is_file_granted(record, self.res_field):
            raise UserError(
                self.env._(
                    '"%(file)s" is the field "%(field)s" of %(record)s. Open the '
                    "record and change it there, where its rules apply.",
                    file=self.name,
                    field=self.res_field,
                    record=record.display_name,
                )
            )

    def _itsm_check_link(self):
        """Refuse a link by which anybody reads what a field holds, now and later."""
        for file, record in self._itsm_get_records():
            if file.res_field:
                raise UserError(
                    self.env._(
                        '"%(file)s" is the field "%(field)s" of %(record)s and has no '
                        "link of its own. Whoever may read the record reads the file.",
                        file=file.name,
                        field=file.res_field,
                        record=record.display_name,
                    )
                )

    def _itsm_close(self):
        """Take off what lets anybody read a file who may not read its record.

        The defaults of a caller's context reach the files that the ORM stores.
        """
        # sudo: who may read a file is asked for every user's file.
        opened = self.sudo().filtered(
            lambda file: file.public or (file.res_field and file.access_token)
        )
        for file, _record in opened._itsm_get_records():
            values = {"public": False}
            if file.res_field:
                values["access_token"] = False
            # Not write() of this class, which refuses a change of what is kept.
            # pylint: disable=super-method-mismatch
            super(IrAttachment, file).write(values)

    def _itsm_clean_names(self):
        """Give files in a chatter names that are no paths and read as they are."""
        for file, _record in self._itsm_get_records():
            name = clean_path(file.name)
            if not file.res_field and file.type == "binary" and file.name != name:
                # Not write() of this class, which refuses a change of what is kept.
                # pylint: disable=super-method-mismatch
                super(IrAttachment, file).write({"name": name})

    def _itsm_get_records(self):
        """Return pairs of a file and the existing record of ours that it belongs to."""
        # sudo: which record a file belongs to is asked for every user's file.
        files = self.sudo().filtered(
            lambda file: (
                file.res_id
                and (file.res_model or "").startswith(OWN_MODELS)
                and file.res_model in self.env
                and not self.env[file.res_model]._transient
            )
        )
        pairs = []
        for model, group in files.grouped("res_model").items():
            # sudo: as above, for the record.
            records = self.env[model].sudo().browse(group.mapped("res_id")).exists()
            by_id = {record.id: record for record in records}
            pairs += [
                (file, by_id[file.res_id]) for file in group if file.res_id in by_id
            ]
        return pairs
