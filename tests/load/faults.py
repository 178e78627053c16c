"""What breaks while the clients work: processes, and the database."""

import time

KILLS = (0.2, 0.35, 0.5, 0.65, 0.85)
"""At which share of the requests a worker gets SIGKILL."""
CRASH = 0.75
"""At which share the database is stopped without a checkpoint."""
OUTAGE_SECONDS = 5


class Faults:
    """Breaks processes when enough requests are done."""

    def __init__(self, served, book, enabled=True):
        self.served = served
        self.book = book
        self.todo = []
        if enabled:
            self.todo = sorted(
                [*((share, "kill") for share in KILLS), (CRASH, "crash")]
            )
        self.told = []

    def run(self, threads):
        """Wait for the clients, and break what is due meanwhile."""
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.2)
            if not self.todo or self.book.share() < self.todo[0][0]:
                continue
            share, kind = self.todo[0]
            if kind == "kill":
                pid = self.served.kill_worker(len(self.todo))
                if pid is None:
                    continue  # no worker runs now: tried again until one does
                self.told.append(f"at {share:.0%}: SIGKILL of worker {pid}")
            else:
                self.served.crash_database(OUTAGE_SECONDS)
                self.told.append(
                    f"at {share:.0%}: PostgreSQL stopped at once, started again after"
                    f" {OUTAGE_SECONDS} s"
                )
            self.todo.pop(0)

    def undone(self):
        """Return what was to break and did not, as texts."""
        names = {"kill": "SIGKILL of a worker", "crash": "the stop of PostgreSQL"}
        return [
            f"{names[kind]} at {share:.0%} of the requests did not happen: give the "
            "run more --minutes, or fewer --requests"
            for share, kind in self.todo
        ]
