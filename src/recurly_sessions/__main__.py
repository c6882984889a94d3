"""`python -m recurly_sessions`: the command line."""

import sys

from recurly_sessions.cli.start import main

sys.exit(main())
