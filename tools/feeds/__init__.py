"""Examples of producers: each reads one real source in its own form and sends our messages.

They are short, to be copied and changed; docs/feeds.md says what each source gives, and what
is lost.
"""
