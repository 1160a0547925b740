"""How requests arrive and answers leave: HTTP, WebSocket, Server-Sent Events, and the GraphiQL page.

The next transport is a module of its own taking an Entrance, and a line in `routes.py`.
"""
