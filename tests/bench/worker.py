"""One contestant in a process of its own: JSON requests in, JSON answers out.

Called by run.py with the contestant and Odoo's own options.
"""

import gc
import json
import sys
import time
import traceback

from contestants import CONTESTANTS

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config


def serve(name, answers):
    """Answer requests until the input ends."""
    registry = Registry(config["db_name"][0])
    contestant = CONTESTANTS[name]()
    for line in sys.stdin:
        request = json.loads(line)
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            try:
                if request.pop("act") == "set_up":
                    contestant.set_up(env, **request)
                    env.cr.commit()
                    answer = {}
                else:
                    answer = measure(env, contestant, request["figure"])
            except Exception as error:
                traceback.print_exc()
                answer = {"error": f"{type(error).__name__}: {error}"}
            cr.rollback()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def measure(env, contestant, figure):
    """Run a figure once, flush, count and roll back; preparing it is not measured."""
    name = figure.replace(" ", "_")
    action = getattr(contestant, name)
    if prepare := getattr(contestant, f"prepare_{name}", None):
        prepare(env)
    gc.collect()
    # of all cursors: a figure may open its own, as requests do
    queries, started = sql_db.sql_counter, time.perf_counter()
    cpu = time.process_time()
    items = action(env)
    env.cr.flush()
    seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu
    queries = sql_db.sql_counter - queries
    contestant.check(env, figure, items)
    env.cr.rollback()
    return {"items": items, "seconds": seconds, "cpu": cpu, "queries": queries}


if __name__ == "__main__":
    # whatever Odoo prints must not get into the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    name, *arguments = sys.argv[1:]
    config.parse_config(arguments, setup_logging=True)
    server.start(preload=[], stop=True)
    serve(name, answers)
