"""The configured outputs between two stores of facts: what each has, and what of it readers are given.

::

    take, tell, gather    what there is to say      (taking.py, telling.py, gathering.py: choosing.py, digests.py)
    render                their documents           (rendering.py, local_pages.py)
    hold                  do these follow the last? (holding.py)
    archive               what has left them        (archiving.py, archive_changes.py, archive_folder.py)

What of it the public may know where outputs are private is in public.py.

:func:`aggregator.pipeline.publish` is the order in which it happens.
"""
