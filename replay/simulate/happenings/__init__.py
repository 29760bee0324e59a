"""Honest happenings: what a healthy network and its users do that looks like an attack.

`replay.simulate.scenario.happenings` lists what a scenario can ask for; each of them has an
`Effect` in a module named after what it touches, and `table` says which. None of them is a rogue
station: every alert on one is false.
"""
