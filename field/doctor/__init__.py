"""What `cellhound doctor` looks at: one module for each part of an installation.

Looking changes nothing: no topic, file, group or key is made by it.
"""
