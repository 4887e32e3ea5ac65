"""The server: the HTTP API under /v1, and the console, over one store.

`chowk.serve.app.create_app(path)` gives the ASGI application, `chowk.serve.run.serve(path)` runs it
with Granian in as many processes as asked.
"""
