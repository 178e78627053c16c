"""How often somebody may do something, counted in this process."""

import time
from collections import OrderedDict


class RateLimit:
    """At most ``most`` acts of a key within ``seconds``.

    Kept in memory, for acts that write nothing: each worker counts by itself, so that
    the bound of a server is ``most`` times its workers.
    """

    MOST_KEYS = 10_000

    def __init__(self, most, seconds, clock=time.monotonic):
        self.most = most
        self.seconds = seconds
        self._clock = clock
        self._acts = OrderedDict()

    def take(self, key):
        """Count an act of ``key``; whether it is allowed."""
        now = self._clock()
        begun, count = self._acts.pop(key, (now, 0))
        if now - begun >= self.seconds:
            begun, count = now, 0
        self._acts[key] = begun, count + 1
        while len(self._acts) > self.MOST_KEYS:
            self._acts.popitem(last=False)
        return count < self.most
