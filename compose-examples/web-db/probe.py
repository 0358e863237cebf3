"""A health check for images without curl: exit status 0 if the URL answers 200."""

import sys
from urllib.request import urlopen

try:
    sys.exit(0 if urlopen(sys.argv[1], timeout=3).status == 200 else 1)
except OSError as error:
    sys.exit(str(error))
