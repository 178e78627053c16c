from datetime import date

from dateutil.relativedelta import relativedelta
from werkzeug.exceptions import Conflict

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.contract.outsourcing_contract_document import VENDOR_KINDS
from ..models.contract.vendor_acts import (
    count_due,
    find_contracts,
    find_days,
    find_handover,
    sign_contract,
    sign_contract_by_name,
    sign_handover,
    submit_milestones,
)
from ..models.integrity.kept_files import check_intact
from ..models.platform.ir_http import reads_only
from ..tools import upload
from .tender_portal import MAX_TEXT_BYTES, TenderPortal

ROOT = "/my/outsourcing/contracts"
MAX_SIGNATURE_BYTES = 4 * 1024 * 1024
"""The largest drawn signature, as base64."""


class ContractPortal(TenderPortal):
    """The contracts of a vendor: read, sign, report deliveries.

    Vendors have no access rights on contracts; a route finds one by a domain
    that holds the right, and the methods it calls check the vendor again.
    """

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "outsourcing_contract_count" in counters:
            # sudo: vendors have no rights; the domain finds their own contracts.
            Contract = request.env["outsourcing.contract"].sudo()
            values["outsourcing_contract_count"] = Contract.search_count(
                self._get_contract_domain()
            )
        wanted = {
            "outsourcing_to_sign_count": "to_sign",
            "outsourcing_delivery_count": "deliveries",
        }
        if not wanted.keys().isdisjoint(counters):
            due = count_due(find_contracts(request.env))
            values |= {name: len(due[key]) for name, key in wanted.items()}
        return values

    def _get_contract_domain(self):
        """Return the domain of the acting vendor's contracts that left their draft."""
        return Domain("id", "in", find_contracts(request.env).ids)

    def _find_contract(self, contract_id):
        # sudo: vendors have no rights; the domain finds their own contracts.
        Contract = request.env["outsourcing.contract"].sudo()
        contract = Contract.search(
            Domain("id", "=", contract_id) & self._get_contract_domain(), limit=1
        )
        if not contract:
            raise request.not_found()
        return contract

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    @http.route(
        [ROOT, f"{ROOT}/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_contracts(self, page=1, **kwargs):
        # sudo: vendors have no rights; the domain finds their own contracts.
        Contract = request.env["outsourcing.contract"].sudo()
        domain = self._get_contract_domain()
        pager = portal_pager(
            url=ROOT,
            total=Contract.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        contracts = Contract.search(
            domain,
            order="date_start desc, id desc",
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        return request.render(
            "outsourcing_mgmt.portal_my_contracts",
            self._prepare_page(
                "my_contracts",
                contracts=contracts,
                pager=pager,
                due=count_due(contracts),
            ),
        )

    @http.route(
        f"{ROOT}/<int:contract_id>",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_contract(self, contract_id, **kwargs):
        contract = self._find_contract(contract_id)
        return request.render(
            "outsourcing_mgmt.portal_my_contract",
            self._prepare_page(
                "my_contract",
                contract=contract,
                documents=self._get_documents(contract),
                handover=find_handover(contract)[:1],
                **self._split_milestones(contract),
            ),
        )

    def _split_milestones(self, contract):
        """Return the deliveries of months that have begun, and those that follow."""
        end = contract.company_id._outsourcing_today() + relativedelta(day=31)
        begun = contract.milestone_ids.filtered(
            lambda item: item.state != "planned" or item.date_due <= end
        )
        return {"milestones": begun, "later": contract.milestone_ids - begun}

    @http.route(
        [
            f"{ROOT}/<int:contract_id>/days",
            f"{ROOT}/<int:contract_id>/days/<string:month>",
        ],
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_contract_days(self, contract_id, month=None, **kwargs):
        """Show who was on site on which day of a month, as the company counts it."""
        contract = self._find_contract(contract_id)
        today = contract.company_id._outsourcing_today()
        try:
            first = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
            # The first and the last month of the calendar have no month beside them.
            before = first - relativedelta(months=1)
            after = first + relativedelta(months=1)
        except ValueError:
            raise request.not_found() from None
        days = find_days(contract, first)
        return request.render(
            "outsourcing_mgmt.portal_my_contract_days",
            self._prepare_page(
                "my_contract_days",
                contract=contract,
                month=first,
                people=days.grouped("partner_id"),
                total=sum(row.days for row in days if row.state == "confirmed"),
                before=f"{before:%Y-%m}",
                after=f"{after:%Y-%m}" if first < today.replace(day=1) else "",
            ),
        )

    def _get_documents(self, contract):
        """Return what the vendor reads of the contract's documents."""
        return contract.document_ids.filtered(
            lambda item: item.state == "current" and item.document_type in VENDOR_KINDS
        )

    @http.route(
        f"{ROOT}/<int:contract_id>/documents/<int:document_id>",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def my_contract_document(self, contract_id, document_id, **kwargs):
        documents = self._get_documents(self._find_contract(contract_id))
        document = documents.filtered(lambda item: item.id == document_id)
        if not document:
            raise request.not_found()
        try:
            check_intact(document)
        except UserError as error:
            request.env.cr.rollback()
            raise Conflict(str(error)) from None
        stream = request.env["ir.binary"]._get_stream_from(
            document,
            "file",
            filename=upload.clean_path(document.file_name or document.name),
        )
        return stream.get_response(as_attachment=True)

    @http.route(
        f"{ROOT}/<int:contract_id>/sign",
        type="jsonrpc",
        auth="user",
        website=True,
        max_content_length=MAX_SIGNATURE_BYTES,
    )
    def my_contract_sign(self, contract_id, name=None, signature=None):
        """Take the signature of Odoo's own form, which calls by JSON."""
        contract = self._find_contract(contract_id)
        try:
            sign_contract(contract, request.env.user.partner_id, name, signature)
            request.env.flush_all()
        except UserError as error:
            request.env.cr.rollback()
            return {"error": str(error)}
        self._flash(self._get_signed_message())
        return {"force_refresh": True, "redirect_url": f"{ROOT}/{contract_id}"}

    def _get_signed_message(self):
        return request.env._("Thank you, your signature was received.")

    @http.route(
        f"{ROOT}/<int:contract_id>/sign_by_name",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_contract_sign_by_name(self, contract_id, name=None, **post):
        """Take a typed name, for people who cannot draw."""
        contract = self._find_contract(contract_id)
        return self._act(
            lambda: sign_contract_by_name(contract, request.env.user.partner_id, name),
            f"{ROOT}/{contract_id}",
            self._get_signed_message(),
        )

    @http.route(
        f"{ROOT}/<int:contract_id>/handover/sign",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_contract_sign_handover(self, contract_id, name=None, digest="", **post):
        """Take the vendor's name under the list of what was handed over."""
        contract = self._find_contract(contract_id)
        return self._act(
            lambda: sign_handover(
                contract, request.env.user.partner_id, name, str(digest)
            ),
            f"{ROOT}/{contract_id}",
            self._get_signed_message(),
        )

    @http.route(
        f"{ROOT}/<int:contract_id>/milestones/<int:milestone_id>/submit",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_milestone_submit(self, contract_id, milestone_id, **post):
        contract = self._find_contract(contract_id)
        milestone = contract.milestone_ids.filtered(
            lambda item: item.id == milestone_id
        )
        if not milestone:
            raise request.not_found()

        def submit():
            if milestone.state == "submitted":
                # A second click, or a colleague: it is reported.
                return
            if milestone.state not in ("planned", "rejected"):
                raise UserError(request.env._("This delivery is reported already."))
            submit_milestones(milestone, request.env.user.partner_id)

        return self._act(
            submit,
            f"{ROOT}/{contract_id}",
            request.env._("Your delivery was received and will be checked."),
        )
