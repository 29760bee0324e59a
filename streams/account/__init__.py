"""What came in, held against what became of it: an auditor's recount of the topics.

Nothing here believes what workers say of themselves, and nothing here runs in a worker.
"""
