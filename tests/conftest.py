"""What all tests share: the servers that some of them need."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from servers.postgres import postgres_server, postgres_url
from servers.spark import spark_url

__all__ = ["postgres_server", "postgres_url", "spark_url"]
