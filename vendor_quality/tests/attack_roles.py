from .attack_client import JsonClient
from .attack_common import AttackCommon, Caller

ROLES = {
    "bookkeeper": "account.group_account_user",
    "buyer": "purchase.group_purchase_manager,account.group_account_invoice",
    "payer": "vendor_quality.group_quality_finance,account.group_account_invoice",
    "system": "base.group_system,account.group_account_manager",
}
"""Besides the billing user and the accountant of the fixture."""


class AttackRoles(AttackCommon):
    """Every accounting role, by call_kw and by real requests, and OdooBot."""

    def _callers(self):
        users = [self.biller, self.accountant]
        for name, groups in ROLES.items():
            users.append(self._new_user(name, groups))
        for user in users:
            client = JsonClient(self, user)
            yield Caller(self.env(user=user), "http", client), f"{user.login} json2"
            if user not in (self.biller, self.accountant):
                yield Caller(self.env(user=user), "rpc"), f"{user.login} rpc"
        bot = self.env.ref("base.user_root")
        yield Caller(self.env(user=bot), "sudo"), "OdooBot"
