"""Makes the world's numbering plans that ship out of the package `phonenumbers`."""
