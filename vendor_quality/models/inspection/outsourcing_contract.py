import logging

from psycopg2 import OperationalError

from odoo import models
from odoo.exceptions import ConcurrencyError

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

_logger = logging.getLogger(__name__)


class OutsourcingContract(models.Model):
    """The plans of inspections go on under the contract that renews another."""

    _inherit = "outsourcing.contract"

    def _on_enter_active(self, origins):
        result = super()._on_enter_active(origins)
        for contract in self:
            if origins[contract.id] == "signed" and contract.predecessor_id:
                _try_to_carry_plans(contract)
        return result


def _try_to_carry_plans(contract):
    """Carry on the plans; the contract becomes active whether they can be or not.

    :raise OperationalError: of the database; the step is tried again as a whole
    """
    try:
        with contract.env.cr.savepoint():
            _carry_plans(contract)
    except (OperationalError, ConcurrencyError):
        raise
    except Exception:
        _logger.exception("Plans of %s did not go on", contract.name)


def _carry_plans(contract):
    """Copy the plans of the contract before, and bring over the rounds to come.

    Nothing where the contract has a plan of its own: somebody planned it anew.
    """
    # sudo: whoever activates a contract, or the job, need not plan inspections.
    contract = contract.sudo()
    before, start = contract.predecessor_id, contract.date_start
    if contract.vendor_quality_plan_ids:
        return
    for plan in before.vendor_quality_plan_ids:
        if plan.date_end and plan.date_end < min(before.date_end, start):
            # It ended before its contract did.
            continue
        is_longer = plan.date_end and plan.date_end >= start
        following = plan.copy(
            {
                "contract_id": contract.id,
                "date_start": max(start, plan.date_start),
                "date_end": plan.date_end if is_longer else False,
            }
        )
        following.generated_until = plan.generated_until
        for inspection in plan.inspection_ids:
            if inspection.state == "planned" and inspection.date_due >= start:
                server_write(
                    inspection,
                    {
                        "plan_id": following.id,
                        "contract_id": contract.id,
                        "inspector_id": inspection.inspector_id.id,
                        "place": inspection.place,
                    },
                )
