"""Small wrong variants of the reference, one for each way in which ports go wrong. Golden must tell every one of them.

A fault is data: its name, the traps it stands for, the renderers whose cases are judged, the causes that the judge must
name, and a function that plants it in the library's objects. The faults of a family are in the module of its name.
"""
