import base64
import binascii
import json
from datetime import timedelta
from hashlib import sha256

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_list

from ...tools import deadline, party, upload
from ...tools.lack import Lack, join, split
from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.groups import HR, MANAGER, OFFICER, PROCUREMENT
from ..integrity.kept_files import check_intact
from ..messages.scheduling import schedule_missing
from ..messages.telling import tell_contract_ended, tell_signed
from ..messages.vendor_mail import note_message
from ..messages.vendor_news import tell_terminated
from ..vendor.listed import get_listed_reasons
from ..work.missing import get_rows
from .contract_ties import ANNEX_KINDS, record_numbers
from .outsourcing_contract import (
    DEADLINE_TYPE,
    FILING_TYPE,
    IN_FORCE,
    REVIEWED_TYPE,
)
from .outsourcing_contract_document import find_signed_copy, keep_signed_copies
from .outsourcing_contract_exit import drop_exits, start_exits
from .outsourcing_contract_guarantee import (
    get_missing_guarantee,
    get_short_guarantees,
)
from .people import carry_workers, close_activities, end_workers
from .vendor_acts import fix_signers

COPY_TYPES = ("jpeg", "jpg", "pdf", "png")
UNHASHED = frozenset({"needs_milestones"})
"""Content that says how the contract is made, not what it says."""
HASHED_WHEN_SET = frozenset({"headcount_agreed"})
"""Content that contracts signed before it was known do not have."""
HASHED_MILESTONE = ("date_due", "description", "name", "quantity", "share")
VENDOR_SIGNATURE = (
    "vendor_signature",
    "vendor_signed_by",
    "vendor_signed_hash",
    "vendor_signed_on",
)


class OutsourcingContract(models.Model):
    """The steps of a contract: verbs, who may take them, what follows from them."""

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send_to_sign(self):
        """Freeze the contract and hand it to procurement for signature."""
        return self._take_step("to_sign")

    def action_reset(self):
        """Take an unsigned contract back to correct it."""
        return self._take_step("draft")

    def action_sign(self, signed_date=None, signed_copy=None, signed_copy_name=None):
        """Record the signature of both parties.

        :param signed_date: the day on the paper; by default today
        :param signed_copy: base64 PDF or image of the paper with both signatures;
            needed unless the vendor signed this content in the portal, or the copy
            is among the documents of the contract
        :param str signed_copy_name: its file name
        """
        stamps = {}
        if signed_copy:
            stamps = self._prepare_signed_copy(signed_copy, signed_copy_name)
        label = self._flow_field_label("signed_date")
        day = self._flow_clean_day(label, signed_date)
        for contract in self:
            today = contract.company_id._outsourcing_today()
            copy = stamps or contract._prepare_kept_copy()
            contract._take_step("signed", signed_date=day or today, **copy)
        return True

    def action_file(self, filing_reference):
        """Confirm, as HR, that the contract was filed.

        :param str filing_reference: where HR keeps it
        """
        self._flow_check_can("file")
        filing_reference = self._flow_clean_reason(
            self._flow_field_label("filing_reference"), filing_reference
        )
        Event = self.env["outsourcing.compliance.event"]
        for contract in self:
            server_write(
                contract,
                {
                    "filed_date": contract.company_id._outsourcing_today(),
                    "filing_reference": filing_reference,
                    "filing_received_by_id": self.env.uid,
                },
            )
            self.env["outsourcing.audit.log"]._record(
                contract, "filed", {"reference": filing_reference}
            )
            if breach := contract._prepare_filing_breach():
                Event._raise("filed_late", **breach)
        self.activity_feedback([FILING_TYPE])
        return True

    def action_activate(self):
        """Start the service."""
        return self._take_step("active")

    def action_open_terminate_wizard(self):
        """Ask why the contract ends before its time."""
        self._flow_check_can("terminate")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_terminate", self.env._("Terminate the Contract")
        )

    def action_terminate(self, reason):
        """End a signed contract before its time, for a stated reason."""
        for contract in self:
            contract._take_step(
                "terminated",
                termination_reason=reason,
                termination_date=contract.company_id._outsourcing_today(),
            )
        return True

    def action_cancel(self):
        """Give up a contract that was not signed."""
        return self._take_step("cancelled")

    def action_open_sign_wizard(self):
        """Ask for the day of the signature."""
        self._flow_check_can("sign")
        return self._open_wizard("outsourcing.contract.sign", self.env._("Signature"))

    def action_open_file_wizard(self):
        """Ask where HR keeps the contract."""
        self._flow_check_can("file")
        return self._open_wizard("outsourcing.contract.file", self.env._("Filing"))

    def _open_wizard(self, model, title):
        check_one(self)
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "state",
        "amount_total",
        "purchase_order_ids",
        "direct_reason",
        "review_ids.status",
        "milestone_ids",
        "category_id",
        "document_ids.state",
        "guarantee_ids.date_expiry",
        "guarantee_ids.shorter_accepted_end",
        "guarantee_ids.state",
        "vendor_signed_on",
    )
    @api.depends_context("uid", "lang")
    def _compute_send_hint(self):
        drafts = self.filtered(lambda contract: contract.state == "draft")
        reasons = drafts._get_cannot_send_to_sign_reason() if drafts else {}
        waiting = self.filtered(lambda contract: contract.state == "to_sign")
        if waiting and self._flow_user_in(PROCUREMENT):
            reasons |= waiting._get_cannot_sign_reason()
            for contract in waiting:
                unsigned = contract._get_unsigned_reason()
                reasons[contract.id] = join([reasons.get(contract.id), unsigned])
        told = self._get_told_elsewhere()
        for contract in self:
            items = split(reasons.get(contract.id))
            hint = join(item for item in items if item != told.get(contract.id))
            contract.send_hint = (contract.state == "draft" and hint) or False
            contract.missing = get_rows(contract.env, hint)

    def _get_told_elsewhere(self):
        """Return ``{id: reason}`` of what has its own place on the form."""
        return {}

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_send_to_sign_reason(self):
        contracts = self.filtered(lambda item: not item._continues_by_term())
        reasons = contracts._flow_reason_unless_in(PROCUREMENT, MANAGER)
        listed = get_listed_reasons(contracts)
        for contract in contracts.filtered(lambda item: not reasons.get(item.id)):
            lacks = [
                contract._get_origin_reason(),
                Lack(contract._get_filing_reason(), "filing_days"),
                Lack(contract._get_plan_reason(), "milestone_ids"),
                Lack(contract._get_annex_reason(), "document_ids"),
                Lack(listed.get(contract.id, ""), records=contract.partner_id),
            ]
            if reason := join(lacks):
                reasons[contract.id] = reason
        return listed | reasons

    def _get_cannot_sign_reason(self):
        contracts = self.filtered(lambda item: not item._continues_by_term())
        reasons = contracts._flow_reason_unless_in(PROCUREMENT)
        listed = get_listed_reasons(contracts)
        for contract in contracts.filtered(lambda item: not reasons.get(item.id)):
            lacks = [Lack(listed.get(contract.id, ""), records=contract.partner_id)]
            if not contract._is_vendor_identified():
                text = self.env._(
                    "%(vendor)s has neither a tax number nor a bank account, so that "
                    "its bills could not be told from those of others. Enter one of "
                    "them on the vendor first.",
                    vendor=contract.commercial_partner_id.display_name,
                )
                lacks.append(Lack(text, records=contract.commercial_partner_id))
            lacks.append(Lack(contract._get_certificate_reason(), "document_ids"))
            if missing := get_missing_guarantee(contract):
                text = self.env._(
                    "its tender asks for a performance guarantee of %(percent)s %%: "
                    "%(amount)s more must be held before it is signed.",
                    percent=contract._get_guarantee_percent(),
                    amount=contract.currency_id.format(missing),
                )
                lacks.append(Lack(text, "guarantee_ids"))
                if short := get_short_guarantees(contract):
                    text = self.env._(
                        "a guarantee that ends before the contract does not count: "
                        "%s. Have it extended, or a manager accepts its shorter term "
                        "with a reason, on the guarantee.",
                        format_list(self.env, short.mapped("display_name")),
                    )
                    lacks.append(Lack(text, "guarantee_ids"))
            if reason := join(lacks):
                reasons[contract.id] = reason
        return listed | reasons

    def _get_guarantee_percent(self):
        """Return the share of the contract that the tender wants guaranteed."""
        self.ensure_one()
        # sudo: whoever signs need not read the tender.
        tender = self.sudo().tender_id
        rules = tender.rules or {}
        return rules.get("performance_guarantee_percent") or 0.0

    def _is_vendor_identified(self):
        """Whether a number of the vendor says who it is."""
        self.ensure_one()
        # sudo: whoever signs may not see the vendor's bank accounts and contacts.
        vendor = self.sudo().commercial_partner_id
        country = vendor.country_id.code
        accounts = (vendor | self.sudo().partner_id).bank_ids  # sudo: as above
        return bool(
            party.number_key(vendor.vat, country)
            or party.number_key(vendor.company_registry, country)
            or any(party.account_key(account.acc_number) for account in accounts)
        )

    def _get_cannot_file_reason(self):
        reasons = {}
        for contract in self:
            if contract.filed_date:
                reasons[contract.id] = self.env._(
                    "it was filed on %(date)s under %(reference)s.",
                    date=format_date(self.env, contract.filed_date),
                    reference=contract.filing_reference,
                )
            elif not contract.signed_date:
                reasons[contract.id] = self.env._("it is filed after its signature.")
            elif self.env.user in contract._get_barred_users("file"):
                reasons[contract.id] = self.env._(
                    "you recorded its signature; somebody else of HR receives it."
                )
        return reasons

    @api.model
    def _get_staffed_gates(self):
        return {
            "file": (
                self.env._("Filing"),
                [("signed_date", "!=", False), ("filed_date", "=", False)],
            )
        }

    def _get_barred_users(self, verb):
        return self.signed_by_id

    def _get_cannot_activate_reason(self):
        if self._flow_is_system():
            # By schedule, on the contract's own date.
            return {}
        reasons = {}
        for contract in self:
            today = contract.company_id._outsourcing_today()
            if contract.date_start and contract.date_start > today:
                reasons[contract.id] = self.env._(
                    "it starts on %(date)s and is activated then.",
                    date=format_date(self.env, contract.date_start),
                )
        return reasons

    def _get_unsigned_reason(self):
        """Say why the vendor's signature does not cover the contract, or nothing."""
        self.ensure_one()
        if not self.vendor_signed_on:
            return self.env._(
                "the vendor has not signed it. The vendor signs in the portal, or "
                "procurement uploads the copy that both parties signed."
            )
        if not self.vendor_signed_hash:
            return self.env._(
                "%(vendor)s signed it on %(day)s, before it was kept what exactly was "
                "signed. Procurement takes it back to draft and sends it again, so "
                "that the vendor signs what it says now, or uploads the copy that both "
                "parties signed.",
                vendor=self.vendor_signed_by,
                day=format_date(
                    self.env, self.company_id._outsourcing_date(self.vendor_signed_on)
                ),
            )
        if self.vendor_signed_hash != self._get_content_hash():
            return self.env._(
                "it changed after the vendor signed it. Procurement takes it back to "
                "draft and sends it again, so that the vendor signs what it says now, "
                "or uploads the copy that both parties signed."
            )
        return ""

    def _get_signed_early_reason(self):
        """Say that the typed day of signature is too early to be true, or nothing.

        A contract without award, signed on paper before it came into the system, may
        have an earlier day; a renewal by its term carries the old signatures.
        """
        self.ensure_one()
        if self._continues_by_term():
            return ""
        if self.vendor_signed_on:
            day = self.company_id._outsourcing_date(self.vendor_signed_on)
            if self.signed_date < day:
                return self.env._(
                    "%(name)s cannot be signed on %(date)s: the vendor signed it in "
                    "the portal on %(day)s.",
                    name=self.name,
                    date=format_date(self.env, self.signed_date),
                    day=format_date(self.env, day),
                )
        if (
            self.award_date
            and self.to_sign_date
            and (self.signed_date < self.to_sign_date)
        ):
            return self.env._(
                "%(name)s cannot be signed on %(date)s: it was released for signature "
                "on %(day)s.",
                name=self.name,
                date=format_date(self.env, self.signed_date),
                day=format_date(self.env, self.to_sign_date),
            )
        return ""

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_transition(self, target, vals):
        result = super()._flow_check_transition(target, vals)
        if target != "signed" or vals.get("signed_copy"):
            return result
        for contract in self.filtered(lambda item: not item._continues_by_term()):
            if reason := contract._get_unsigned_reason():
                # pylint: disable=translation-required
                raise UserError(f"{contract._flow_names()}: {reason}")
        return result

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_numbered(self):
        record_numbers(self)

    def _on_enter_draft(self, origins):
        self._void_signature()

    def _on_enter_to_sign(self, origins):
        fix_signers(self)
        self.activity_unlink([REVIEWED_TYPE])
        # sudo: whoever sends the contract to sign need not read its orders.
        self.sudo()._note_rounding_difference()
        for contract in self:
            today = contract.company_id._outsourcing_today()
            vals = {"to_sign_date": today}
            if not contract.award_date:
                # sudo: the company's rules bind also those who cannot read them.
                company = contract.company_id.sudo()
                vals["sign_days"] = company.outsourcing_sign_days
            server_write(contract, vals)
            # A renewal by its term is signed already: nobody is asked for it.
            if not contract._continues_by_term():
                contract._schedule_once(
                    DEADLINE_TYPE,
                    contract.sign_deadline or today,
                    self.env._("Have the contract signed"),
                    contract.owner_id,
                )
            # A renewal that nobody foresaw has an event of its own.
            if contract._is_direct() and not contract.predecessor_id:
                self.env["outsourcing.compliance.event"]._raise(
                    "direct_award",
                    contract,
                    note=contract.direct_reason,
                    user=self.env.user,
                )
            if not contract._continues_by_term():
                note_message(
                    # sudo: whoever sends it need not read vendors.
                    contract.sudo(),
                    contract,
                    "contract",
                    "outsourcing_mgmt.mail_template_contract_to_sign",
                    needs=("state",),
                )

    def _on_enter_signed(self, origins):
        check_intact(self)
        # sudo: procurement may not write requests; the contract answers these.
        requests = self.sudo().tender_id.request_ids
        server_write(
            requests.filtered(lambda request: request.state == "in_tender"),
            {"state": "done"},
        )
        for contract in self:
            # sudo: whoever signs need not read settings.
            company = contract.company_id.sudo()
            server_write(
                contract,
                {
                    "signed_by_id": self.env.uid,
                    "amount_initial": contract.amount_total,
                    "filing_deadline": contract._get_filing_deadline(),
                    "retention_years": company.outsourcing_retention_years,
                },
            )
        self._ask_for_filing()
        keep_signed_copies(self)
        tell_signed(self)

    def _on_enter_active(self, origins):
        # One that follows on another takes over its people.
        carry_workers(
            self.filtered(
                lambda item: origins[item.id] == "signed" and item.predecessor_id
            )
        )

    def _on_enter_expired(self, origins):
        self.activity_unlink([DEADLINE_TYPE])
        start_exits(self)
        end_workers(self)
        tell_contract_ended(self)

    def _on_enter_renewed(self, origins):
        for contract in self.filtered(lambda item: not item._get_successor()):
            contract._create_successor()
        self.activity_unlink([DEADLINE_TYPE])
        drop_exits(self)

    def _on_enter_terminated(self, origins):
        close_activities(self)
        # One that never took effect has nothing to hand over.
        start_exits(self.filtered(lambda item: origins[item.id] != "signed"))
        end_workers(self)
        tell_contract_ended(self)
        tell_terminated(self)

    def _on_enter_cancelled(self, origins):
        close_activities(self)
        end_workers(self)
        # sudo: whoever cancels a renewal need not write the contract before it.
        self.sudo().predecessor_id._resume_calendar()

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        rows = []
        for contract in self:
            details = {
                "from": origins[contract.id],
                "amount": contract.currency_id.round(contract.amount_total),
                "currency": contract.currency_id.name,
                "partner": contract.partner_id.id,
                "version": contract.version,
            }
            if target == "signed":
                details["content"] = contract._get_content_hash()
                details["signed_copy"] = contract.signed_copy_hash or ""
            rows.append((contract, contract, target, details))
        self.env["outsourcing.audit.log"]._record_rows(rows)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_content_hash(self):
        """Return the SHA-256 of what the contract says, its parts included.

        :rtype: str
        """
        self.ensure_one()
        # sudo: whoever signs need not read orders; only their hash is kept.
        contract = self.sudo()
        said = {
            name: _hashed_value(contract, name)
            for name in contract._flow_content_fields - UNHASHED
            if contract[name] or name not in HASHED_WHEN_SET
        }
        said["orders"] = [
            [order.id, repr(order.currency_id.round(order.amount_untaxed))]
            for order in contract.purchase_order_ids.sorted("id")
        ]
        said["milestones"] = [
            [_hashed_value(item, name) for name in sorted(HASHED_MILESTONE)]
            for item in contract.milestone_ids.sorted("id")
        ]
        annexes = contract.document_ids.filtered(
            lambda item: item.state == "current" and item.document_type in ANNEX_KINDS
        )
        # Contracts without annexes are hashed as before there were any.
        if annexes:
            said["annexes"] = sorted([item.name, item.sha256] for item in annexes)
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _prepare_signed_copy(self, signed_copy, name):
        """Check an uploaded copy and return its values.

        :param signed_copy: base64 of the file
        :param str name: its file name
        :raise UserError: where it is no PDF or image, or too large
        """
        name = upload.clean_name(name) or "signed.pdf"
        try:
            content = base64.b64decode(signed_copy, validate=True)
        except (binascii.Error, TypeError, ValueError):
            content = b""
        if upload.extension(name) not in COPY_TYPES or upload.problem(name, content):
            raise UserError(
                self.env._(
                    "The signed copy cannot be read. Upload a PDF, PNG or JPEG of at "
                    "most %s MB.",
                    upload.MAX_FILE_BYTES // upload.MEGABYTE,
                )
            )
        return {
            "signed_copy": base64.b64encode(content),
            "signed_copy_hash": sha256(content).hexdigest(),
            "signed_copy_name": name,
        }

    def _prepare_kept_copy(self):
        """Return the values of the signed copy among the documents, or nothing."""
        self.ensure_one()
        copy = find_signed_copy(self).with_context(bin_size=False)
        if not copy or self.state != "to_sign":
            return {}
        return {
            "signed_copy": copy.file,
            "signed_copy_hash": copy.sha256,
            "signed_copy_name": copy.file_name,
        }

    def _void_signature(self, text=None):
        """Drop the vendor's signature: it stood under another content.

        :param str text: what the chatter says
        """
        for contract in self.filtered("vendor_signed_on"):
            name = contract.vendor_signed_by
            self.env["outsourcing.audit.log"]._record(
                contract,
                "vendor_signature_void",
                {"name": name, "content": contract.vendor_signed_hash or ""},
            )
            server_write(contract, dict.fromkeys(VENDOR_SIGNATURE, False))
            contract.message_post(
                body=text
                or self.env._(
                    "The signature of %s is void: the contract went back to draft.",
                    name,
                )
            )

    def _ask_for_filing(self):
        for contract in self:
            contract.activity_unlink([DEADLINE_TYPE])
            users = contract._flow_get_users_of(HR, contract.signed_by_id)
            contract._schedule_once(
                FILING_TYPE,
                contract.filing_deadline,
                self.env._("Receive the filing of the contract"),
                users[:1],
            )

    def _schedule_once(self, kind, day, summary, user):
        """Ask a user, or the owner, to act until a day; once for each kind."""
        self.ensure_one()
        values = {
            "date_deadline": day,
            "summary": summary,
            "user_id": user.id or self.owner_id.id or self.env.uid,
        }
        schedule_missing(kind, [(self, values)])

    def _prepare_filing_breach(self):
        """Return the breach of the filing term, or nothing while in time."""
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        late = deadline.days_late(self.filing_deadline, self.filed_date, today)
        if not late:
            return None
        return {
            "record": self,
            "user": self.signed_by_id,
            "employee": self._get_employee(self.signed_by_id),
            "date": self.filed_date or today,
            "note": self.env._(
                "Filing was due on %(date)s; days late: %(days)s.",
                date=format_date(self.env, self.filing_deadline),
                days=late,
            ),
        }

    def _get_employee(self, user):
        """Return the employee of a user in the contract's company."""
        self.ensure_one()
        # sudo: the person responsible is named on events; no private data is read.
        return user.sudo().with_company(self.company_id).employee_id

    def _get_filing_deadline(self):
        """Return the last day on which filing is in time."""
        self.ensure_one()
        working = None
        if self.filing_day_kind == "working":
            working = self._get_working_day_test(self.signed_date)
        return deadline.add_days(self.signed_date, self.filing_days, working)

    def _get_working_day_test(self, start):
        """Return a function that tells working days of the company's calendar.

        A calendar without fixed days gives None: calendar days count.
        """
        self.ensure_one()
        # sudo: whoever signs may not read the settings of the company.
        company = self.sudo().company_id
        days = company._outsourcing_get_working_days(
            company.resource_calendar_id,
            start,
            start + timedelta(days=60 + 3 * self.filing_days),
        )
        return days.__contains__ if days else None

    def _check_orders(self):
        """Keep orders to what was agreed, once the contract left its draft.

        Call-offs may be added while the contract is in force, as long as all
        orders together stay within its amount.
        """
        # sudo: whoever links an order need not read the contract and all its orders.
        for contract in self.sudo():
            if contract.state in ("draft", "cancelled"):
                continue
            if contract.state not in IN_FORCE:
                raise UserError(
                    self.env._(
                        '%(name)s is "%(state)s": its orders can no longer change.',
                        name=contract.name,
                        state=contract._flow_state_label(contract.state),
                    )
                )
            # Of two orders linked at once, the second one sees the first.
            server_write(contract, {"version": contract.version})
            contract.flush_recordset()
            orders = contract._get_living_orders()
            ordered = contract._get_ordered(orders)
            is_above = contract._get_rounding_difference(orders) > 0
            if is_above and not contract._is_same_but_rounding(orders):
                raise UserError(
                    self.env._(
                        "%(name)s: its orders would be %(ordered)s, above the contract "
                        "amount of %(amount)s. Amend the contract first.",
                        name=contract.name,
                        ordered=contract.currency_id.format(ordered),
                        amount=contract.currency_id.format(contract.amount_total),
                    )
                )

    def _flow_check_content(self, vals):
        """What a contract says, and who answers for it, is for those who run it.

        HR and quality managers write a contract for their own acts only.
        """
        result = super()._flow_check_content(vals)
        touched = {"active", "owner_id", *self._flow_content_fields}.intersection(vals)
        if not touched or self._flow_is_system():
            return result
        if reasons := self._flow_reason_unless_in(OFFICER, PROCUREMENT, MANAGER):
            raise AccessError(
                "\n".join(
                    f"{contract._flow_names()}: {reasons[contract.id]}"
                    for contract in self
                )
            )
        return result

    def _outsourcing_get_awaited(self, author):
        users = super()._outsourcing_get_awaited(author)
        vendor = author.commercial_partner_id
        if self.state == "to_sign" and vendor == self.commercial_partner_id:
            users |= self.owner_id or self.create_uid
        return users


def _hashed_value(record, name):
    """Return the value of a field in the one way in which it is hashed."""
    field, value = record._fields[name], record[name]
    if field.relational:
        return sorted(value.ids)
    if field.type == "monetary":
        return repr(record[field.get_currency_field(record)].round(value))
    return str(value or "")
