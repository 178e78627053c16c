"""The questions by which the article search is judged keep what they are meant for."""

import sys
from collections import Counter

import repo

sys.path.insert(0, str(repo.ROOT / "tests" / "bench"))

import retrieval_set  # noqa: E402


def test_the_set():
    articles = retrieval_set.read_articles()
    questions = retrieval_set.read_questions()
    assert len(articles) == 60
    assert len(questions) == 100
    keys = Counter(row["key"] for row in articles)
    assert max(keys.values()) == 1
    assert {row["article"] for row in questions} <= set(keys)
    assert sum(row["article"].startswith("z") for row in questions) == 50
    free = retrieval_set.find_without_title_word(questions, articles)
    assert len(free) >= 33
    texts = [row["text"] for row in questions]
    assert len(set(texts)) == len(texts)
    earlier = {text for row in articles for text in row["tickets"].split("|")}
    assert not earlier & set(texts), "no question is the subject of an earlier ticket"


def test_more_questions():
    keys = {row["key"] for row in retrieval_set.read_articles()}
    more = retrieval_set.read_questions(retrieval_set.MORE)
    known = {row["text"] for row in retrieval_set.read_questions()}
    texts = {row["text"] for row in more}
    assert len(texts) == len(more) == 30
    assert not texts & known
    assert {row["article"] for row in more} <= keys
