import base64
import logging
from functools import partial
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools import upload
from ...tools.apart import run_apart
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_write
from ..base.groups import MANAGER, PROCUREMENT
from ..messages.scheduling import schedule_each
from .contract_ties import complete_from_contract
from .outsourcing_contract import DEADLINE_TYPE

_logger = logging.getLogger(__name__)

BATCH = 200
ENDED_STATES = ("expired", "terminated", "cancelled")
PAPER_TYPES = ("jpeg", "jpg", "pdf", "png")
SECURING_TYPES = ("performance", "warranty")
"""Types that secure the work itself, until its last day."""


def _is_not_alerted(model, alias, query):
    """Return the SQL of guarantees whose owner was not told of this day of expiry."""
    return SQL(
        "%s IS DISTINCT FROM %s",
        model._field_to_sql(alias, "alerted_for", query),
        model._field_to_sql(alias, "date_expiry", query),
    )


class OutsourcingContractGuarantee(models.Model):
    """A guarantee that secures a bid or a contract.

    requested -> held -> released | called. The owner of the contract is warned
    before it expires while it is held. It is held with its document and while it runs;
    an extension brings a new document.

    ========  ====================  ==================================================
    Action    Who                   Restriction
    ========  ====================  ==================================================
    hold      procurement, manager  amount, issuer and document; not expired
    release   procurement, manager  until the contract it secures has ended, with its
                                    handover signed, and while it has not expired:
                                    the manager, with a reason
    call      procurement, manager  with a reason, until it expires
    accept    manager               one that is held and ends before its contract
    shorter                         does: with a reason, for that end of the contract;
                                    not who entered a part of the guarantee
    ========  ====================  ==================================================

    What a tender asks for is held until the end of the contract: one that ends before
    does not count for the signature unless a manager accepted that.
    """

    _name = "outsourcing.contract.guarantee"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.author.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Guarantee"
    _order = "date_expiry, id"
    _check_company_auto = True
    _rate_day = "date_issue"

    _flow_transitions = {
        "requested": {"held", "released"},
        "held": {"released", "called"},
        "released": set(),
        "called": set(),
    }
    _flow_verbs = {"held": "hold", "released": "release", "called": "call"}
    _flow_groups = {
        "hold": (PROCUREMENT, MANAGER),
        "release": (PROCUREMENT, MANAGER),
        "call": (PROCUREMENT, MANAGER),
        "accept_shorter": (MANAGER,),
    }
    _flow_personal = PERSONAL_VERBS | {"accept_shorter"}
    _flow_required = {
        "held": ("amount", "date_expiry", "document", "issuer"),
        "called": ("call_reason", "called_on"),
    }
    _flow_stamps = {"released": ("release_reason",)}
    _flow_system_fields = frozenset(
        {
            "alerted_for",
            "call_reason",
            "called_on",
            "closed_on",
            "document_hash",
            "release_reason",
            "shorter_accepted_by_id",
            "shorter_accepted_end",
            "shorter_reason",
        }
    )
    _flow_content_fields = frozenset(
        {"amount", "company_id", "contract_id", "currency_id", "guarantee_type"}
    )
    _flow_content_states = frozenset({"requested"})
    _flow_closing_fields = frozenset(
        {"date_expiry", "date_issue", "document", "document_name", "issuer", "name"}
    )

    name = fields.Char(string="Number", help="Number of the bank or the insurer.")
    state = fields.Selection(
        selection=[
            ("requested", "Requested"),
            ("held", "Held"),
            ("released", "Released"),
            ("called", "Called"),
        ],
        default="requested",
        required=True,
        copy=False,
        index=True,
        tracking=True,
    )
    guarantee_type = fields.Selection(
        selection=[
            ("bid", "Bid guarantee"),
            ("performance", "Performance guarantee"),
            ("advance", "Advance payment guarantee"),
            ("warranty", "Warranty guarantee"),
        ],
        string="Type",
        default="performance",
        required=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    owner_id = fields.Many2one(related="contract_id.owner_id")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    issuer = fields.Char(tracking=True, help="Bank or insurer.")
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(tracking=True)
    date_issue = fields.Date(string="Issued")
    date_expiry = fields.Date(string="Expires", tracking=True, index=True)
    closed_on = fields.Date(copy=False, readonly=True)
    alerted_for = fields.Date(
        string="Expiry Announced For",
        copy=False,
        readonly=True,
        help="The day of expiry of which the owner of the contract was told.",
    )
    document = fields.Binary(
        copy=False,
        attachment=True,
        help="The guarantee as the bank or the insurer wrote it.",
    )
    document_name = fields.Char(copy=False)
    document_hash = fields.Char(string="Document SHA-256", copy=False, readonly=True)
    call_reason = fields.Text(copy=False, readonly=True)
    called_on = fields.Date(
        string="Claimed On",
        copy=False,
        readonly=True,
        help="The day on which its issuer got the claim.",
    )
    release_reason = fields.Text(
        string="Why It Was Released Early", copy=False, readonly=True
    )
    shorter_reason = fields.Text(
        string="Why It May End Earlier", copy=False, readonly=True
    )
    shorter_accepted_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Shorter Term Accepted By",
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    shorter_accepted_end = fields.Date(
        string="Accepted for a Contract Until",
        copy=False,
        readonly=True,
        help="The end of the contract when a manager accepted that the guarantee ends "
        "before. When the contract is extended, it is accepted anew.",
    )
    is_short = fields.Boolean(
        string="Ends Too Early",
        compute="_compute_is_short",
        help="Expires before the contract ends.",
    )
    is_shorter_accepted = fields.Boolean(
        string="Shorter Term Accepted", compute="_compute_is_shorter_accepted"
    )

    is_expired = fields.Boolean(
        string="Expired",
        compute="_compute_is_expired",
        help="Its last day is over: the issuer pays nothing for it any more.",
    )
    takes_document = fields.Boolean(
        compute="_compute_takes_document",
        help="While it is held, only with another last day, which the document says.",
    )
    is_secured = fields.Boolean(
        string="Contract Goes On",
        compute="_compute_is_secured",
        help="It is held and has not expired, and its contract has not ended, or its "
        "handover is not signed: a manager releases it, for a reason.",
    )

    # UI
    can_hold = fields.Boolean(compute="_compute_flow_can")
    can_release = fields.Boolean(compute="_compute_flow_can")
    can_call = fields.Boolean(compute="_compute_flow_can")
    can_accept_shorter = fields.Boolean(compute="_compute_flow_can")

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The amount of a guarantee cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("date_expiry", "contract_id.date_end", "guarantee_type")
    def _compute_is_short(self):
        for guarantee in self:
            # sudo: a reader of the guarantee may know when its contract ends.
            end = guarantee.contract_id.sudo().date_end
            guarantee.is_short = bool(
                guarantee.guarantee_type in SECURING_TYPES
                and guarantee.date_expiry
                and end
                and guarantee.date_expiry < end
            )

    @api.depends("shorter_accepted_end", "contract_id.date_end")
    def _compute_is_shorter_accepted(self):
        for guarantee in self:
            guarantee.is_shorter_accepted = guarantee._is_shorter_accepted()

    @api.depends("date_expiry", "company_id")
    def _compute_is_expired(self):
        for guarantee in self:
            guarantee.is_expired = bool(
                guarantee.date_expiry and guarantee._is_expired()
            )

    @api.depends("state", "date_expiry", "document_hash")
    def _compute_takes_document(self):
        for guarantee in self:
            kept = guarantee._origin
            guarantee.takes_document = guarantee.state == "requested" or (
                guarantee.state == "held"
                and (
                    not guarantee.document_hash
                    or kept.date_expiry != guarantee.date_expiry
                )
            )

    @api.depends(
        *("state", "date_expiry", "guarantee_type", "contract_id.date_end"),
        *("contract_id.state", "contract_id.exit_ids.state"),
    )
    def _compute_is_secured(self):
        for guarantee in self:
            # sudo: a reader of the guarantee may know when its contract ends.
            contract = guarantee.contract_id.sudo()
            today = guarantee.company_id._outsourcing_today()
            goes_on = contract.state not in ENDED_STATES and not (
                contract.date_end and contract.date_end < today
            )
            guarantee.is_secured = bool(
                guarantee.state == "held"
                and guarantee.date_expiry
                and guarantee.date_expiry >= today
                and (goes_on or guarantee._awaits_handover())
            )

    @api.depends("name", "guarantee_type", "contract_id.name", "contract_id.subject")
    @api.depends_context("lang", "outsourcing_with_contract")
    def _compute_display_name(self):
        """Name the service as well where guarantees of many contracts are shown."""
        is_shown = self.env.context.get("outsourcing_with_contract")
        labels = dict(self._fields["guarantee_type"]._description_selection(self.env))
        for guarantee in self:
            parts = (
                labels.get(guarantee.guarantee_type),
                guarantee.name,
                # sudo: the number of a contract is no secret.
                guarantee.contract_id.sudo().name,
                # sudo: as the number.
                is_shown and guarantee.contract_id.sudo().subject,
            )
            guarantee.display_name = " ".join(filter(None, parts))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        complete_from_contract(self.env, vals_list, "company_id", "currency_id")
        guarantees = super().create(vals_list)
        for guarantee, vals in zip(guarantees, vals_list, strict=True):
            if vals.get("document"):
                guarantee._note_document()
        return guarantees

    def write(self, vals):
        is_document = bool({"document", "document_name"}.intersection(vals))
        if (is_document or "date_expiry" in vals) and not self._flow_is_system():
            self._check_extension(vals)
        changed = self.browse()
        if "date_expiry" in vals:
            day = fields.Date.to_date(vals["date_expiry"])
            changed = self.filtered(lambda item: item.date_expiry != day)
        if self._flow_closing_fields.intersection(vals) and not self._flow_is_system():
            self._note_author()
        result = super().write(vals)
        if is_document:
            for guarantee in self:
                guarantee._note_document()
        # What was asked for the day of before is settled; the job looks at the new one.
        changed.activity_unlink([DEADLINE_TYPE])
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_hold(self):
        """Record that the guarantee was handed in."""
        return self._take_step("held")

    def action_release(self, reason=None):
        """Give the guarantee back.

        :param str reason: why, while its contract goes on
        """
        return self._take_step("released", release_reason=reason)

    def action_call(self, reason, day=None):
        """Enter that the guarantee was claimed, for a stated reason.

        :param day: on which its issuer got the claim; today by default
        :raise UserError: where that day is yet to come, after the last day, or before
            the guarantee was issued
        """
        day = self._flow_clean_day(self._flow_field_label("called_on"), day)
        for guarantee in self:
            today = guarantee.company_id._outsourcing_today()
            claimed = day or today
            if guarantee.state == "held":
                guarantee._check_claim(claimed, today)
            guarantee._take_step("called", call_reason=reason, called_on=claimed)
        return True

    def action_accept_shorter(self, reason):
        """Let a guarantee count that ends before its contract does.

        :param str reason: why, and how the time after it is secured
        """
        self._flow_check_can("accept_shorter")
        label = self._flow_field_label("shorter_reason")
        reason = self._flow_clean_reason(label, reason)
        for guarantee in self:
            # sudo: a reader of the guarantee may know when its contract ends.
            end = guarantee.contract_id.sudo().date_end
            # sudo: a manager decides on what procurement keeps.
            server_write(
                guarantee.sudo(),
                {
                    "shorter_reason": reason,
                    "shorter_accepted_by_id": self.env.uid,
                    "shorter_accepted_end": end,
                },
            )
            self.env["outsourcing.audit.log"]._record(
                guarantee,
                "guarantee_shorter",
                {"reason": reason, "until": str(guarantee.date_expiry)},
                root=guarantee.contract_id,
            )
        return True

    def action_open_shorter_wizard(self):
        """Ask why a guarantee may end before its contract does."""
        self._flow_check_can("accept_shorter")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_accept_shorter", self.env._("Accept the Shorter Term")
        )

    def action_open_release_wizard(self):
        """Ask why the guarantee is given back before the end of its contract."""
        self._flow_check_can("release")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_release", self.env._("Release the Guarantee")
        )

    def action_open_call_wizard(self):
        """Ask for the reason of the claim, and for its day."""
        self._flow_check_can("call")
        action = self.env["outsourcing.reason.wizard"]._open(
            self, "action_call", self.env._("Call the Guarantee")
        )
        day = self[:1].company_id._outsourcing_today()
        action["context"]["default_day"] = fields.Date.to_string(day)
        return action

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_hold_reason(self):
        reasons = {}
        for guarantee in self:
            if guarantee.date_expiry and guarantee._is_expired():
                reasons[guarantee.id] = self.env._(
                    "it expired on %s. Have it extended.",
                    format_date(self.env, guarantee.date_expiry),
                )
            elif problem := guarantee._get_document_problem():
                reasons[guarantee.id] = problem
        return reasons

    def _get_cannot_release_reason(self):
        if self._flow_is_system() or self._flow_user_in(MANAGER):
            return {}
        return {
            guarantee.id: self.env._(
                "the handover of its contract is not signed. Before that a manager "
                "releases it, for a reason."
            )
            if guarantee._awaits_handover()
            else self.env._(
                "its contract goes on until %s. Before that a manager releases it, for "
                "a reason.",
                # sudo: the end of a contract is no secret.
                format_date(self.env, guarantee.contract_id.sudo().date_end),
            )
            for guarantee in self
            if guarantee.is_secured
        }

    def _get_cannot_accept_shorter_reason(self):
        reasons = {}
        for guarantee in self:
            if guarantee.state != "held" or not guarantee.is_short:
                reasons[guarantee.id] = self.env._(
                    "only a guarantee that is held, and ends before its contract, is "
                    "accepted so."
                )
            elif guarantee._is_shorter_accepted():
                reasons[guarantee.id] = self.env._("it is accepted already.")
            elif self.env.user in guarantee._get_authors():
                reasons[guarantee.id] = self.env._(
                    "you entered a part of it, so another manager decides."
                )
        return reasons

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _flow_find_missing(self, target, state, vals):
        missing = super()._flow_find_missing(target, state, vals)
        is_early = target == "released" and any(self.mapped("is_secured"))
        if is_early and not vals.get("release_reason"):
            missing = [*missing, self._flow_field_label("release_reason")]
        return missing

    def _on_enter_released(self, origins):
        self._close()

    def _on_enter_called(self, origins):
        self._close()

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        for guarantee in self:
            self.env["outsourcing.audit.log"]._record(
                guarantee, f"guarantee_{target}", {}, root=guarantee.contract_id
            )
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_expired(self):
        self.ensure_one()
        return self.date_expiry < self.company_id._outsourcing_today()

    def _check_claim(self, day, today):
        """Raise where the guarantee cannot have been claimed on ``day``.

        A claim on the last day is good, whenever it is entered.
        """
        self.ensure_one()
        reason = ""
        if day > today:
            reason = self.env._(
                "the day of the claim, %s, is yet to come.", format_date(self.env, day)
            )
        elif self.date_expiry and day > self.date_expiry:
            reason = self.env._(
                "it expired on %s, and its issuer pays nothing on a claim after that. "
                "Have it extended, enter the new last day with the document that says "
                "so, and claim it then; or give it back.",
                format_date(self.env, self.date_expiry),
            )
        elif self.date_issue and day < self.date_issue:
            reason = self.env._(
                "it was issued on %s only. Correct the day of the claim.",
                format_date(self.env, self.date_issue),
            )
        if reason:
            message = f"{self._flow_names()}: {reason}"
            raise UserError(message)

    def _awaits_handover(self):
        """Whether the contract has ended with a handover that nobody signed yet."""
        self.ensure_one()
        # sudo: whoever keeps guarantees need not read handovers.
        leavings = self.contract_id.sudo().exit_ids
        return self.guarantee_type in SECURING_TYPES and "open" in leavings.mapped(
            "state"
        )

    def _is_shorter_accepted(self):
        """Whether a manager accepted that it ends before this end of its contract."""
        self.ensure_one()
        # sudo: a reader of the guarantee may know when its contract ends.
        end = self.contract_id.sudo().date_end
        accepted = self.shorter_accepted_end
        return bool(accepted and end and end <= accepted)

    def _get_document_problem(self):
        """Say why the attached document is none, or nothing."""
        self.ensure_one()
        name = upload.clean_name(self.document_name) or "guarantee.pdf"
        content = base64.b64decode(self.with_context(bin_size=False).document or b"")
        if content and (
            upload.extension(name) not in PAPER_TYPES or upload.problem(name, content)
        ):
            return self.env._(
                "its document cannot be read. Attach a PDF, PNG or JPEG of at most %s "
                "MB.",
                upload.MAX_FILE_BYTES // upload.MEGABYTE,
            )
        return ""

    def _check_extension(self, vals):
        """Refuse another day, or paper, for what is held: both come together.

        What is held without a document, since before it needed one, takes one alone.
        """
        held = self.filtered(lambda item: item.state != "requested")
        day = fields.Date.to_date(vals.get("date_expiry"))
        for guarantee in held if day else ():
            if guarantee.date_expiry and day < guarantee.date_expiry:
                raise UserError(
                    self.env._(
                        "%(guarantee)s is held until %(day)s. It is extended or given "
                        "back, not shortened.",
                        guarantee=guarantee._flow_names(),
                        day=format_date(self.env, guarantee.date_expiry),
                    )
                )
        is_first = "date_expiry" not in vals and not any(held.mapped("document_hash"))
        if held and not (
            vals.get("document")
            and (vals.get("date_expiry") or is_first)
            and all(item.state == "held" for item in held)
        ):
            raise UserError(
                self.env._(
                    "%s: what is held changes by an extension only: its new last day "
                    "together with the document that says so.",
                    held._flow_names(),
                )
            )

    def _note_document(self):
        """Keep the hash of the document, and whose act an extension was."""
        content = base64.b64decode(self.with_context(bin_size=False).document or b"")
        digest = content and sha256(content).hexdigest()
        verb = "guarantee_extended" if self.document_hash else "guarantee_documented"
        server_write(self, {"document_hash": digest or False})
        if self.state == "held":
            if problem := self._get_document_problem():
                # pylint: disable=translation-required
                raise UserError(f"{self._flow_names()}: {problem}")
            self.env["outsourcing.audit.log"]._record(
                self,
                verb,
                {"until": str(self.date_expiry), "document": digest},
                root=self.contract_id,
            )

    def _close(self):
        for guarantee in self:
            today = guarantee.company_id._outsourcing_today()
            server_write(guarantee, {"closed_on": today})
        self.activity_unlink([DEADLINE_TYPE])

    @api.model
    def _cron_alert_expiry(self):
        """Give the contract's owner one activity per guarantee that runs out.

        Once for each day of expiry: one that is settled does not come back until the
        day changes.
        """
        Cron = self.env["ir.cron"]
        for company in self.env["res.company"].search([("active", "=", True)]):
            today = company._outsourcing_today()
            until = fields.Date.add(today, days=company.outsourcing_alert_days)
            due = self.search(
                Domain("company_id", "=", company.id)
                & Domain("state", "=", "held")
                & Domain("date_expiry", "<=", until)
                & Domain.custom(to_sql=_is_not_alerted)
            )
            ids = sorted(due.ids)
            for start in range(0, len(ids), BATCH):
                batch = self.browse(ids[start : start + BATCH])
                run_apart(
                    batch,
                    type(batch)._alert,
                    self.env.cr.savepoint,
                    partial(_logger.exception, "Expiry of %s was not announced"),
                )
                Cron._commit_progress(len(batch))
                self.env.invalidate_all()

    def _alert(self):
        schedule_each(
            DEADLINE_TYPE,
            [
                (
                    guarantee,
                    {
                        "date_deadline": guarantee.date_expiry,
                        "summary": self.env._(
                            "Guarantee expires on %s: have it extended or release it",
                            format_date(self.env, guarantee.date_expiry),
                        ),
                        "user_id": guarantee.owner_id.id or self.env.uid,
                    },
                )
                for guarantee in self
            ],
        )
        for day, guarantees in self.grouped("date_expiry").items():
            server_write(guarantees, {"alerted_for": day})


def get_missing_guarantee(contract):
    """Return what the held performance guarantees lack to what the tender asks for.

    One counts that lasts until the end of the contract, or of which a manager accepted
    that it does not.

    :rtype: float, in the currency of the contract; zero where nothing is lacking
    """
    percent = contract._get_guarantee_percent()
    if not percent:
        return 0.0
    currency = contract.currency_id
    # sudo: whoever signs need not read the guarantees.
    held = contract.sudo().guarantee_ids.filtered(
        lambda item: (
            item.guarantee_type == "performance"
            and item.state == "held"
            and item.currency_id == currency
            and not item._is_expired()
            and (not item.is_short or item._is_shorter_accepted())
        )
    )
    needed = currency.round(contract.amount_total * percent / 100)
    missing = needed - sum(held.mapped("amount"))
    return missing if currency.compare_amounts(missing, 0) > 0 else 0.0


def get_short_guarantees(contract):
    """Return the held performance guarantees that end too early to count, with sudo."""
    # sudo: whoever signs need not read the guarantees.
    return contract.sudo().guarantee_ids.filtered(
        lambda item: (
            item.guarantee_type == "performance"
            and item.state == "held"
            and item.is_short
            and not item._is_shorter_accepted()
        )
    )


def ask_for_guarantee(contract):
    """Ask the owner of an amended contract to have its guarantee follow.

    :param contract: in its new version, with sudo
    """
    missing = get_missing_guarantee(contract)
    if not missing:
        return
    contract.activity_schedule(
        "mail.mail_activity_data_todo",
        date_deadline=contract.company_id._outsourcing_today(),
        summary=contract.env._(
            "Have the performance guarantee raised or extended: %(amount)s more until "
            "%(day)s",
            amount=contract.currency_id.format(missing),
            day=format_date(contract.env, contract.date_end),
        ),
        user_id=contract.owner_id.id or contract.env.uid,
    )
