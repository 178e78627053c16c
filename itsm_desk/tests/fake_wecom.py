"""A WeCom of our own: its interface over real HTTP, and callbacks as it sends them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from ..tools import wecom

CORP, AGENT = "ww1234567890abcdef", "1000002"
TOKEN, SECRET = "QDG6eK", "the-secret-of-the-app"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


class FakeWeCom:
    """Gives access tokens for the right secret, and keeps what is sent to people.

    ``files`` are those that people sent: ``{media id: (name, content)}``.
    """

    def __init__(self):
        self.sent, self.logins, self.answers = [], 0, []
        self.files = {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            """Answers three calls of the interface."""

            def log_message(self, *args):
                """Say nothing on the console."""

            def do_GET(self):  # noqa: N802
                """Log in, or give out a file."""
                query = parse_qs(urlsplit(self.path).query)
                if urlsplit(self.path).path.endswith("/media/get"):
                    self._give(query)
                    return
                fake.logins += 1
                if query.get("corpsecret") == [SECRET]:
                    self._answer(
                        {"errcode": 0, "access_token": fake.token, "expires_in": 7200}
                    )
                else:
                    self._answer({"errcode": 40001, "errmsg": "invalid credential"})

            def _give(self, query):
                if query.get("access_token") != [fake.token]:
                    self._answer({"errcode": 42001, "errmsg": "access_token expired"})
                elif fake.answers:
                    self._answer(fake.answers.pop(0))
                elif query["media_id"][0] not in fake.files:
                    self._answer({"errcode": 40007, "errmsg": "invalid media_id"})
                else:
                    name, content = fake.files[query["media_id"][0]]
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.send_header("Content-Type", "application/octet-stream")
                    disposition = f'attachment; filename="{name}"'.encode()
                    self.send_header(
                        "Content-Disposition", disposition.decode("latin-1")
                    )
                    self.end_headers()
                    try:
                        self.wfile.write(content)
                    except OSError:
                        """The desk wants no more of it."""

            def do_POST(self):  # noqa: N802
                """Send a message."""
                query = parse_qs(urlsplit(self.path).query)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if query.get("access_token") != [fake.token]:
                    self._answer({"errcode": 42001, "errmsg": "access_token expired"})
                elif fake.answers:
                    self._answer(fake.answers.pop(0))
                else:
                    fake.sent.append(json.loads(body))
                    self._answer({"errcode": 0, "errmsg": "ok", "msgid": "1"})

            def _answer(self, values):
                data = json.dumps(values).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def token(self):
        """The access token of the last log-in."""
        return f"access-{self.logins}"

    @property
    def texts(self):
        """What was sent to people, as ``(person, text)``."""
        return [(item["touser"], item["text"]["content"]) for item in self.sent]

    def stop(self):
        """End the server and its thread."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def make_callback(text, key="1", sender="zhangsan", kind="text", **changes):
    """Return query and body of a callback: ``(dict, bytes)``."""
    inner = (
        f"<xml><ToUserName><![CDATA[{changes.pop('corp', CORP)}]]></ToUserName>"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{key}</MsgId>"
        f"<MediaId><![CDATA[{changes.pop('media', '')}]]></MediaId>"
        f"<AgentID>{changes.pop('agent', AGENT)}</AgentID></xml>"
    )
    return seal(changes.pop("inner", inner), **changes)


def seal(inner, aes_key=AES_KEY, receiver=CORP, **changes):
    """Return query and body of what WeCom says: ``(dict, bytes)``."""
    encrypted = wecom.encrypt(aes_key, inner, receiver)
    query = sign_query(encrypted, **changes)
    body = (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt><AgentID>{AGENT}</AgentID></xml>"
    )
    return query, body.encode()


def sign_query(encrypted, token=TOKEN, at=None, nonce="n1"):
    """Return the query with which WeCom signs an encrypted text."""
    timestamp = str(int(time.time() if at is None else at))
    return {
        "msg_signature": wecom.sign(token, timestamp, nonce, encrypted),
        "timestamp": timestamp,
        "nonce": nonce,
    }
