"""A real server with two workers, to be killed with all its processes: `python serving.py STORE`.

Its URL is the only line on standard output, once it answers.
"""

from __future__ import annotations

import sys

from chowk.serve.run import serve

if __name__ == "__main__":
    serve(sys.argv[1], port=0, workers=2, on_ready=lambda url: print(url, flush=True))
