import base64

from odoo import api, models

from ...tools import sealing


class OutsourcingVersionedFileMixin(models.AbstractModel):
    """A file with its SHA-256, of which the next version takes the place.

    The model has the fields ``name``, ``file``, ``sha256``, ``size``, ``version`` and
    ``supersedes_id``, and sees to it that a file in use is not changed.
    """

    _name = "outsourcing.versioned.file.mixin"
    _description = "File with Versions"

    @api.depends("file")
    def _compute_sha256(self):
        for document in self:
            content = base64.b64decode(
                document.with_context(bin_size=False).file or b""
            )
            document.size = len(content)
            document.sha256 = sealing.digest(content) if content else False

    @api.depends("supersedes_id.version")
    def _compute_version(self):
        for document in self:
            document.version = document.supersedes_id.version + 1

    @api.depends("name", "version")
    def _compute_display_name(self):
        for document in self:
            name = document.name or ""
            document.display_name = (
                f"{name} (v{document.version})" if document.version > 1 else name
            )
