"""Telephone numbers: the numbering plans of the world as sorted arrays, and how a number is read.

A number in columns is three things: ``prefix``, its first digits (at most `MOST_DIGITS`) as a whole
number, ``digits``, how many of them there are, so that zeros in front count, and ``length``, how
many digits the number has in all. No more of a number is needed to say what it is, and no more is
kept. `plan` says what a number in international form is; `international` brings one as signalled to
that form, and `decoded` reads what a stream keeps of it; `malformed` says what is wrong with it.
"""
