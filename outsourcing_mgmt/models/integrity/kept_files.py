"""Files that have a digest: whether they are still what was published or signed.

Files lie outside the database. Whoever changes one there, or its row, passes every
rule of the records; the digest tells.
"""

import base64

from odoo import api
from odoo.exceptions import UserError

from ...tools import sealing

KEPT_FIELDS = {
    "outsourcing.bid": ("guarantee_document", "guarantee_document_hash"),
    "outsourcing.tender.document": ("file", "sha256"),
    "outsourcing.contract": ("signed_copy", "signed_copy_hash"),
    "outsourcing.contract.document": ("file", "sha256"),
    "outsourcing.contract.exit": ("signed_copy", "signed_copy_hash"),
    "outsourcing.contract.guarantee": ("document", "document_hash"),
}
"""``{model: (field with the file, field with its digest)}``."""
KEPT_MODELS = frozenset(
    {
        *KEPT_FIELDS,
        "outsourcing.award",
        "outsourcing.tender",
        "outsourcing.tender.addendum",
    }
)
"""Models of documents that rest on files with a digest."""
VERB = "integrity_failure"


def find_changed(records):
    """Return the records of ``KEPT_FIELDS`` whose file is not what was kept."""
    file_name, digest_name = KEPT_FIELDS[records._name]
    changed = records.browse()
    # sudo: a file is compared with its digest, and not shown.
    for record in records.sudo().with_context(bin_size=False):
        expected = record[digest_name]
        content = base64.b64decode(record[file_name] or b"")
        if expected and sealing.digest(content) != expected:
            changed |= records.browse(record.id)
    return changed


def get_kept(records):
    """Return the records with digests that ``records`` rest on, by model.

    :return: list of recordsets of the models of ``KEPT_FIELDS``
    """
    # sudo: what a document rests on is compared, whoever asks, and not shown.
    records = records.sudo()
    documents = records.env["outsourcing.tender.document"]
    contracts = records.env["outsourcing.contract"]
    parts = records.env["outsourcing.contract.document"]
    if records._name == documents._name:
        documents = records
    elif records._name == parts._name:
        parts = records
    elif records._name == contracts._name:
        contracts = records
        parts = records.document_ids
        documents = records.tender_id.document_ids
    elif records._name == "outsourcing.tender":
        documents = records.document_ids
    elif "tender_id" not in records._fields:
        # A part of a contract rests on its own paper only.
        return [records]
    else:
        documents = records.tender_id.document_ids
    published = documents.filtered(lambda document: document.state != "draft")
    return [published, contracts, parts]


def check_intact(records):
    """Refuse to go on where a file is not what was published or signed.

    The refusal itself leaves a trace in the chain of the document.

    :raise UserError: naming the documents, and who is to be called
    """
    refuse_changed(
        records.env,
        [record for kept in get_kept(records) for record in find_changed(kept)],
    )


def refuse_changed(env, changed):
    """Refuse to go on with documents whose file was changed; note it in their chains.

    :param list changed: records of ``KEPT_FIELDS``
    :raise UserError: where there are any
    """
    if not changed:
        return
    for record in changed:
        _record_after_rollback(record)
    raise UserError(
        env._(
            "%(names)s: the file no longer matches the SHA-256 that was kept with it. "
            "Somebody changed it outside of this program. Nothing is decided, handed "
            "out or printed from it: call the auditor.",
            # sudo: the names are told to whoever needs the document now.
            names=", ".join(record.sudo().display_name for record in changed),
        )
    )


def _record_after_rollback(record):
    registry, uid = record.env.registry, record.env.uid
    name, res_id = record._name, record.id

    @record.env.cr.postrollback.add
    def write_down():
        with registry.cursor() as cr:
            env = api.Environment(cr, uid, {})
            # sudo: nobody writes the chain of a document.
            record_change(env[name].sudo().browse(res_id).exists())


def record_change(record):
    """Note in the chain of its document that a file was changed."""
    root = None
    if record._name in ("outsourcing.tender.document", "outsourcing.bid"):
        root = record.tender_id
    elif record._name.startswith("outsourcing.contract."):
        root = record.contract_id
    record.env["outsourcing.audit.log"]._record(record, VERB, root=root)
