"""What a forked process does first to become the command that it is asked for.

It is given ``words``, ``environment``, ``log`` and ``folder``, all text but the first two.
"""

import os
import sys
import warnings

from cellhound import main

given = globals()
out = os.open(given["log"], os.O_WRONLY)
for number in (1, 2):
    os.dup2(out, number)
os.close(out)
os.environ.clear()
os.environ.update(given["environment"])
if os.environ.get("PYTHONWARNINGS") == "ignore":
    warnings.simplefilter("ignore")
os.chdir(given["folder"])
sys.argv = ["cellhound", *given["words"]]
main()
