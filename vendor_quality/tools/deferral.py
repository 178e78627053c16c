"""Puts the judgement of payments off to the end of one act."""


class GateDeferral:
    """Collects bills that are paid in one act, to judge them together at its end.

    It travels in the context. Only the server can make one, so a client cannot
    put a judgement off.
    """

    def __init__(self):
        self.bill_ids = set()
        self.counterpart_ids = set()
        self.rooms = {}

    def add(self, bills, counterparts):
        """Remember ``bills`` as paid by ``counterparts``."""
        self.bill_ids.update(bills.ids)
        self.counterpart_ids.update(counterparts.ids)
