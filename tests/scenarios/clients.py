"""The two ways in: employees by JSON-2 with their own key, vendors by the portal."""

import re

import requests

TIMEOUT = 120


class Refused(Exception):
    """The server refused a call and said why."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Employee:
    """One employee's JSON-2 client; his key is made from login and password.

    :param str url: base URL of the server
    :param str database: name of the database
    :param str login: the user's login
    :param str password: by default the login, as in the demo data
    """

    def __init__(self, url, database, login, password=None):
        self.url = url
        self.login = login
        self.headers = {
            "Authorization": f"bearer {_make_key(url, database, login, password)}",
            "X-Odoo-Database": database,
        }

    def call(self, model, method, ids=(), /, **arguments):
        """Call a public method; raise :class:`Refused` with the server's words."""
        body = {**({"ids": list(ids)} if ids else {}), **arguments}
        answer = requests.post(
            f"{self.url}/json/2/{model}/{method}",
            json=body,
            headers=self.headers,
            timeout=TIMEOUT,
        )
        if answer.status_code >= 400:
            raise Refused(answer.status_code, _message_of(answer))
        return answer.json()

    def create(self, model, /, **values):
        """Create one record and return its id."""
        created = self.call(model, "create", vals_list=[values])
        return created[0] if isinstance(created, list) else created

    def write(self, model, ids, /, **values):
        return self.call(model, "write", ids, vals=values)

    def read(self, model, record_id, *fields):
        """Return the fields of one record as a dictionary."""
        return self.call(model, "read", [record_id], fields=list(fields))[0]

    def search(self, model, domain, *fields, **options):
        """Return the records found as dictionaries (``id`` and the fields)."""
        return self.call(
            model, "search_read", domain=domain, fields=list(fields), **options
        )

    def search_id(self, model, *domain):
        """Return the id of the one record that matches, or fail."""
        found = self.call(model, "search_read", domain=list(domain), fields=["id"])
        if len(found) != 1:
            raise AssertionError(f"{len(found)} {model} for {domain}, wanted one")
        return found[0]["id"]


class Visitor:
    """One vendor or requester in the portal, with a browser's session."""

    def __init__(self, url, database, login, password=None):
        self.url = url
        self.login = login
        self.session = requests.Session()
        _authenticate(self.session, url, database, login, password or login)

    def get(self, path, **options):
        answer = self.session.get(f"{self.url}{path}", timeout=TIMEOUT, **options)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, f"GET {path}: {answer.status_code}")
        return answer

    def post(self, path, data=None, files=None, page=None):
        """Send a form with the CSRF token of ``page``, and follow to its result.

        :param str page: the page that holds the form, by default ``path``
        :return: the page the browser ends on
        :raise Refused: when the server answers with an error page
        """
        token = self._token_of(page or path)
        answer = self.session.post(
            f"{self.url}{path}",
            data={"csrf_token": token, **(data or {})},
            files=files,
            timeout=TIMEOUT,
        )
        if answer.status_code >= 400:
            raise Refused(answer.status_code, _text_of(answer.text)[:400])
        return answer

    def _token_of(self, path):
        page = self.get(path).text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page) or re.search(
            r'csrf_token: "([^"]+)"', page
        )
        if not found:
            raise AssertionError(f"no form with a token on {path}")
        return found[1]


def _authenticate(session, url, database, login, password):
    answer = session.post(
        f"{url}/web/session/authenticate",
        json={
            "jsonrpc": "2.0",
            "params": {"db": database, "login": login, "password": password},
        },
        timeout=TIMEOUT,
    ).json()
    if "error" in answer:
        raise Refused(403, f"log-in of {login}: {answer['error']['data']['message']}")
    return answer["result"]


def _make_key(url, database, login, password):
    """Make an API key as the user does it in his preferences."""
    password = password or login
    session = requests.Session()
    _authenticate(session, url, database, login, password)

    def call(model, method, args, **kwargs):
        answer = session.post(
            f"{url}/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": kwargs,
                },
            },
            timeout=TIMEOUT,
        ).json()
        if "error" in answer:
            raise Refused(403, answer["error"]["data"]["message"])
        return answer["result"]

    description = call(
        "res.users.apikeys.description",
        "create",
        [[{"name": "Walk-through", "duration": "1"}]],
    )
    action = call("res.users.apikeys.description", "make_key", [description])
    if action["res_model"] == "res.users.identitycheck":
        action = call(
            "res.users.identitycheck",
            "run_check",
            [[action["res_id"]]],
            context={"password": password},
        )
    return action["context"]["default_key"]


def _message_of(answer):
    try:
        return answer.json().get("message") or answer.text[:400]
    except ValueError:
        return _text_of(answer.text)[:400]


def _text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()
