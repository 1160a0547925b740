"""The hub's desks: what it answers on behalf of one caller, a module per group of root fields.

A method has the name of its root field. The next group is a module here and one line in exchange/hub.py.
"""
