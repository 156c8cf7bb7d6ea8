"""`python -m kdengine`."""

import sys

from kdengine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
