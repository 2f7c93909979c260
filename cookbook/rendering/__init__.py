"""`cookbook render`: a data set of conversations as tokens and weights, in one Parquet file.

options     what is asked for
unit        one stretch of rows, rendered
table       the Parquet file, which is there whole or not at all
statistics  how many tokens, how long; `histogram` draws them, on the terminal and as a page
render      the whole, in one process or several
"""
