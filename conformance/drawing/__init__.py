"""Drawing questions in bulk, from a seed: tens of thousands a second, where Hypothesis draws hundreds.

One file a noun: texts, JSON, messages, conversations, tools, tokens, tensors; `forms` draws anything from the type of
an operation's params alone. `questions` chooses among them. What is drawn depends on the dice and on nothing else.
"""
