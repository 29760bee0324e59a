"""The console's API as integrators see it: what may be asked, and how it is described."""
