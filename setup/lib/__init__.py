"""What the commands in ``setup/`` are made of.

Everything here runs on Python's standard library: most of it works before the
virtual environment exists.
"""
