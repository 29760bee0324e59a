"""What is suspicious: columns, the register, the rules, and the fusion of findings into incidents.

Pure by law: no clock, no I/O, no logging, no randomness. Everything here is a function of its
arguments, so that a replay says what production said.
"""
