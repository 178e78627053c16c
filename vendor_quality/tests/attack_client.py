import inspect
from datetime import timedelta

from odoo.exceptions import UserError


class JsonClient:
    """Calls methods by real requests of the JSON-2 API, with a key of the user."""

    def __init__(self, case, user):
        self.case = case
        self.key = (
            case.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "Attack", case.env.cr.now() + timedelta(days=1))
        )

    def __call__(self, record, method, args, kwargs, context):
        """Return what the server answers; a refusal is raised as one."""
        signature = inspect.signature(getattr(type(record), method))
        names = [name for name in signature.parameters if name != "self"]
        answer = self.case.url_open(
            f"/json/2/{record._name}/{method}",
            headers={"Authorization": f"Bearer {self.key}"},
            json={
                **({"ids": record.ids} if record else {}),
                **dict(zip(names, args, strict=False)),
                **kwargs,
                "context": context,
            },
            timeout=60,
        )
        if answer.ok:
            return answer.json()
        self.case.assertLess(answer.status_code, 500, answer.text)
        raise UserError(answer.json()["message"])
