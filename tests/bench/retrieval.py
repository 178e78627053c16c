#!/usr/bin/env python3
"""Measure how well and how fast articles are found.

A throwaway database gets the articles of ``retrieval/articles.tsv`` and is asked the
questions of ``retrieval/questions.tsv``, or of another file of the same form. One table
shows how often the right article is the first or among the first three: by ``ILIKE`` of
the phrase and of each word, by trigrams, with ``--neighbours`` by the search of OCA's
document_page, and by the desk's own search without and with the words of the requesters
of earlier tickets, the last one also for the thirty questions of
``retrieval/more_questions.tsv``: in both languages at once, with typing errors, about
articles that resemble another. Nothing was tuned by them. Then the search is timed on
many random articles: for random questions, and for the same hundred.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from lib import dialogue, modules, paths, prepare, template, throwaway, ui  # noqa: E402
from retrieval_set import (  # noqa: E402
    MORE,
    find_without_title_word,
    read_articles,
    read_questions,
)

CONTESTANTS = {
    "ILIKE, phrase": "ilike",
    "ILIKE, each word": "ilike_words",
    "trigram, title": "trigram",
    "trigram, title and text": "trigram_text",
    "suggest, without tickets": "suggest",
}
NEIGHBOURS = {"document_page of OCA": "document_page"}
FULL = "suggest"
LINE = "{:<32} {:>9} {:>9} {:>9} {:>9} {:>14}"
HEAD = (
    "first / first three of 100",
    "first",
    "three",
    "Chinese",
    "English",
    "no title word",
)
LEAST = {"three": 90, "no title word": 75}
SLOWEST = 50
"""Milliseconds of p95, each question by the quickest of three times."""
SPEED = "{:<20} {:>8} {:>8} {:>8} {:>22} {:>10}"
SPEED_HEAD = ("median", "p95", "worst", "p95, quickest of three", "CPU, mean")


def main(arguments):
    """Load, ask, print the table; then fill and time."""
    options = parse_arguments(arguments)
    questions = read_questions(options.questions)
    with (
        prepare.workshop(
            *("test", "run", "dev"), *(["neighbours"] if options.neighbours else [])
        ) as (odoo, runner),
        contextlib.ExitStack() as stack,
    ):
        base = template.ensure(runner, odoo)
        database = stack.enter_context(throwaway.database(runner, "retrieval", base))
        theirs = [*NEIGHBOURS.values()] if options.neighbours else []
        runner.install("modules", database, [*modules.names(), *theirs])
        log = paths.log_file("bench-retrieval")
        program = [HERE / "retrieval_worker.py"]
        desk = stack.enter_context(
            dialogue.Dialogue(runner, "desk", program, database, log)
        )
        results = measure_quality(desk, questions, options)
        if options.articles:
            results["speed"] = measure_speed(desk, options, questions)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    full = results["quality"][FULL]
    good = all(full[name] >= least for name, least in LEAST.items())
    if "speed" in results:
        good = good and all(
            row["p95, quickest of three"] <= SLOWEST
            for row in results["speed"].values()
        )
    return 0 if good else 1


def parse_arguments(arguments):
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", help="another file of questions")
    parser.add_argument(
        "--articles", type=int, default=100_000, help="for the timing; 0 for none"
    )
    parser.add_argument(
        "--copies", type=int, default=10, help="of each random article; 1: all differ"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument(
        "--neighbours", action="store_true", help="beside document_page, installed"
    )
    parser.add_argument("--misses", action="store_true", help="print what is not found")
    return parser.parse_args(arguments)


def measure_quality(desk, questions, options):
    """Return ``{"quality": {contestant: shares}, "misses": questions}``."""
    keys = desk.ask(act="load")["keys"]
    results = {"quality": {}}
    print(LINE.format(*HEAD))
    others = NEIGHBOURS if options.neighbours else {}
    for label, name in {**others, **CONTESTANTS}.items():
        results["quality"][label] = judge(desk, name, label, questions, keys)[0]
    desk.ask(act="answer")
    results["quality"][FULL], results["misses"] = judge(
        desk, FULL, "suggest", questions, keys
    )
    more = read_questions(MORE)
    label = f"suggest, {len(more)} more"
    results["more"], missed = judge(desk, FULL, label, more, keys)
    results["misses"] += missed
    if options.misses:
        for row in results["misses"]:
            print(f"    {row['question']}: {row['article']}, not {row['found']}")
    return results


def judge(desk, name, label, questions, keys):
    """Ask all questions, print a line; return the shares and what was missed."""
    texts = [row["text"] for row in questions]
    found = [
        [keys.get(str(item)) for item in items]
        for items in desk.ask(act="ask", contestant=name, questions=texts)["found"]
    ]
    right = [
        row["article"] in items for row, items in zip(questions, found, strict=True)
    ]
    first = [
        items[:1] == [row["article"]]
        for row, items in zip(questions, found, strict=True)
    ]
    chinese = {n for n, row in enumerate(questions) if not row["text"].isascii()}
    chinese |= {n for n, row in enumerate(questions) if row["article"].startswith("z")}
    groups = {
        "three": set(range(len(questions))),
        "Chinese": chinese,
        "English": set(range(len(questions))) - chinese,
        "no title word": find_without_title_word(questions, read_articles()),
    }
    shares = {"first": 100 * sum(first) / len(first)}
    for group, numbers in groups.items():
        shares[group] = 100 * sum(right[n] for n in numbers) / max(1, len(numbers))
    ui_line = [
        f"{shares[name]:.0f} %" for name in ("first", "three", "Chinese", "English")
    ]
    free = groups["no title word"]
    ui_line.append(f"{sum(right[n] for n in free)} of {len(free)}")
    print(LINE.format(label, *ui_line), flush=True)
    missed = [
        {"question": row["text"], "article": row["article"], "found": items}
        for row, items, hit in zip(questions, found, right, strict=True)
        if not hit
    ]
    return shares, missed


def measure_speed(desk, options, questions):
    """Fill, ask, print; return the figures in milliseconds, by kind of questions."""
    ui.step(f"filling {options.articles} articles")
    filled = desk.ask(
        act="fill",
        count=options.articles,
        copies=options.copies,
        seed=options.seed,
    )
    ui.say(f"    {filled['articles']} articles in {filled['seconds']} s")
    figures = {}
    print(SPEED.format("questions", *SPEED_HEAD))
    for label, texts in {
        "random": filled["questions"],
        "of the table": [row["text"] for row in questions],
    }.items():
        answer = desk.ask(act="time", questions=texts)
        times, least = sorted(answer["milliseconds"]), sorted(answer["least"])
        place = int(len(times) * 0.95) - 1
        figures[label] = {
            "median": statistics.median(times),
            "p95": times[place],
            "worst": times[-1],
            "p95, quickest of three": least[place],
            "CPU, mean": answer["cpu"],
        }
        print(
            SPEED.format(
                f"{len(texts)} {label}", *(f"{n:.1f}" for n in figures[label].values())
            )
        )
    print(f"milliseconds; load {os.getloadavg()[0]:.1f}")
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
