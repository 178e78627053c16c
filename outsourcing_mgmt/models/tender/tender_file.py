"""The tender file: instructions, conditions, services, criteria, contract, bid form.

One numbered PDF with a SHA-256, made by the publication and again by each addendum, so
that what vendors hold is what was published. Functions, no methods: templates and
server actions cannot call them.
"""

import base64

from ...tools import pdf_pages
from ...tools.upload import clean_path
from ..base.grants import server_create

REPORT = "outsourcing_mgmt.action_report_tender_file"
PDF_STATES = ("ok", "upgrade")
"""States of wkhtmltopdf in which it prints inside a request."""


def publish_tender_file(tender, addendum=None):
    """Make the tender file of what is published now, and publish it.

    A later one takes the place of the one before. Its SHA-256 is in the chain.

    :param tender: outsourcing.tender
    :param addendum: the outsourcing.tender.addendum that changes the file
    """
    # sudo: the file is made whole, whoever publishes.
    system = tender.sudo()
    files = system.document_ids.filtered("file_number")
    number = f"{tender.name}/F{len(files) + 1}"
    content, extension = render_tender_file(tender, number)
    [document] = server_create(
        files.browse(),
        [
            {
                "tender_id": tender.id,
                "addendum_id": addendum.id if addendum else False,
                "supersedes_id": files.filtered(
                    lambda document: document.state == "published"
                ).id,
                "sequence": 0,
                "name": _in_house_language(tender).env._("Tender file"),
                "document_type": "tender_file",
                "file_number": number,
                "file": base64.b64encode(content),
                "file_name": clean_path(f"{number.replace('/', '-')}.{extension}"),
            }
        ],
    )
    document._publish()
    tender._audit("tender_file", {"number": number, "sha256": document.sha256})


def render_tender_file(tender, number=""):
    """Return ``(bytes, "pdf" or "html")`` of the tender file as it is now.

    A draft of the contract that is a PDF becomes part of it. Where nothing can print
    PDF, the file is a page of HTML with the same text.
    """
    report = _in_house_language(tender).env["ir.actions.report"]
    # The numbers go over the joined drafts as well.
    report = report.with_context(outsourcing_joins_pages=True)
    data = {"file_number": number}
    if report.get_wkhtmltopdf_state() not in PDF_STATES:
        content, _kind = report._render_qweb_html(REPORT, tender.ids, data=data)
        return content, "html"
    content, kind = report._render_qweb_pdf(REPORT, tender.ids, data=data)
    if kind != "pdf":
        return content, "html"
    parts = [content, *(_read(draft) for draft in tender._get_contract_drafts())]
    return pdf_pages.join_numbered(parts, number or tender.name), "pdf"


def is_joined(document):
    """Whether the pages of a draft of the contract can be joined to the file."""
    return bool(pdf_pages.read_pages(_read(document)))


def _read(document):
    # sudo: the file holds what is published, whoever makes it.
    file = document.sudo().with_context(bin_size=False).file
    return base64.b64decode(file or b"")


def _in_house_language(tender):
    """Return the tender in the language of the company, that of its documents."""
    # sudo: whoever publishes need not read the contact of the company.
    partner = tender.sudo().company_id.partner_id
    return tender.with_context(lang=partner.lang or tender.env.lang)


def get_annexes(tender):
    """Return the living documents beside the tender file, as it names them."""
    documents = tender.document_ids.filtered(
        lambda document: (
            document.state != "superseded"
            and not document.file_number
            and (document.state == "published" or not document.addendum_id)
        )
    )
    return documents.sorted(lambda document: (document.sequence, document.id))
