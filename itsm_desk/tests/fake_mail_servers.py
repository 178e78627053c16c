"""Mail servers on the loopback: an IMAP server, and a catcher of sent mails."""

import socket
import socketserver
import threading
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message


class Mailbox:
    """Mails of one account, with the flags that clients set."""

    def __init__(self, mails):
        self.mails = list(mails)
        self.seen = [False] * len(self.mails)


class ImapSession(socketserver.StreamRequestHandler):
    """One client of the IMAP server: the commands that Odoo's fetching job uses."""

    def handle(self):
        self._send("* OK ready")
        self.box = None
        while line := self.rfile.readline():
            text = line.decode("utf-8", "replace").strip()
            tag, _space, rest = text.partition(" ")
            command, _space, argument = rest.partition(" ")
            method = getattr(self, f"_do_{command.lower()}", None)
            if method is None:
                self._send(f"{tag} BAD unknown command")
                continue
            answer = method(argument) or "OK done"
            self._send(f"{tag} {answer}")
            if command.upper() == "LOGOUT":
                return

    def _send(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def _do_capability(self, _argument):
        self._send("* CAPABILITY IMAP4REV1")

    def _do_login(self, argument):
        user = argument.split()[0].strip('"')
        self.account = self.server.boxes.get(user)
        return "OK in" if self.account else "NO who is that"

    def _do_select(self, _argument):
        self.box = self.account
        self._send(f"* {len(self.box.mails)} EXISTS")
        self._send("* 0 RECENT")

    def _do_search(self, _argument):
        unseen = [str(i + 1) for i, seen in enumerate(self.box.seen) if not seen]
        self._send(" ".join(["* SEARCH", *unseen]))

    def _do_fetch(self, argument):
        number = int(argument.split()[0])
        mail = self.box.mails[number - 1]
        self.box.seen[number - 1] = True
        self.wfile.write(f"* {number} FETCH (RFC822 {{{len(mail)}}}\r\n".encode())
        self.wfile.write(mail + b")\r\n")

    def _do_store(self, argument):
        number, action, _flags = argument.split(None, 2)
        self.box.seen[int(number) - 1] = action.startswith("+")
        self._send(f"* {number} FETCH (FLAGS ({action[0]}))")

    def _do_close(self, _argument):
        self.box = None

    def _do_logout(self, _argument):
        self._send("* BYE")

    def _do_noop(self, _argument):
        return None


class ImapServer(socketserver.ThreadingTCPServer):
    """IMAP on a free port of the loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, boxes):
        self.boxes = boxes
        super().__init__(("127.0.0.1", 0), ImapSession)

    @property
    def port(self):
        return self.server_address[1]


class Catcher(Message):
    """Keeps what is sent instead of delivering it."""

    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message)


def get_free_port():
    """Return a port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving_imap(boxes):
    """Serve ``{user: Mailbox}`` by IMAP inside the block."""
    server = ImapServer(boxes)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@contextmanager
def catching_mails():
    """Catch what is sent by SMTP inside the block; yields catcher and port."""
    catcher = Catcher()
    controller = Controller(catcher, hostname="127.0.0.1", port=get_free_port())
    controller.start()
    try:
        yield catcher, controller.port
    finally:
        controller.stop()
