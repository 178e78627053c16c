from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.signature import read_signature, read_typed_name
from ..base.grants import server_write
from ..base.itsm_flow_mixin import check_entering
from ..event.recording import get_moment
from .giving_back import KEEPER, TECHNICIAN, find_taker, stamp_return
from .registering import registering


class ItsmEquipmentHandover(models.Model):
    """The slip on which somebody takes equipment over, until it is given back.

    States: draft -> signed -> returned; a draft may be cancelled. Signing makes the
    receiver the owner of the equipment, giving it back puts it into stock.

    =======  ==========================  =====================================
    Step     Who                         Restriction
    =======  ==========================  =====================================
    write    technicians                 as a draft
    sign     the receiver, in person     drawn, or the full name typed; not
                                         what one made out oneself
    sign     technicians                 of receivers without a log-in, who
                                         draw it; not what one made out
    return   technicians; managers of    in which condition; not the receiver
             equipment
    cancel   technicians                 before it is signed
    read     technicians; managers of    all of the company
             equipment
    read     the receiver                his own slips
    =======  ==========================  =====================================
    """

    _name = "itsm.equipment.handover"
    _description = "Hand-over Slip of Equipment"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"signed", "cancelled"},
        "signed": {"returned"},
        "returned": set(),
        "cancelled": set(),
    }
    _flow_verbs = {"signed": "sign", "returned": "return", "cancelled": "cancel"}
    _flow_groups = {"return": (TECHNICIAN, KEEPER), "cancel": (TECHNICIAN,)}
    _flow_required = {"returned": ("return_condition",), "cancelled": ("stop_reason",)}
    _flow_stamps = {"signed": ("signature", "signed_name")}
    _flow_system_fields = frozenset(
        {
            "signature",
            "signed_name",
            "signed_at",
            "signed_by_id",
            "returned_at",
            "returned_to_id",
            "return_condition",
            "stop_reason",
        }
    )
    _flow_content_fields = frozenset(
        {
            "accessories",
            "company_id",
            "condition",
            "due_date",
            "employee_id",
            "equipment_id",
            "place",
        }
    )
    _flow_content_states = frozenset({"draft"})
    _flow_step_access = "read"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    equipment_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    serial_no = fields.Char(related="equipment_id.serial_no", compute_sudo=True)
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Receiver",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    place = fields.Char(string="Place of Use")
    condition = fields.Text(string="Condition", help="Scratches, what does not work.")
    accessories = fields.Text(help="Charger, bag, keys, and what else goes with it.")
    due_date = fields.Date(
        string="To Give Back on",
        help="Of what is lent. Empty: when the receiver leaves.",
    )
    state = fields.Selection(
        selection=[
            ("draft", "To Sign"),
            ("signed", "Handed Over"),
            ("returned", "Given Back"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    signature = fields.Image(copy=False, attachment=True, max_width=1024, readonly=True)
    signed_name = fields.Char(string="Signed as", copy=False, readonly=True)
    signed_at = fields.Datetime(string="Signed on", copy=False, readonly=True)
    signed_by_id = fields.Many2one(
        comodel_name="res.users", string="Signed by", copy=False, readonly=True
    )
    returned_at = fields.Datetime(string="Given Back on", copy=False, readonly=True)
    returned_to_id = fields.Many2one(
        comodel_name="res.users", string="Taken Back by", copy=False, readonly=True
    )
    return_condition = fields.Text(
        string="Condition When Given Back", copy=False, readonly=True
    )
    stop_reason = fields.Text(
        string="Reason of Cancellation", copy=False, readonly=True
    )
    can_sign = fields.Boolean(compute="_compute_flow_can")
    can_return = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _open_uniq = models.UniqueIndex(
        "(equipment_id) WHERE state IN ('draft', 'signed')",
        "There is an open hand-over slip of this equipment. End that one first.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("equipment_id", "employee_id")
    def _compute_display_name(self):
        for slip in self:
            # sudo: the receiver need not read the register
            found = slip.sudo()
            names = (found.equipment_id.display_name, found.employee_id.name)
            slip.display_name = ": ".join(filter(None, names))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        slips = super().create(vals_list)
        slips._call_receivers()
        return slips

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sign(self, signature=None, signed_name=None):
        """Take the equipment over, as its receiver.

        :param str signature: image in base64
        :param str signed_name: the full name, typed instead of a drawn signature
        """
        name = read_typed_name(signed_name)
        if signature:
            try:
                signature = read_signature(signature)
            except ValueError as error:
                raise UserError(
                    self.env._(
                        "The signature is empty or cannot be read. Draw it again, or "
                        "type your full name instead."
                    )
                ) from error
        if not signature and not name:
            raise UserError(
                self.env._("Sign in the field or type your full name to take it over.")
            )
        # sudo: whether receivers can log in, whoever reads employees
        if not signature and not all(slip.employee_id.user_id for slip in self.sudo()):
            raise UserError(
                self.env._(
                    "The receiver has no log-in: let the person draw the signature. A "
                    "name that somebody else types is none."
                )
            )
        return self._take_step("signed", signature=signature or False, signed_name=name)

    def action_return(self, condition):
        """Take the equipment back.

        :param str condition: what it looks like, and what is missing
        """
        return self._take_step("returned", return_condition=condition)

    def action_cancel(self, reason):
        """End a slip that nobody signed."""
        return self._take_step("cancelled", stop_reason=reason)

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: receivers have read access only; the step was judged
        return self.sudo()

    def _on_enter_signed(self, origins):
        check_entering(self, "signed")
        server_write(self, {"signed_at": get_moment(), "signed_by_id": self.env.uid})
        self.activity_unlink(["itsm_desk.mail_activity_type_handover"])
        for slip in self:
            with registering(reason=self.env._("Handed over")):
                slip.equipment_id.write(
                    {
                        "equipment_assign_to": "employee",
                        "employee_id": slip.employee_id.id,
                        "department_id": False,
                        "itsm_state": "in_use",
                        **({"itsm_place": slip.place} if slip.place else {}),
                    }
                )

    def _on_enter_returned(self, origins):
        check_entering(self, "returned")
        stamp_return(self)
        self.activity_unlink(["itsm_desk.mail_activity_type_handover_return"])
        for slip in self:
            if slip.equipment_id.employee_id != slip.employee_id:
                # A ticket has given it to somebody else.
                continue
            with registering(reason=self.env._("Given back")):
                slip.equipment_id.write(
                    {
                        "employee_id": False,
                        "department_id": False,
                        "itsm_place": False,
                        "itsm_state": "in_stock",
                    }
                )

    def _on_enter_cancelled(self, origins):
        self.activity_unlink(["itsm_desk.mail_activity_type_handover"])

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_sign_reason(self):
        reasons = {}
        for slip in self:
            # sudo: whose slip it is does not depend on who reads employees
            receiver = slip.sudo().employee_id
            is_author = slip.create_uid == self.env.user
            if receiver.user_id == self.env.user and is_author:
                reasons[slip.id] = self.env._(
                    "you made it out for yourself. Cancel it, and let another "
                    "technician make it out."
                )
            elif receiver.user_id and receiver.user_id != self.env.user:
                reasons[slip.id] = self.env._(
                    "%s receives it and signs, logged in.", receiver.name
                )
            elif not receiver.user_id and (
                is_author or not self._flow_user_in(TECHNICIAN)
            ):
                reasons[slip.id] = self.env._(
                    "%(receiver)s has no log-in and draws the signature on the screen "
                    "of another technician than %(author)s, who made it out.",
                    receiver=receiver.name,
                    author=slip.create_uid.name,
                )
        return reasons

    def _get_cannot_return_reason(self):
        return {
            slip.id: self.env._(
                "you received it. Another technician or manager of equipment takes it "
                "back."
            )
            for slip in self
            # sudo: as above
            if slip.sudo().employee_id.user_id == self.env.user
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _call_receivers(self):
        """Ask the receivers who can log in to sign."""
        for slip in self:
            # sudo: technicians do not read the users of employees
            user = slip.sudo().employee_id.user_id
            if user:
                slip.activity_schedule(
                    "itsm_desk.mail_activity_type_handover",
                    user_id=user.id,
                    summary=self.env._("Sign: %s", slip.display_name),
                )

    def _call_for_return(self):
        """Ask those who handed equipment over to take it back: its receiver leaves.

        Where that person has left, too, the next who may take it back.
        """
        for slip in self:
            slip.activity_schedule(
                "itsm_desk.mail_activity_type_handover_return",
                user_id=find_taker(slip).id,
                summary=self.env._(
                    "Take it back from %s, who leaves", slip.employee_id.name
                ),
            )
