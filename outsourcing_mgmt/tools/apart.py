"""Work on many records, of which one that fails holds back no other."""


def run_apart(items, act, savepoint, tell):
    """Call ``act`` on all items at once, or on each of them alone if that fails.

    :param items: records, or a list
    :param act: function of some of them; doing it twice changes nothing more
    :param savepoint: function that returns a context manager, which undoes what is
        done in it where that fails
    :param tell: function of an item that failed alone; called where its error is
        handled
    """
    try:
        with savepoint():
            act(items)
        return
    except Exception:
        if len(items) == 1:
            tell(items[0])
            return
    for index, item in enumerate(items):
        try:
            with savepoint():
                act(items[index : index + 1])
        except Exception:
            tell(item)
