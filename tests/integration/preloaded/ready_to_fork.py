"""The last that the server of forks imports: it does once what each fork would do for itself.

Faust asks for the modules of functions, for which Python looks at the files of all modules there
are, once; and a worker sweeps what it has imported out of the garbage collector's way.
"""

import gc
import inspect
import sys

inspect.getmodule(sys._getframe())
gc.collect()
gc.freeze()
