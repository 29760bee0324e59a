"""Opens the page in the person's browser, where there is one with a window."""

import os
import sys
import threading
import webbrowser
from collections.abc import Mapping


def open_page(address: str, env: Mapping[str, str] | None = None) -> bool:
    """Asks the browser to show the page, and waits for nothing; whether there is one to be asked.

    Without a screen a browser of text would take over the terminal, so none is asked there.
    """
    env = os.environ if env is None else env
    has_screen = any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if sys.platform not in ("darwin", "win32") and not has_screen:
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # Some return only when the browser is closed.
    threading.Thread(target=browser.open, args=(address,), daemon=True).start()
    return True
