"""Telling the operator what goes wrong, and that it is over.

::

    sights      how everything looks: sources, outputs, this machine, hubs, receivers
    watch       compared with how it stood (operate/alerts.py decides), what has changed is written down
    tell        receivers are told what they have not been told
    message     ... in which words                                                     (pure)
    webhook, command, mail, ntfy    ... and by which way

What receivers have been told is a place in what is written down, so that nothing has to be queued: what could not be
sent, or was cut off by the end of the program, is sent again.
"""
