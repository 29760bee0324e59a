"""``python -m cellhound`` is the command ``cellhound``."""

from cellhound.door import main

if __name__ == "__main__":
    main()
