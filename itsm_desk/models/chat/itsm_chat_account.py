from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules import module
from odoo.tools import format_list

from ...tools import wecom
from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.mail_checklist import Check, render
from .adapters import ChatError, get_adapter
from .itsm_chat_person import unlink_people

SECRETS = ("token", "aes_key", "secret")
CONTENT = frozenset(
    {
        *("name", "provider", "company_id", "team_id", "service_id"),
        *("corp_id", "agent_id", "new_token", "new_aes_key", "new_secret"),
        "server_url",
    }
)
PROOFS = ("verified_at", "tested_at", "access_token", "access_token_until")
"""What shows that the keys are right; gone when they change."""
PLACE = ("provider", "corp_id", "server_url")
"""What says whose people write; others are meant by the same names elsewhere."""


class ItsmChatAccount(models.Model):
    """An application of a messenger whose messages become tickets.

    States: off -> on -> off. It is configured while it is off, and switched on once all
    is filled in and the messenger has let us in. What somebody writes there becomes a
    ticket, or an answer on an open one; answers of the desk go back.

    Keys are written and never read again, by nobody: they are shown as filled in, and
    lie in columns that only the server reads. The model has no chatter. They are sent
    to the server of the messenger alone: where its address changes, they are gone. With
    another address or corporation, people have to link themselves again.

    ===========  ==========================  =================================
    Right        Who                         Restriction
    ===========  ==========================  =================================
    read, write  managers of the desk        of the company; keys are not read
    address      system administrators       another one than WeCom's own
    switch on    managers of the desk        all filled in, and tested
    switch off   managers of the desk
    receive      the messenger               signed, of now, each message once
    ===========  ==========================  =================================
    """

    _name = "itsm.chat.account"
    _description = "Chat Account"
    _inherit = ["itsm.flow.mixin"]
    _order = "name, id"
    _check_company_auto = True

    _flow_transitions = {"off": {"on"}, "on": {"off"}}
    _flow_verbs = {"on": "switch_on"}
    _flow_content_fields = CONTENT
    _flow_content_states = frozenset({"off"})
    _flow_system_fields = frozenset({*SECRETS, *PROOFS, "last_error"})

    name = fields.Char(required=True)
    provider = fields.Selection(
        selection=[("wecom", "WeCom")],
        string="Messenger",
        required=True,
        default="wecom",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        string="Team",
        check_company=True,
        help="Gets the tickets. Empty: that of the service, else the first one.",
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service",
        check_company=True,
        help="What new tickets are about, until a technician sorts them.",
    )
    state = fields.Selection(
        selection=[("off", "Switched Off"), ("on", "Switched On")],
        required=True,
        default="off",
        copy=False,
        readonly=True,
    )

    # What WeCom calls things
    corp_id = fields.Char(
        string="Corp ID", help="My Company > Company Information, in WeCom's console."
    )
    agent_id = fields.Char(string="Agent ID", help="On the page of the application.")
    server_url = fields.Char(
        string="Address of WeCom",
        required=True,
        default=wecom.ADDRESS,
        copy=False,
        help="Administrators enter another one with the same interface. The keys are "
        "sent there: they are typed in again when it changes.",
    )
    token = fields.Char(string="Callback Token", copy=False, groups=fields.NO_ACCESS)
    aes_key = fields.Char(string="EncodingAESKey", copy=False, groups=fields.NO_ACCESS)
    secret = fields.Char(copy=False, groups=fields.NO_ACCESS)
    new_token = fields.Char(
        string="Token",
        compute="_compute_new_keys",
        inverse="_inverse_new_keys",
        help="Of Receive Messages > Set API. Written only: nobody reads it again.",
    )
    new_aes_key = fields.Char(
        string="Encoding AES Key",
        compute="_compute_new_keys",
        inverse="_inverse_new_keys",
        help="43 letters and digits. Written only: nobody reads it again.",
    )
    new_secret = fields.Char(
        string="Secret of the App",
        compute="_compute_new_keys",
        inverse="_inverse_new_keys",
        help="On the page of the application. Written only: nobody reads it again.",
    )
    callback_url = fields.Char(
        string="Address for WeCom",
        compute="_compute_callback_url",
        help="Enter it as URL under Receive Messages > Set API.",
    )

    # What has been shown
    access_token = fields.Char(copy=False, groups=fields.NO_ACCESS)
    access_token_until = fields.Datetime(copy=False, groups=fields.NO_ACCESS)
    verified_at = fields.Datetime(
        string="Address Verified on", copy=False, readonly=True
    )
    tested_at = fields.Datetime(string="Tested on", copy=False, readonly=True)
    last_error = fields.Char(copy=False, readonly=True)
    checklist = fields.Html(compute="_compute_checklist", sanitize=False)
    can_switch_on = fields.Boolean(compute="_compute_flow_can")

    person_ids = fields.One2many(
        comodel_name="itsm.chat.person", inverse_name="account_id", string="People"
    )
    person_count = fields.Integer(compute="_compute_counts")
    failed_count = fields.Integer(compute="_compute_counts")

    _agent_digits = models.Constraint(
        "CHECK (agent_id IS NULL OR agent_id ~ '^[0-9]{1,12}$')",
        "The Agent ID is a number.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_new_keys(self):
        for account in self:
            account.new_token = account.new_aes_key = account.new_secret = False

    def _compute_callback_url(self):
        for account in self:
            base = account.get_base_url()
            account.callback_url = (
                f"{base}/service-desk/chat/{account.id}" if account.id else False
            )

    @api.depends("state")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends(
        "provider", "corp_id", "agent_id", "team_id", "verified_at", "tested_at"
    )
    def _compute_checklist(self):
        for account in self:
            account.checklist = render(account._get_checks())

    def _compute_counts(self):
        people = dict(
            self.env["itsm.chat.person"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        failed = dict(
            self.env["itsm.chat.message"]._read_group(
                [("account_id", "in", self.ids), ("state", "=", "failed")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.person_count = people.get(account._origin, 0)
            account.failed_count = failed.get(account._origin, 0)

    # ------------------------------------------------------------
    # INVERSE METHODS
    # ------------------------------------------------------------

    def _inverse_new_keys(self):
        """Keep the keys that were typed; an empty one keeps the former."""
        for account in self:
            typed = {
                name: account[f"new_{name}"].strip()
                for name in SECRETS
                if account[f"new_{name}"]
            }
            if typed:
                # sudo: nobody has access to the columns of the keys
                server_write(account.sudo(), {**typed, **account._get_no_proofs()})
        self.invalidate_recordset(["new_token", "new_aes_key", "new_secret"])

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("server_url")
    def _check_server_url(self):
        """Keys are sent by HTTPS; tests talk to a server of their own."""
        for account in self:
            is_test = bool(module.current_test)
            if not wecom.is_server(account.server_url, with_loopback=is_test):
                raise ValidationError(
                    self.env._(
                        "%s: enter the address of the messenger's server as "
                        "https://name, without anything behind it.",
                        account.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._check_who_sets_server()
        return accounts

    def write(self, vals):
        # sudo: keys and people follow from the change, which itself is judged
        before = {one: [one[name] for name in PLACE] for one in self.sudo()}
        result = super().write(vals)
        for account, values in before.items():
            changed = {
                name
                for name, value in zip(PLACE, values, strict=True)
                if account[name] != value
            }
            if "server_url" in changed:
                # sudo: as whoever writes it, without what was taken above
                account.sudo(self.env.su)._check_who_sets_server()
                gone = [name for name in SECRETS if not vals.get(f"new_{name}")]
                server_write(account, dict.fromkeys(gone, False))
            if changed or "agent_id" in vals:
                server_write(account, self._get_no_proofs())
            if changed:
                unlink_people(account.person_ids.filtered("partner_id"))
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_test(self):
        """Log in at the messenger, and say what it answered."""
        check_one(self)
        self.check_access("write")
        # sudo: the keys are read by nobody; what comes back holds none
        account = self.sudo()
        missing = get_adapter(account).get_missing()
        if missing:
            raise account._flow_missing_error(missing)
        error = try_keys(account)
        kind = "danger" if error else "success"
        text = error or self.env._("The messenger let us in.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_switch_on(self):
        """Let messages become tickets from now on."""
        return self._take_step("on")

    def action_switch_off(self):
        """Take no message any more; answers that wait are kept."""
        return self._take_step("off")

    def action_view_people(self):
        """Open who writes here, and as whom."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_chat_person_action"
        )
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    def action_view_failed(self):
        """Open what could not be sent."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_chat_message_action"
        )
        domain = [("account_id", "=", self.id), ("state", "=", "failed")]
        return {**action, "domain": domain, "context": {}}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_who_sets_server(self):
        """Let administrators alone send keys to another server than WeCom's."""
        if self.env.su or self.env.user.has_group("base.group_system"):
            return
        for account in self:
            if account.server_url != wecom.ADDRESS:
                raise AccessError(
                    self.env._(
                        "%s: the keys are sent to this address. A system administrator "
                        "enters another one than that of WeCom.",
                        account.name,
                    )
                )

    def _get_no_proofs(self):
        return dict.fromkeys((*PROOFS, "last_error"), False)

    def _get_cannot_switch_on_reason(self):
        reasons = {}
        for account in self:
            # sudo: whether keys are there, not what they say
            missing = get_adapter(account.sudo()).get_missing()
            if missing:
                reasons[account.id] = self.env._(
                    "fill in first: %s.", format_list(self.env, missing)
                )
            elif not account.tested_at:
                reasons[account.id] = self.env._(
                    'press "Test" first: the messenger has not let us in yet.'
                )
        return reasons

    def _get_checks(self):
        """Return what is configured and what is missing, line by line."""
        self.ensure_one()
        # sudo: whether keys are there, not what they say
        missing = get_adapter(self.sudo()).get_missing()
        names = format_list(self.env, missing) if missing else ""
        return [
            Check(
                not missing,
                self.env._("All keys are filled in"),
                self.env._("Still to be filled in: %s.", names),
            ),
            Check(
                (self.get_base_url() or "").startswith("https://"),
                self.env._("The messenger reaches us by HTTPS"),
                self.env._(
                    "Set web.base.url to the address that the internet sees; a proxy "
                    "adds HTTPS."
                ),
            ),
            Check(
                bool(self.verified_at),
                self.env._("The messenger has verified our address"),
                self.env._(
                    "Save, then enter address, token and EncodingAESKey in WeCom's "
                    "console under Receive Messages > Set API, and save there."
                ),
            ),
            Check(
                bool(self.tested_at),
                self.env._("The messenger lets us in"),
                self.env._(
                    'Press "Test". WeCom also wants the address of this server under '
                    "Company's Trusted IP."
                ),
            ),
            Check(
                bool(self.team_id or self.service_id.team_id),
                self.env._("A team gets the tickets"),
                self.env._("Choose one; without one the first team gets them."),
            ),
        ]

    @api.autovacuum
    def _gc_chat_texts(self):
        """Forget texts that waited for a month, of people who linked nothing."""
        messages = self.env["itsm.chat.message"]
        old = messages.search(
            [
                ("text", "!=", False),
                ("create_date", "<", fields.Datetime.now() - timedelta(days=30)),
            ],
            limit=1000,
        )
        server_write(old, {"text": False, "state": "dropped"})
        return len(old), len(old) == 1000


def try_keys(account):
    """Log in at the messenger, and note whether it let us in.

    :param account: in sudo; that the acting user may was judged by the caller
    :return: what it answered instead (str), or False
    """
    try:
        get_adapter(account).test()
    except ChatError as error:
        text = str(error)
    else:
        text = False
    tested_at = False if text else fields.Datetime.now()
    server_write(account, {"tested_at": tested_at, "last_error": text})
    return text


def check_on(account):
    """Refuse work for an account that is off.

    :raise UserError: saying what to do
    """
    if account.state != "on":
        raise UserError(
            account.env._("%s is switched off. Switch it on first.", account.name)
        )
