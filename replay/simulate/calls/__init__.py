"""Call worlds: honest callers, frauds and their victims, drawn by seed and written as a trace.

`honest` draws whom people and firms ring, `fraud` what campaigns do and whom they harm, `written`
makes records of switches, messages, reports and the truth of it.
"""
