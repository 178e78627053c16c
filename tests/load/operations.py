"""Who the clients are, what they do, and what the server told them it had done."""

import contextlib
import hashlib
import io
import random
import re
import statistics
import threading
import time
import uuid
from collections import defaultdict
from datetime import UTC, datetime

import requests
import steps_tender
from cast import Cast
from clients import Refused, Visitor
from steps_desk import SIGNATURE

TICKET = "itsm.ticket"
TENDER = "outsourcing.tender"
VENDORS = ("it1", "it2", "it3", "clean1")
REQUESTERS = (
    *("requester", "applicant", "head", "hr", "hr2", "finance", "inspector"),
    *("member1", "member2", "member3", "qualityofficer", "qualityofficer2"),
    *("qualitymanager", "qualityfinance", "accountant", "officer", "procurement"),
)
"""One person files 20 tickets an hour at the most."""
TECHNICIANS = ("technician", "technician2")
STAFF = ("officer", "procurement", "itmanager", "auditor", "technician", "accountant")
ROLES = (
    *("requester", "vendor", "technician", "staff"),
    *("requester", "vendor", "technician", "visitor"),
)
"""The roles of the clients, in turn: 24 clients are three of each place here."""
FILE = b"%PDF-1.4 evidence of the load run "
MOST_ERRORS = 0.05
"""The share of operations that may end with an error of the server: it is killed."""
SECONDS_TO_OPEN = 30
"""How long after the deadline of the tender clients still act."""
ACKNOWLEDGED = {
    "tickets": "no ticket was filed",
    "takes": "no ticket was taken",
    "solved": "no ticket was solved",
    "signed": "no ticket was signed off",
    "seals": "no bid was sealed",
    "opened": "no bids were opened: give the run more --requests or --minutes",
    "paid": "no bill was paid: --fresh makes a database with bills to pay",
}
"""Sets of the book that a run must fill, and what it says where one is empty."""


class Book:
    """What was done, how long it took, and what the server acknowledged."""

    def __init__(self, limit, until):
        self.limit = limit
        self.until = until
        self.rows = []
        self.started = 0
        self.lock = threading.Lock()
        self.tickets = {}
        self.requesters = {}
        self.tried = set()
        self.takes = defaultdict(list)
        self.solved = set()
        self.signed = set()
        self.seals = set()
        self.opened = set()
        self.paid = set()

    def begin(self, earliest=0):
        """Count one more operation; False when there are enough, or time is up.

        :param float earliest: of the monotonic clock, in seconds: before it operations
            are never enough
        """
        now = time.monotonic()
        with self.lock:
            if now > self.until or (self.started >= self.limit and now > earliest):
                return False
            self.started += 1
            return True

    def share(self):
        return len(self.rows) / self.limit

    def add(self, name, seconds, outcome):
        with self.lock:
            self.rows.append((name, seconds, outcome))

    def unproven(self, roles):
        """Return why the rules that hold afterwards would prove nothing, as texts.

        :param roles: the roles that clients had
        """
        done = {name for name, _seconds, outcome in self.rows if outcome == "done"}
        wanted = {label(role, name) for role in roles for name, _ in CLIENTS[role].mix}
        reasons = [f"{name}: not done once" for name in sorted(wanted - done)]
        owners = {
            **dict.fromkeys(("tickets", "signed"), "requester"),
            **dict.fromkeys(("takes", "solved"), "technician"),
            **dict.fromkeys(("opened", "paid"), "staff"),
            "seals": "vendor",
        }
        reasons += [
            told
            for name, told in ACKNOWLEDGED.items()
            if owners[name] in roles and not getattr(self, name)
        ]
        errors = sum(outcome == "error" for _name, _seconds, outcome in self.rows)
        if errors > MOST_ERRORS * len(self.rows):
            reasons.append(
                f"{errors} of {len(self.rows)} operations ended with an error of the "
                f"server, more than {MOST_ERRORS:.0%}"
            )
        return reasons

    def table(self, seconds):
        """Return the figures of each operation as text."""
        lines = [
            f"{'operation':<28}{'number':>8}{'p50 ms':>9}{'p95 ms':>9}"
            f"{'refused':>9}{'errors':>8}{'lost':>6}"
        ]
        groups = defaultdict(list)
        for row in self.rows:
            groups[row[0]].append(row)
        for name, rows in [*sorted(groups.items()), ("all", self.rows)]:
            times = sorted(row[1] * 1000 for row in rows)
            kinds = [row[2] for row in rows]
            lines.append(
                f"{name:<28}{len(rows):>8}{statistics.median(times):>9.0f}"
                f"{times[int(len(times) * 0.95)]:>9.0f}"
                f"{kinds.count('refused'):>9}{kinds.count('error'):>8}"
                f"{kinds.count('lost'):>6}"
            )
        lines.append(f"{len(self.rows) / seconds:.1f} operations a second")
        return "\n".join(lines)


def label(role, name):
    """Return what an operation is called in the table."""
    return f"{role}: {name.replace('_', ' ')}"


def roles_of(clients):
    """Return the roles that so many clients have."""
    return {ROLES[number % len(ROLES)] for number in range(clients)}


class World:
    """The tender and the people; clients share what they found."""

    def __init__(self, url, database, options):
        self.url = url
        self.database = database
        self.seed = options.seed
        self.mark = f"LOAD-{uuid.uuid4().hex[:8]}"
        self.cast = Cast(url, database)
        self.keys = threading.Lock()
        steps_tender.VENDORS = dict.fromkeys(VENDORS, 18000)
        steps_tender.SECONDS_TO_BID = max(90, options.requests // 30)
        for step in (
            steps_tender.file_application,
            steps_tender.set_reference_price,
            steps_tender.publish_tender,
        ):
            step(self.cast)
        self.tender = self.cast.made["tender"]
        [seen] = self.cast.procurement.search(
            TENDER, [["id", "=", self.tender]], "bid_deadline"
        )
        deadline = datetime.fromisoformat(seen["bid_deadline"]).replace(tzinfo=UTC)
        left = (deadline - datetime.now(UTC)).total_seconds()
        self.closing = time.monotonic() + left * 2 / 3
        """From then on vendors keep what they sealed, so that bids can be opened."""
        self.opened = time.monotonic() + left + SECONDS_TO_OPEN
        """Until then clients go on, whatever they did, so that bids are opened."""
        self.code = self.cast.technician.search("itsm.resolution.code", [], limit=1)
        [service] = self.cast.itmanager.search("itsm.service", [], limit=1)
        self.service = service["id"]
        for login in {*TECHNICIANS, *STAFF, *steps_tender.MEMBERS}:
            getattr(self.cast, login)

    def work(self, number, book):
        """Act as one client until the book is full."""
        role = ROLES[number % len(ROLES)]
        client = CLIENTS[role](self, book, number)
        while book.begin(self.opened):
            name, act = client.choose()
            started = time.monotonic()
            try:
                act()
                outcome = "done"
            except Refused as refusal:
                outcome = "refused" if refusal.status < 500 else "error"
                if refusal.status == 404 and not self.is_served():
                    # So answers a server whose database does not.
                    outcome = "lost"
            except requests.RequestException:
                outcome = "lost"
            except Exception as problem:
                outcome = "error"
                print(f"{name}: {problem!r:.300}")
            book.add(name, time.monotonic() - started, outcome)
            if outcome == "lost":
                self.wait_until_served(book.until)

    def is_served(self):
        """Whether the server answers, and its database.

        Not by the page for logging in, which a server without its database shows, too.
        """
        try:
            return requests.get(f"{self.url}/tenders", timeout=20).status_code == 200
        except requests.RequestException:
            return False

    def wait_until_served(self, until):
        """Wait out an outage, in which all operations would be lost in seconds."""
        time.sleep(1)
        while time.monotonic() < until and not self.is_served():
            time.sleep(1)


class Client:
    """One person at a browser or an interface."""

    login = None

    def __init__(self, world, book, number):
        self.world = world
        self.book = book
        self.random = random.Random(world.seed * 1000 + number)
        self.number = number
        self._visitors = {}

    def choose(self):
        names, weights = zip(*self.mix, strict=True)
        [name] = self.random.choices(names, weights)
        return label(self.role, name), getattr(self, name)

    @property
    def visitor(self):
        return self.visit(self.login)

    def visit(self, login):
        """Return the session of a person, who logs in once a client."""
        if login not in self._visitors:
            self._visitors[login] = Visitor(self.world.url, self.world.database, login)
        return self._visitors[login]

    def employee(self, login):
        return getattr(self.world.cast, login)

    def turn(self, logins):
        """Return the log-in of this client: those of one role take them in turn."""
        rounds, place = divmod(self.number, len(ROLES))
        earlier = rounds * ROLES.count(self.role) + ROLES[:place].count(self.role)
        return logins[earlier % len(logins)]


class Requester(Client):
    """Files tickets with files, looks at them, signs off."""

    role = "requester"
    mix = (("file", 4), ("list_tickets", 3), ("read_ticket", 3), ("sign_off", 3))

    def __init__(self, *args):
        super().__init__(*args)
        self.login = self.random.choice(REQUESTERS)

    def file(self):
        login = self.random.choice(REQUESTERS)
        subject = f"{self.world.mark} {uuid.uuid4().hex}"
        files = [
            FILE + self.random.randbytes(self.random.randint(10, 60_000))
            for _index in range(2)
        ]
        with self.book.lock:
            self.book.tried.add(subject)
        page = self.visit(login).post(
            "/my/service-tickets/new",
            {
                "subject": subject,
                "description": "By the load run.",
                "service_id": str(self.world.service),
                "place": "on_site",
            },
            files=[
                ("attachments", (f"{index}.pdf", io.BytesIO(data), "application/pdf"))
                for index, data in enumerate(files)
            ],
        )
        found = re.search(r"/my/service-tickets/(\d+)", page.url)
        if not found:
            raise Refused(422, "no ticket")
        with self.book.lock:
            ticket = int(found[1])
            digests = [hashlib.sha256(data).hexdigest() for data in files]
            self.book.tickets[subject] = (ticket, digests)
            self.book.requesters[ticket] = login

    def list_tickets(self):
        self.visitor.get("/my/service-tickets")

    def _pick(self, ids):
        """Return one of the tickets, and the person who filed it."""
        with self.book.lock:
            known = sorted(set(ids) & self.book.requesters.keys())
        ticket = self.random.choice(known) if known else None
        return ticket, self.book.requesters.get(ticket)

    def read_ticket(self):
        ticket, login = self._pick(list(self.book.requesters))
        if not ticket:
            return self.list_tickets()
        return self.visit(login).get(f"/my/service-tickets/{ticket}")

    def sign_off(self):
        ticket, login = self._pick(self.book.solved - self.book.signed)
        if not ticket:
            return self.list_tickets()
        page = self.visit(login).post(
            f"/my/service-tickets/{ticket}/sign_off",
            {"rating": "5", "comment": "Thank you", "signature": SIGNATURE},
            page=f"/my/service-tickets/{ticket}",
        )
        if page.status_code == 200:
            with self.book.lock:
                self.book.signed.add(ticket)
        return None


class Vendor(Client):
    """Bids, seals, replaces; colleagues of one company do so at once."""

    role = "vendor"
    mix = (
        ("list_tenders", 2),
        ("read_tender", 2),
        ("read_bid", 3),
        ("save_bid", 4),
        ("seal_bid", 4),
        ("replace_bid", 2),
        ("withdraw_bid", 1),
    )

    def __init__(self, *args):
        super().__init__(*args)
        self.login = self.turn(VENDORS)
        self.page = f"/my/tenders/{self.world.tender}"

    def choose(self):
        name, act = super().choose()
        if act in (self.replace_bid, self.withdraw_bid) and (
            time.monotonic() > self.world.closing
        ):
            return label(self.role, "seal_bid"), self.seal_bid
        return name, act

    def list_tenders(self):
        self.visitor.get("/my/tenders")

    def read_tender(self):
        self.visitor.get(self.page)

    def read_bid(self):
        self.visitor.get(f"{self.page}/bid")

    def save_bid(self):
        self.visitor.post(f"{self.page}/bid/start", page=self.page)
        form = self.visitor.get(f"{self.page}/bid").text
        names = set(re.findall(r'name="(price-\d+)"', form))
        if not names:
            return
        data = FILE + self.random.randbytes(self.random.randint(10, 60_000))
        self.visitor.post(
            f"{self.page}/bid/save",
            {**dict.fromkeys(names, "18000"), "note": "Own staff", "step": "review"},
            files={
                "technical_files": ("concept.pdf", io.BytesIO(data), "application/pdf")
            },
            page=f"{self.page}/bid",
        )

    def _step(self, step):
        return self.visitor.post(
            f"{self.page}/bid/{step}", {"declared": "1"}, page=self.page
        )

    def seal_bid(self):
        page = self._step("seal")
        if "alert-success" in page.text:
            found = re.findall(r"<code>([0-9a-f]{64})</code>", page.text)
            with self.book.lock:
                self.book.seals.update(found[:1])

    def replace_bid(self):
        self._step("replace")

    def withdraw_bid(self):
        self._step("withdraw")


class Technician(Client):
    """Takes tickets, also one that another one takes now, and solves them."""

    role = "technician"
    mix = (("take", 4), ("solve", 4), ("list_open", 2), ("suggest", 2))

    def __init__(self, *args):
        super().__init__(*args)
        self.login = self.turn(TECHNICIANS)
        self.me = self.employee(self.login)

    def _open(self, *domain):
        return self.me.search(
            TICKET,
            [["subject", "like", self.world.mark], *domain],
            "user_id",
            "state",
            limit=4,
            order="id",
        )

    def take(self):
        found = self._open(["user_id", "=", False])
        if found:
            ticket = self.random.choice(found)["id"]
            self.me.call(TICKET, "action_take", [ticket])
            with self.book.lock:
                self.book.takes[ticket].append(self.login)

    def solve(self):
        found = self._open(
            ["user_id.login", "=", self.login],
            ["state", "in", ["assigned", "in_progress"]],
        )
        if not found:
            return
        ticket = self.random.choice(found)
        if ticket["state"] == "assigned":
            self.me.call(TICKET, "action_start", [ticket["id"]])
        self.me.write(
            TICKET,
            [ticket["id"]],
            cause="Worn part",
            action_taken="Replaced and tested",
            minutes_spent=25,
            resolution_code_id=self.world.code[0]["id"],
            solution="<p>Replaced; works again.</p>",
        )
        self.me.call(TICKET, "action_solve", [ticket["id"]])
        with self.book.lock:
            self.book.solved.add(ticket["id"])

    def list_open(self):
        self.me.search(TICKET, [["state", "!=", "closed"]], "name", "state", limit=80)

    def suggest(self):
        self.me.call("itsm.article", "suggest", text="printer jams paper", limit=5)


class Staff(Client):
    """Lists, figures, proofs; opens bids as soon as the clock lets it, pays a bill."""

    role = "staff"
    mix = (
        ("list_contracts", 3),
        ("group_tickets", 2),
        ("verify_tender", 3),
        ("open_bids", 1),
        ("pay_a_bill", 2),
    )

    def list_contracts(self):
        self.employee("officer").search(
            "outsourcing.contract",
            [["state", "=", "active"]],
            "name",
            "state",
            limit=80,
        )

    def group_tickets(self):
        self.employee("itmanager").call(
            TICKET,
            "formatted_read_group",
            domain=[],
            groupby=["state", "team_id"],
            aggregates=["__count"],
        )

    def verify_tender(self):
        proof = self.employee("auditor").call(
            "outsourcing.audit.log",
            "verify",
            res_model=TENDER,
            res_id=self.world.tender,
        )
        if not proof["valid"]:
            raise AssertionError(f"the chain is broken: {proof}")

    def open_bids(self):
        for login in steps_tender.MEMBERS:
            # Whoever confirmed in an earlier try is refused.
            with contextlib.suppress(Refused):
                self.employee(login).call(
                    TENDER, "action_confirm_presence", [self.world.tender]
                )
        self.employee("procurement").call(TENDER, "action_open", [self.world.tender])
        with self.book.lock:
            self.book.opened.add(self.world.tender)

    def pay_a_bill(self):
        accountant = self.employee("accountant")
        bills = accountant.search(
            "account.move",
            [
                ["move_type", "=", "in_invoice"],
                ["state", "=", "posted"],
                ["payment_state", "in", ["not_paid", "partial"]],
            ],
            "name",
            limit=3,
            order="id",
        )
        if not bills:
            return
        bill = self.random.choice(bills)["id"]
        context = {"active_model": "account.move", "active_ids": [bill]}
        [wizard] = accountant.call(
            "account.payment.register", "create", vals_list=[{}], context=context
        )
        accountant.call(
            "account.payment.register",
            "action_create_payments",
            [wizard],
            context=context,
        )
        with self.book.lock:
            self.book.paid.add(bill)


class Anybody(Client):
    """Reads public notices."""

    role = "visitor"
    mix = (("read_notices", 3), ("read_login", 1))

    def read_notices(self):
        self._get("/tenders")

    def read_login(self):
        self._get("/web/login")

    def _get(self, path):
        answer = requests.get(f"{self.world.url}{path}", timeout=120)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, path)


CLIENTS = {item.role: item for item in (Requester, Vendor, Technician, Staff, Anybody)}
