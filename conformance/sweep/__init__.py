"""A sweep: every row of a user's own data set, put to a port and to the reference, and an account of what came of it.

settings    what is asked of each row
plan        the units of work that a data set divides into, whoever does them
sampling    which rows, where not all are asked
asking      one unit: its rows read, asked of both sides, compared
workers     who does units: this process, several, or (`ray_workers`) a cluster
ledger      which units are done, on disk, so that a sweep goes on where it was killed
adding_up   the account of all units
shrinking   the smallest row of each difference, made smaller
report      what is written in the end, and read again
sweep       the whole
"""
