"""``python -m indexadvisor``."""

from indexadvisor.cli.main import main

main()
