"""From a GraphQL text to an answer: requests, documents, limits, errors.

Add the next step of execution as a module of its own here; how bytes arrive and leave is `exchange/transport`.
"""
