"""Questions and articles by which the article search is judged."""

import csv
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "retrieval"
MORE = FOLDER / "more_questions.tsv"
"""Questions by which no ranking was chosen."""
SAY_NOTHING = frozenset(
    "a an and at be by can do does for get how i in is it me my no not now of on one "
    "or since that the to too well what with".split()
)


def read(path):
    """Return the rows of a table."""
    with open(path, newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_articles():
    """Return the articles: key, lang, title, keywords, body, tickets."""
    return read(FOLDER / "articles.tsv")


def read_questions(path=None):
    """Return the questions, each with the key of the article that answers it."""
    return read(path or FOLDER / "questions.tsv")


def get_words(text):
    """Return what two texts may have in common: English words, pairs of characters."""
    text = text.lower()
    words = {
        word.rstrip("s")
        for word in re.findall(r"[a-z0-9]+", text)
        if len(word) > 1 and word not in SAY_NOTHING
    }
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        words |= {run[i : i + 2] for i in range(len(run) - 1)}
    return words


def find_without_title_word(questions, articles):
    """Return the numbers of the questions without a common word with any title."""
    titles = set().union(*(get_words(row["title"]) for row in articles))
    return {
        number
        for number, row in enumerate(questions)
        if not get_words(row["text"]) & titles
    }
