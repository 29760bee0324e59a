"""All of cellhound on one laptop: broker, programs and page, started and stopped together.

`claim` sees to it that a folder has one such start at a time, `broker` and `programs` start, watch
and stop, `first_account` lets the first person in, `page` opens the browser, and `together` is all
of it. Services that shall be started again by themselves are systemd's, Docker's or Kubernetes'.
"""
