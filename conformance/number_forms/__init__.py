"""The form of questions and answers about numbers, for the operations of `conformance.number_operations`.

One module an area. What several of them need is in `shared`.
"""
