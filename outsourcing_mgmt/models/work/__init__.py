"""What a user has to do next, on the start page and on a form.

- What waits for each role, how much of it is there, and where does the app open?
  ``start_page``; the page itself is ``static/src/start_page``
- How does a form show all that a record lacks, with links? ``missing``; the sentences
  are made by ``tools/lack.py``, the widget is ``static/src/missing``
"""
