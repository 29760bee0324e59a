"""What may be done about frauds: reminding victims, proposals, traceback of calls, cases."""
