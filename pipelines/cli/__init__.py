"""The command `rollbook`: each subcommand does what the DAG's tasks do, without a scheduler.

Exit codes: 0 done, 2 bad usage or settings, 3 stopped by data or limits, 5 source or warehouse unavailable.
With `--json` a command prints one JSON object (docs/json.md) and nothing else on standard output.
"""

from pipelines.cli.app import app

__all__ = ["app"]
