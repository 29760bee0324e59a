"""Where the outside is met: Kafka, HTTP, files of settings and keys, and the only clock.

Bytes become columns here (`streams.decode.codec`), nowhere else.
"""
