"""The HTTP doors beside GraphQL: tokens, health and metrics, files. A new door is a path in exchange/app.py."""
