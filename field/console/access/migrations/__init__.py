"""The versions of the accounts' database: one file each in ``versions``, applied by Alembic.

A new version is a file ``revision_N.py`` beside the others, whose ``down_revision`` is the one
before; `upgrade.HEAD` and the tables of `field.console.access.database` follow it. A released file
stays as it is, and so does the TOML file that describes its tables: databases are out there that it
has made.
"""
