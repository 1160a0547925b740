"""From announcements to reviews: who is told where, what is found, joined, ended, and what local policy makes of it.

The rules themselves are pure and stand in exchange/rules/.
"""
