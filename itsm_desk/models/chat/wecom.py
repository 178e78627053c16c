"""WeCom as a messenger; see ``adapters``. What is pure stands in ``tools/wecom.py``."""

import contextlib
import json
import time
from datetime import timedelta

import requests

from odoo import fields

from ...tools import wecom
from ..base.grants import server_write
from .adapters import ChatError, Incoming, Refused, Unusable

TIMEOUT = 10
MOST_SECONDS = 60
"""For a whole file; ``TIMEOUT`` is for each part of it."""
FILE_KINDS = frozenset({"image", "voice", "video", "file"})
"""Kinds of messages that carry a file."""
MOST_ANSWER = 64 * 1024
"""Bytes of an answer that is no file."""
GONE = 40007
"""Code of a file that is not kept any more; they are kept for three days."""
STALE_TOKENS = (40014, 42001)
"""Codes of an access token that is not valid any more."""


class WeCom:
    """An application of WeCom, as ``itsm.chat.account`` configures it."""

    def __init__(self, account):
        self.account = account
        self.env = account.env

    # ------------------------------------------------------------
    # CONFIGURATION
    # ------------------------------------------------------------

    def get_missing(self):
        """Return the names of what is still to be filled in."""
        account, missing = self.account, []
        for name in ("corp_id", "agent_id", "secret", "token", "aes_key"):
            if not account[name]:
                missing.append(self._get_label(name))
        if account.aes_key:
            try:
                wecom.make_key(account.aes_key)
            except wecom.WeComError:
                missing.append(self._get_label("aes_key"))
        return missing

    def _get_label(self, name):
        """Return what the form calls a field: keys have another one to be typed in."""
        typed = f"new_{name}"
        is_key = typed in self.account._fields
        return self.account._flow_field_label(typed if is_key else name)

    # ------------------------------------------------------------
    # WHAT COMES IN
    # ------------------------------------------------------------

    def greet(self, args):
        """Return what proves to WeCom that the address is ours."""
        return self._open(args, args.get("echostr"))

    def receive(self, args, body):
        """Return what somebody wrote, or None for what is no message of a person."""
        try:
            outer = wecom.read_xml(body)
        except wecom.WeComError as error:
            raise Refused(str(error)) from error
        text = self._open(args, outer.get("Encrypt"))
        try:
            inner = wecom.read_xml(text.encode())
        except wecom.WeComError as error:
            raise Refused(str(error)) from error
        account = self.account
        if (
            inner.get("ToUserName") != account.corp_id
            or inner.get("AgentID") != account.agent_id
        ):
            raise Refused("It is for another application.")
        key, sender = inner.get("MsgId"), inner.get("FromUserName")
        if not key or not sender or inner.get("MsgType") == "event":
            return None
        kind = inner.get("MsgType") or ""
        return Incoming(
            key[:64],
            sender[:64],
            inner.get("Content", "") if kind == "text" else "",
            kind[:16],
            inner.get("MediaId", "")[:512] if kind in FILE_KINDS else "",
        )

    def _open(self, args, encrypted):
        """Return the text of what is signed by WeCom and of now."""
        account = self.account
        try:
            wecom.check(
                account.token,
                args.get("msg_signature"),
                args.get("timestamp"),
                args.get("nonce"),
                encrypted,
                time.time(),
            )
            return wecom.decrypt(account.aes_key, encrypted, account.corp_id)
        except wecom.WeComError as error:
            raise Refused(str(error)) from error

    def fetch(self, media_id, most):
        """Return ``(name, content)`` of a file of at most ``most`` bytes.

        :raise Unusable: where it is larger, or gone
        """
        try:
            return self._download(media_id, self._get_token(), most)
        except StaleToken:
            return self._download(media_id, self._fetch_token(), most)

    def _download(self, media_id, token, most):
        until = time.monotonic() + MOST_SECONDS
        params = {"access_token": token, "media_id": media_id}
        content = b""
        with self._request("GET", "media/get", params=params, stream=True) as response:
            header = response.headers.get("Content-Disposition")
            # What is wrong is told without a file.
            limit = most if header else MOST_ANSWER
            try:
                for part in response.iter_content(64 * 1024):
                    content += part
                    if len(content) > limit:
                        raise Unusable(
                            self.env._("it is larger than %s MB", most // (1024 * 1024))
                        )
                    if time.monotonic() > until:
                        raise ChatError(self.env._("WeCom is too slow."))
            except requests.RequestException as error:
                raise self._make_unreachable(error) from None
        if not header:
            with contextlib.suppress(ValueError):
                self._check_answer(json.loads(content), token)
            raise ChatError(self.env._("WeCom answered something else."))
        return wecom.read_file_name(header), content

    # ------------------------------------------------------------
    # WHAT GOES OUT
    # ------------------------------------------------------------

    def test(self):
        """Log in, and keep what was given for it."""
        self._fetch_token()

    def send(self, to, text):
        """Send ``text`` to the person whom WeCom calls ``to``."""
        message = {
            "touser": to,
            "msgtype": "text",
            "agentid": int(self.account.agent_id),
            "text": {"content": wecom.cut(text)},
            # Where we do not hear that it arrived, it is sent again.
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 1800,
        }
        token = self._get_token()
        try:
            answer = self._call("POST", "message/send", token, json=message)
        except StaleToken:
            answer = self._call(
                "POST", "message/send", self._fetch_token(), json=message
            )
        if answer.get("invaliduser"):
            raise ChatError(
                self.env._("WeCom knows nobody called %s who may use the app.", to)
            )

    def _get_token(self):
        account = self.account
        until = account.access_token_until
        if account.access_token and until and until > fields.Datetime.now():
            return account.access_token
        return self._fetch_token()

    def _fetch_token(self):
        account = self.account
        params = {"corpid": account.corp_id, "corpsecret": account.secret}
        answer = self._call("GET", "gettoken", params=params)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise ChatError(self.env._("WeCom gave no access token."))
        # Five minutes earlier, as clocks differ.
        until = fields.Datetime.now() + timedelta(seconds=max(0, seconds - 300))
        server_write(account, {"access_token": token, "access_token_until": until})
        return token

    def _call(self, method, path, token=None, params=None, json=None):
        """Return the answer of WeCom (dict).

        :raise ChatError: without the address, in which the secret stands
        """
        params = {"access_token": token} if token else params
        response = self._request(method, path, params=params, json=json)
        try:
            answer = response.json()
        except ValueError as error:
            raise self._make_unreachable(error) from None
        return self._check_answer(answer, token)

    def _request(self, method, path, **options):
        base = self.account.server_url
        try:
            return requests.request(
                method,
                f"{base.rstrip('/')}/cgi-bin/{path}",
                timeout=TIMEOUT,
                allow_redirects=False,
                **options,
            )
        except requests.RequestException as error:
            raise self._make_unreachable(error) from None

    def _make_unreachable(self, error):
        return ChatError(
            self.env._("WeCom cannot be reached: %s.", type(error).__name__)
        )

    def _check_answer(self, answer, token):
        """Return the answer of WeCom, unless it says that something is wrong."""
        if not isinstance(answer, dict):
            raise ChatError(self.env._("WeCom answered something else."))
        code = answer.get("errcode") or 0
        if token and code in STALE_TOKENS:
            raise StaleToken
        if code == GONE:
            raise Unusable(self.env._("WeCom does not keep it any more"))
        if code:
            raise ChatError(
                self.env._(
                    "WeCom refused it: %(code)s %(text)s",
                    code=code,
                    text=str(answer.get("errmsg") or "")[:200],
                )
            )
        return answer


class StaleToken(ChatError):
    """The access token has to be fetched again."""
