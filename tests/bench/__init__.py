"""The benchmark: `python -m tests.bench` measures the hub against contenders it starts itself, in one run.

A new question goes into questions.py, a new contender into contenders.py; nothing here asserts a time.
"""
